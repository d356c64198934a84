//! The matrix that Hogwild workers share.

use std::sync::atomic::{AtomicU32, Ordering};

use super::pages::Pages;
use super::places::Places;
use crate::error::{Result, TrainError};
use crate::kernels::LINE;

/// A matrix `[rows x dim]` of f32 that many threads read and write at once, without locks.
///
/// # What that means
/// Workers update rows as if they were alone (Hogwild; Niu et al. 2011). The type keeps this defined:
/// - **No reference into the rows is ever lent**, neither `&` nor `&mut`. Single floats are read and
///   written by relaxed atomic operations, in plain Rust here and by the kernels in the way that
///   their module states, so there is no data race.
/// - A row read during a write may mix old and new floats; a float itself is never torn. Two
///   updates of a float at one time may lose one of them. Both only add noise to a gradient that
///   is noise already, since most steps touch rows that no other thread holds.
///
/// Rows begin on cache lines (so that no two share one) and are padded with zeros.
#[derive(Debug)]
pub struct SharedMatrix {
    pages: Pages,
    rows: usize,
    dim: usize,
    stride: usize,
}

impl SharedMatrix {
    /// A matrix of zeros.
    ///
    /// # Errors
    /// When the system does not give the memory.
    pub fn zeroed(rows: usize, dim: usize) -> Result<Self> {
        let stride = dim.checked_next_multiple_of(LINE).unwrap_or(usize::MAX);
        let floats = rows.saturating_mul(stride);
        let pages =
            Pages::zeroed(floats).map_err(|source| TrainError::Memory { rows, dim, source })?;
        Ok(Self {
            pages,
            rows,
            dim,
            stride,
        })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Length of a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Bytes that a matrix of this shape takes.
    pub fn bytes_for(rows: usize, dim: usize) -> u64 {
        let stride = dim.checked_next_multiple_of(LINE).unwrap_or(usize::MAX);
        (rows as u64).saturating_mul((stride as u64).saturating_mul(4))
    }

    /// Where row `row` begins.
    ///
    /// # Panics
    /// When there is no such row.
    #[inline]
    pub(super) fn row_ptr(&self, row: u32) -> *mut f32 {
        self.places().row(row)
    }

    /// Where all rows lie, for as long as the matrix is there.
    #[inline]
    pub(super) fn places(&self) -> Places {
        // SAFETY: `zeroed` got pages of `rows * stride` floats: had that product been too large for a number, it would
        // have been refused.
        unsafe { Places::new(self.pages.as_ptr(), self.rows, self.stride) }
    }

    fn floats(&self, row: u32) -> impl Iterator<Item = &AtomicU32> {
        let start = self.row_ptr(row);
        debug_assert!((row as usize + 1) * self.stride <= self.pages.len());
        // SAFETY: `i < dim <= stride` keeps to the row, which `row_ptr` found to be there; f32 and AtomicU32
        // have one size and alignment; everybody else accesses the float atomically as well: this type lends no
        // reference to it, and `row_ptr` is for `Stepper` alone, whose kernels keep to `kernels::lanes`.
        (0..self.dim).map(move |i| unsafe { AtomicU32::from_ptr(start.add(i).cast()) })
    }

    /// Copies row `row` to `to`, as far as that goes.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn read_row(&self, row: u32, to: &mut [f32]) {
        for (float, x) in self.floats(row).zip(to) {
            *x = f32::from_bits(float.load(Ordering::Relaxed));
        }
    }

    /// Copies `from` to row `row`, as far as that goes.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn write_row(&self, row: u32, from: &[f32]) {
        for (float, x) in self.floats(row).zip(from) {
            float.store(x.to_bits(), Ordering::Relaxed);
        }
    }
}
