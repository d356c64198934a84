//! Rows of a mapped file in numbers of three types, and what a number costs.

use std::borrow::Cow;
use std::str::FromStr;

use half::f16;

use super::mapped::Part;
use super::row_sum;
use crate::kernels::{Kernel, Rows, largest_i16};

/// How the numbers of a file of vectors are stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// 4 bytes a number, as trained.
    #[default]
    F32,
    /// 2 bytes a number: 11 bits of each.
    F16,
    /// 1 byte a number, and a factor for each row: 8 bits of the row's largest.
    I8,
}

impl Dtype {
    /// All types.
    pub const ALL: [Self; 3] = [Self::F32, Self::F16, Self::I8];

    /// Its name as typed and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::I8 => "i8",
        }
    }

    /// Bytes of a number.
    pub fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
            Self::I8 => 1,
        }
    }

    /// Bytes of a row of `dim` numbers: rows of small numbers end where whole vectors of a processor
    /// do.
    pub fn row_bytes(self, dim: usize) -> usize {
        let bytes = dim.saturating_mul(self.size());
        match self {
            Self::F32 => bytes,
            Self::F16 | Self::I8 => bytes.checked_next_multiple_of(16).unwrap_or(usize::MAX),
        }
    }

    /// Puts `row` into `bytes` as it is stored, and returns its factor, 1 where there is none.
    pub fn encode(self, row: &[f32], bytes: &mut Vec<u8>) -> f32 {
        bytes.clear();
        let mut factor = 1.0;
        match self {
            Self::F32 => bytes.extend(row.iter().flat_map(|x| x.to_le_bytes())),
            Self::F16 => bytes.extend(row.iter().flat_map(|&x| nearest_f16(x).to_le_bytes())),
            Self::I8 => {
                factor = i8_factor(row);
                // A factor that is no number makes the whole row none: nothing is lost by the zeros.
                let scale = if factor > 0.0 { 1.0 / factor } else { 0.0 };
                bytes.extend(row.iter().map(|x| (x * scale).round() as i8 as u8));
            }
        }
        bytes.resize(self.row_bytes(row.len()), 0);
        factor
    }

    /// Whether a number of `row` is beyond the largest that there is, which then stands for it.
    pub fn is_beyond(self, row: &[f32]) -> bool {
        let largest = match self {
            Self::F16 => f16::MAX.to_f32(),
            Self::F32 | Self::I8 => f32::MAX,
        };
        row.iter().any(|x| x.is_finite() && x.abs() > largest)
    }

    /// The inverse of [`Dtype::encode`], as far as there is one.
    pub fn decode(self, bytes: &[u8], factor: f32, row: &mut [f32]) {
        match self {
            Self::F32 => {
                for (x, b) in row.iter_mut().zip(bytes.as_chunks::<4>().0) {
                    *x = f32::from_le_bytes(*b);
                }
            }
            Self::F16 => {
                for (x, b) in row.iter_mut().zip(bytes.as_chunks::<2>().0) {
                    *x = f16::from_le_bytes(*b).to_f32();
                }
            }
            Self::I8 => {
                for (x, &b) in row.iter_mut().zip(bytes) {
                    *x = f32::from(b as i8) * factor;
                }
            }
        }
    }
}

impl FromStr for Dtype {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|dtype| dtype.name() == name);
        found.ok_or_else(|| format!("no type of numbers is called {name:?}: choose f32, f16 or i8"))
    }
}

/// The nearest f16; the largest for what is beyond it, so that a vector keeps a direction.
fn nearest_f16(x: f32) -> f16 {
    let largest = f16::MAX.to_f32();
    f16::from_f32(if x.is_finite() {
        x.clamp(-largest, largest)
    } else {
        x
    })
}

/// What one step of an i8 is in `row`: its largest number is 127 of them.
fn i8_factor(row: &[f32]) -> f32 {
    let largest = row.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let finite = row.iter().all(|x| x.is_finite());
    // Rounded up to a normal number, so that its inverse is finite.
    let factor = (largest / 127.0).max(f32::MIN_POSITIVE * 2.0);
    match (finite, largest) {
        (false, _) => f32::NAN,
        (true, 0.0) => 0.0,
        (true, _) => factor,
    }
}

/// Rows of a mapped file.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// The type of the numbers.
    pub dtype: Dtype,
    /// The rows.
    pub rows: Part,
    /// Bytes from the start of a row to the next.
    pub stride: usize,
    /// Sum of each row's bits, u32.
    pub sums: Part,
    /// Factor of each row, f32; only for i8.
    pub factors: Option<Part>,
}

