//! Vectors of both matrices: what a word is among, and what it is told from.
//!
//! The input rows say which company a word keeps, the output rows say it once more. Both are made
//! unit rows and centred; the output rows are turned onto the input rows (the rotation `R` that brings
//! `Out R` nearest to `In`; Schoenemann 1966, orthogonal Procrustes) and added. Without the turn the
//! sum would mix in the products of input with output rows, which tell what stands *beside* a word and not
//! what is *like* it, and lose on questions of grammar. In a text's vectors the few strongest directions are then made less so
//! (`level`).

use std::ops::Range;

use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;

use crate::embeddings::inverse_norm;
use crate::kernels::Kernel;
use crate::memory::SharedMatrix;

/// Rows that the means and the rotation are taken from, the most frequent ones.
const SAMPLE: usize = 50_000;

/// Floats in a vector up to which a turn is looked for: it takes time by the third power of them.
pub(super) const LONGEST: usize = 1_024;

/// Weight of the output rows. A larger one gains some more on analogies, and loses on likeness of
/// words (SimLex) where the text is small.
const OUTPUT_SHARE: f32 = 0.5;

/// Rows looked at together; a block of both sides stays in a core's cache.
const BLOCK: usize = 512;

/// Steps of the iteration for the rotation; each makes a small singular value half as large again.
const STEPS: usize = 40;

/// Departure from a rotation, in any entry, at which the iteration may end.
const NEAR: f32 = 1e-5;

/// Puts the combined vectors into the rows of `input`. Rows without a direction are left as they are;
/// so are all rows longer than [`LONGEST`].
pub(super) fn combine(kernel: Kernel, input: &SharedMatrix, output: &SharedMatrix) {
    if input.dim() > LONGEST {
        return;
    }
    let sides = [input, output].map(Side::new);
    let rotation = rotation(kernel, cross(kernel, [&sides[0], &sides[1]]));
    let columns = rotation.reversed_axes();
    let columns = columns.as_standard_layout();
    (0..input.rows() as u32).into_par_iter().for_each_init(
        || [vec![0.0; input.dim()], vec![0.0; input.dim()]],
        |[a, b], id| {
            if sides[0].read(id, a).is_some() {
                if sides[1].read(id, b).is_some() {
                    for (x, column) in a.iter_mut().zip(columns.rows()) {
                        *x += OUTPUT_SHARE * kernel.dot(b, slice(&column));
                    }
                }
                input.write_row(id, a);
            }
        },
    );
}

/// A matrix with the mean of its unit rows.
pub(super) struct Side<'m> {
    matrix: &'m SharedMatrix,
    mean: Vec<f32>,
}

impl<'m> Side<'m> {
    pub(super) fn new(matrix: &'m SharedMatrix) -> Self {
        let zero = vec![0.0; matrix.dim()];
        let mut side = Self { matrix, mean: zero };
        let mut row = vec![0.0; matrix.dim()];
        let mut sums = vec![0.0_f64; matrix.dim()];
        let rows = matrix.rows().min(SAMPLE);
        for id in 0..rows as u32 {
            if side.read(id, &mut row).is_some() {
                for (sum, x) in sums.iter_mut().zip(&row) {
                    *sum += f64::from(*x);
                }
            }
        }
        let mean = |sum: &f64| (sum / rows.max(1) as f64) as f32;
        side.mean = sums.iter().map(mean).collect();
        side
    }

    /// Row `id`, made a unit row and centred; its length before, where it has a direction.
    pub(super) fn read(&self, id: u32, to: &mut [f32]) -> Option<f32> {
        self.matrix.read_row(id, to);
        let inverse = inverse_norm(to);
        for (x, mean) in to.iter_mut().zip(&self.mean) {
            *x = *x * inverse - mean;
        }
        (inverse > 0.0).then(|| inverse.recip())
    }

    /// Rows `ids` as columns `[dim x ids]`, so that sums over words are dot products; zeros where one has no direction.
    fn columns(&self, ids: Range<u32>) -> Array2<f32> {
        let mut rows = Array2::<f32>::zeros((ids.len(), self.mean.len()));
        let each = rows.as_slice_mut().unwrap_or_default();
        let each = each.par_chunks_exact_mut(self.mean.len());
        each.zip(ids).for_each(|(row, id)| {
            if self.read(id, row).is_none() {
                row.fill(0.0);
            }
        });
        rows.reversed_axes().as_standard_layout().into_owned()
    }
}

