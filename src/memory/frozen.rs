//! Rows that training reads and leaves as they are.

use std::cell::UnsafeCell;

use super::shared_matrix::SharedMatrix;
use crate::kernels::LINE;

/// A set of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowSet {
    bits: Vec<u64>,
    len: usize,
}

impl RowSet {
    /// Whether `row` is in it.
    #[inline]
    pub fn contains(&self, row: u32) -> bool {
        let word = self.bits.get(row as usize / 64);
        word.is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Its rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        let all = 0..self.bits.len() as u32 * 64;
        all.filter(|row| self.contains(*row))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no row in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl FromIterator<u32> for RowSet {
    fn from_iter<I: IntoIterator<Item = u32>>(rows: I) -> Self {
        let mut set = Self::default();
        for row in rows {
            let at = row as usize / 64;
            if at >= set.bits.len() {
                set.bits.resize(at + 1, 0);
            }
            set.len += usize::from(!set.contains(row));
            set.bits[at] |= 1 << (row % 64);
        }
        set
    }
}

/// A cache line that may be written through a shared reference.
#[derive(Debug)]
#[repr(align(64))]
struct Line(#[expect(dead_code, reason = "reached through pointers")] UnsafeCell<[f32; LINE]>);

/// One worker's copies of frozen rows, in its own memory.
///
/// The kernels update every row that they are given. A frozen row is copied when its sentence is
/// taken up, and a step is given a copy of that copy, which is forgotten afterwards: so the row
/// itself is never written, and each step meets it as it is.
#[derive(Debug)]
pub(super) struct Copies {
    lines: Vec<Line>,
    /// Lines a row.
    stride: usize,
    /// Words of a sentence at most; the rows after theirs are those of a window.
    sentence: usize,
    window: Vec<*mut f32>,
}

impl Copies {
    /// For sentences of `sentence` words, windows of `window` words and rows of `dim` floats.
    pub(super) fn new([sentence, window, dim]: [usize; 3]) -> Self {
        let stride = dim.div_ceil(LINE);
        let lines = (sentence + window) * stride;
        let line = || Line(UnsafeCell::new([0.0; LINE]));
        Self {
            lines: std::iter::repeat_with(line).take(lines).collect(),
            stride,
            sentence,
            window: Vec::with_capacity(window),
        }
    }

    /// Where copy `index` begins: `stride` lines, all of them there.
    fn row(&self, index: usize) -> *mut f32 {
        let lines = &self.lines[index * self.stride..][..self.stride];
        lines.as_ptr().cast_mut().cast()
    }

    /// Copies row `row` for place `place` of the sentence, and says where the copy is.
    ///
    /// # Panics
    /// When there is no such place or row.
    pub(super) fn take(&self, place: usize, matrix: &SharedMatrix, row: u32) -> *mut f32 {
        assert!(place < self.sentence && matrix.dim() <= self.stride * LINE);
        let to = self.row(place);
        // SAFETY: `row` gave `stride` whole lines, at least `dim` floats, in cells that only this
        // worker reaches, and no other reference to them lives during the call.
        matrix.read_row(row, unsafe {
            std::slice::from_raw_parts_mut(to, matrix.dim())
        });
        to
    }

    /// The rows of a window, those that are copies in `take`'s sense copied once more.
    pub(super) fn window(&mut self, rows: &[*mut f32]) -> &[*mut f32] {
        let taken = self.row(0).addr()..self.row(self.sentence).addr();
        self.window.clear();
        for (slot, row) in rows.iter().enumerate() {
            if !taken.contains(&row.addr()) {
                self.window.push(*row);
                continue;
            }
            let to = self.row(self.sentence + slot);
            // SAFETY: both are `stride` lines of `lines`, whose cells may be written and which only
            // this worker reaches; one is before row `sentence`, the other is not.
            unsafe { std::ptr::copy_nonoverlapping(*row, to, self.stride * LINE) };
            self.window.push(to);
        }
        &self.window
    }
}