/// All rows of a matrix: what finding a row takes is done once for many of them.
#[derive(Debug, Clone, Copy)]
pub struct RowsView<'a> {
    all: All<'a>,
    /// Numbers from the start of a row to the next.
    stride: usize,
    dim: usize,
    /// Of rows in memory there are none.
    sums: Option<Sums<'a>>,
}

#[derive(Debug, Clone, Copy)]
enum All<'a> {
    F32(&'a [f32]),
    F16(&'a [u16]),
    I8(&'a [i8], &'a [f32]),
}

/// What each row's bits should add up to.
#[derive(Debug, Clone, Copy)]
struct Sums<'a> {
    bytes: &'a [u8],
    stride: usize,
    row_bytes: usize,
    expected: &'a [[u8; 4]],
    kernel: Kernel,
}

impl<'a> RowsView<'a> {
    /// Rows in memory, without gaps.
    pub(super) fn owned(floats: &'a [f32], dim: usize) -> Self {
        Self {
            all: All::F32(floats),
            stride: dim,
            dim,
            sums: None,
        }
    }

    /// The numbers of row `id`.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, id: usize) -> Numbers<'a> {
        let (at, dim) = (id * self.stride, self.dim);
        match self.all {
            All::F32(all) => Numbers::F32(&all[at..][..dim]),
            All::F16(all) => Numbers::F16(&all[at..][..dim]),
            All::I8(all, factors) => Numbers::I8(&all[at..][..dim], factors[id]),
        }
    }

    /// The products of the rows from `first` on, as many as there are `products`, with `query`, and the sum of
    /// the bits of each.
    ///
    /// # Panics
    /// When there are no such rows, or `products` and `sums` differ in length.
    pub fn meet(&self, first: usize, query: &Query, products: &mut [f32], sums: &mut [u32]) {
        let (stride, dim) = (self.stride, self.dim);
        match self.all {
            All::F32(all) => {
                let rows = Rows {
                    numbers: &all[first * stride..],
                    stride,
                    dim,
                };
                query.kernel.meet_f32(rows, &query.floats, products, sums);
            }
            All::F16(all) => {
                let rows = all[first * stride..].chunks(stride);
                for ((row, product), sum) in rows.zip(products).zip(sums) {
                    *product = query.kernel.dot_f16(&row[..dim], &query.floats);
                    // Rows of f16 end with a whole word.
                    let (words, _) = row[..Dtype::F16.row_bytes(dim) / 2].as_chunks::<2>();
                    let word = |w: &[u16; 2]| u32::from(w[0]) | u32::from(w[1]) << 16;
                    *sum = words.iter().fold(0, |sum, w| sum.wrapping_add(word(w)));
                }
            }
            All::I8(all, factors) => {
                let dim = query.integers.len();
                let rows = Rows {
                    numbers: &all[first * stride..],
                    stride,
                    dim,
                };
                let mut whole = [0; 64];
                let parts = products
                    .chunks_mut(whole.len())
                    .zip(sums.chunks_mut(whole.len()));
                for (i, (products, sums)) in parts.enumerate() {
                    let at = i * whole.len();
                    let numbers = &rows.numbers[at * stride..];
                    let whole = &mut whole[..products.len()];
                    query
                        .kernel
                        .meet_i8(Rows { numbers, ..rows }, &query.integers, whole, sums);
                    let factors = &factors[first + at..];
                    for ((product, whole), factor) in products.iter_mut().zip(whole).zip(factors) {
                        *product = *whole as f32 * (query.step * factor);
                    }
                }
            }
        }
    }

    /// The first of the rows from `first` on whose bits do not add up to what they should, by their `sums`.
    pub fn damaged(&self, first: usize, sums: &[u32]) -> Option<usize> {
        let expected = &self.sums?.expected[first..][..sums.len()];
        let mut both = expected.iter().zip(sums);
        Some(first + both.position(|(e, s)| u32::from_le_bytes(*e) != *s)?)
    }

    /// Whether the bits of row `id` add up to what they should.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn is_intact(&self, id: usize) -> bool {
        self.sums.is_none_or(|sums| {
            let row = &sums.bytes[id * sums.stride..][..sums.row_bytes];
            sums.kernel.sum_words(row) == u32::from_le_bytes(sums.expected[id])
        })
    }
}

/// A vector in the numbers that rows of each type are multiplied with.
#[derive(Debug, Clone)]
pub struct Query {
    floats: Vec<f32>,
    /// The floats in steps of `step`, and zeros up to where a row of i8 ends.
    integers: Vec<i16>,
    step: f32,
    kernel: Kernel,
}