/// `B^T A` of two sides' sampled rows, `dim x dim`; the two may be one.
pub(super) fn cross(kernel: Kernel, sides: [&Side<'_>; 2]) -> Array2<f32> {
    let (rows, dim) = (sides[0].matrix.rows().min(SAMPLE), sides[0].matrix.dim());
    let mut sum = Array2::<f32>::zeros((dim, dim));
    for start in (0..rows).step_by(BLOCK) {
        let ids = start as u32..rows.min(start + BLOCK) as u32;
        let a = sides[0].columns(ids.clone());
        let b = (!std::ptr::eq(sides[0], sides[1])).then(|| sides[1].columns(ids));
        sum += &products(kernel, b.as_ref().unwrap_or(&a), &a);
    }
    sum
}

/// The rotation nearest to `matrix`: `U V^T` of its singular value decomposition, by Newton and
/// Schulz's iteration (Higham 2008, section 8.3), which needs nothing but products.
fn rotation(kernel: Kernel, matrix: Array2<f32>) -> Array2<f32> {
    let square: f64 = matrix.iter().map(|x| f64::from(x * x)).sum();
    // Sides that have nothing in common need no turn, and none is better than another.
    let inverse = 1.0 / square.sqrt();
    let mut x = matrix
        * if inverse.is_finite() {
            inverse as f32
        } else {
            0.0
        };
    for _ in 0..STEPS {
        let transposed = x.t().as_standard_layout().into_owned();
        let gram = products(kernel, &transposed, &transposed);
        let off = |((i, j), g): ((usize, usize), &f32)| (g - f32::from(u8::from(i == j))).abs();
        if gram.indexed_iter().map(off).fold(0.0, f32::max) < NEAR {
            break;
        }
        // The Gram matrix is its own transpose.
        x = &x * 1.5 - &products(kernel, &x, &gram) * 0.5;
    }
    x
}

/// `a b^T`: the dot products of the rows of two matrices.
fn products(kernel: Kernel, a: &Array2<f32>, b: &Array2<f32>) -> Array2<f32> {
    let mut all = Array2::zeros((a.nrows(), b.nrows()));
    let rows = all.outer_iter_mut().into_par_iter().zip(a.outer_iter());
    rows.for_each(|(mut row, a)| {
        for (x, b) in row.iter_mut().zip(b.outer_iter()) {
            *x = kernel.dot(slice(&a), slice(&b));
        }
    });
    all
}

/// A row in standard layout as a slice.
fn slice<'r>(row: &'r ArrayView1<'_, f32>) -> &'r [f32] {
    row.as_slice().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::sampler::Random;

    /// Rows at random, as many as would fill a few blocks.
    fn random(rows: usize, dim: usize, seed: u64) -> Array2<f32> {
        let mut random = Random::stream(seed, [0, 0]);
        Array2::from_shape_fn((rows, dim), |_| random.centred())
    }

    fn shared(rows: &Array2<f32>) -> SharedMatrix {
        let matrix = SharedMatrix::zeroed(rows.nrows(), rows.ncols()).unwrap();
        for (id, row) in rows.outer_iter().enumerate() {
            matrix.write_row(id as u32, row.as_slice().unwrap());
        }
        matrix
    }

    fn row(matrix: &SharedMatrix, id: usize) -> Vec<f32> {
        let mut row = vec![0.0; matrix.dim()];
        matrix.read_row(id as u32, &mut row);
        row
    }

    #[test]
    fn the_rotation_is_one_and_the_nearest() {
        let kernel = Kernel::best();
        let matrix = random(20, 20, 1);
        let r = rotation(kernel, matrix.clone());
        let gram = r.t().dot(&r);
        for ((i, j), g) in gram.indexed_iter() {
            let expected = f32::from(u8::from(i == j));
            assert!((g - expected).abs() < 1e-4, "{i}, {j}: {g}");
        }
        // U V^T = r exactly when r^T matrix = V S V^T, which is symmetric and positive.
        let polar = r.t().dot(&matrix);
        for ((i, j), x) in polar.indexed_iter() {
            assert!((x - polar[(j, i)]).abs() < 1e-4, "{i}, {j}");
        }
        for seed in 0..20 {
            let v = random(1, 20, 50 + seed);
            assert!(v.dot(&polar).dot(&v.t())[(0, 0)] > 0.0);
        }
    }

    #[test]
    fn output_rows_that_are_turned_input_rows_add_nothing_new() {
        for kernel in Kernel::available() {
            let input = random(1_300, 24, 2);
            let turn = rotation(kernel, random(24, 24, 3));
            let (a, b) = (shared(&input), shared(&(input.dot(&turn) * 3.0)));
            // One row has no direction on one side, another on neither.
            b.write_row(7, &[0.0; 24]);
            a.write_row(8, &[0.0; 24]);
            b.write_row(8, &[f32::NAN; 24]);
            let alone = Side::new(&a);
            let expected: Vec<_> = (0..1_300)
                .map(|id| {
                    let mut row = vec![0.0; 24];
                    alone.read(id, &mut row);
                    row
                })
                .collect();
            combine(kernel, &a, &b);
            for (id, expected) in expected.iter().enumerate() {
                let factor = match id {
                    7 => 1.0,
                    8 => 0.0,
                    _ => 1.0 + OUTPUT_SHARE,
                };
                for (x, y) in row(&a, id).iter().zip(expected) {
                    // The means of the two sides differ by what is missing from rows 7 and 8.
                    assert!((x - factor * y).abs() < 2e-3, "{kernel}, {id}: {x} {y}");
                }
            }
        }
    }
}