impl Query {
    /// To multiply rows with `vector`.
    pub fn new(vector: &[f32], kernel: Kernel) -> Self {
        let dim = Dtype::I8.row_bytes(vector.len());
        let largest = vector.iter().fold(f32::MIN_POSITIVE, |a, x| a.max(x.abs()));
        let step = largest / largest_i16(dim);
        let mut integers: Vec<i16> = vector.iter().map(|x| (x / step).round() as i16).collect();
        integers.resize(dim, 0);
        Self {
            floats: vector.to_vec(),
            integers,
            step,
            kernel,
        }
    }
}

/// The numbers of a row, as they are stored.
#[derive(Debug, Clone, Copy)]
pub enum Numbers<'a> {
    /// As they are.
    F32(&'a [f32]),
    /// By their bits.
    F16(&'a [u16]),
    /// Each a multiple of the row's factor.
    I8(&'a [i8], f32),
}

impl<'a> Numbers<'a> {
    /// The numbers as floats; copied only where they are none.
    pub fn floats(self) -> Cow<'a, [f32]> {
        match self {
            Self::F32(row) => Cow::Borrowed(row),
            Self::F16(row) => row.iter().map(|&x| f16::from_bits(x).to_f32()).collect(),
            Self::I8(row, factor) => row.iter().map(|&x| f32::from(x) * factor).collect(),
        }
    }
}

impl Matrix {
    /// The first part whose length is not that of `words` rows, with the length that it should have.
    pub(super) fn misfit(&self, words: usize, dim: usize) -> Option<(&Part, usize)> {
        let rows = words.saturating_mul(self.stride);
        let small = words.saturating_mul(4);
        if self.stride < self.dtype.row_bytes(dim) || !self.stride.is_multiple_of(4) {
            return Some((&self.rows, self.dtype.row_bytes(dim)));
        }
        let parts = [(&self.rows, rows), (&self.sums, small)].into_iter();
        let factors = self.factors.iter().map(|part| (part, small));
        let mut all = parts.chain(factors);
        all.find(|(part, length)| part.bytes().len() != *length)
    }

    /// Whether all numbers can be used where they lie.
    pub(super) fn is_mappable(&self) -> bool {
        let factors = self.factors.as_ref();
        factors.is_none_or(|part| part.floats().is_some())
            && match self.dtype {
                Dtype::F32 => self.rows.floats().is_some(),
                Dtype::F16 => self.rows.halves().is_some(),
                Dtype::I8 => self.rows.i8s().is_some() && factors.is_some(),
            }
    }

    /// All floats, where they are stored as such.
    pub(super) fn floats(&self) -> &[f32] {
        match self.dtype {
            Dtype::F32 => self.rows.floats().unwrap_or(&[]),
            Dtype::F16 | Dtype::I8 => &[],
        }
    }

    /// The numbers of a row.
    pub(super) fn row(&self, id: usize, dim: usize) -> Numbers<'_> {
        self.view(dim).row(id)
    }

    /// All rows, for many to be read.
    pub(super) fn view(&self, dim: usize) -> RowsView<'_> {
        let factors = self.factors.as_ref().and_then(Part::floats);
        RowsView {
            all: match self.dtype {
                Dtype::F32 => All::F32(self.floats()),
                Dtype::F16 => All::F16(self.rows.halves().unwrap_or(&[])),
                Dtype::I8 => All::I8(self.rows.i8s().unwrap_or(&[]), factors.unwrap_or(&[])),
            },
            stride: self.stride / self.dtype.size(),
            dim,
            sums: Some(Sums {
                bytes: self.rows.bytes(),
                stride: self.stride,
                row_bytes: self.dtype.row_bytes(dim),
                expected: self.sums.bytes().as_chunks().0,
                kernel: Kernel::best(),
            }),
        }
    }

    /// The sum of a row's bits as it is, and as it should be.
    pub(super) fn sums(&self, id: usize, dim: usize) -> (u32, u32) {
        let expected = self.sums.bytes().get(id * 4..id * 4 + 4);
        let expected = expected.map_or(0, |b| u32::from_le_bytes(std::array::from_fn(|i| b[i])));
        let length = self.dtype.row_bytes(dim);
        let bytes = self.rows.bytes().get(id * self.stride..);
        let bytes = bytes.and_then(|bytes| bytes.get(..length)).unwrap_or(&[]);
        (row_sum(bytes), expected)
    }

    /// The parts that are small beside the rows.
    pub(super) fn small(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.sums).chain(&self.factors)
    }
}
