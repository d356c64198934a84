//! Principal axes: the directions in which vectors vary most.
//!
//! Orthogonal iteration with a Rayleigh-Ritz step on the covariance (Golub, Van Loan, Matrix
//! Computations, section 8.2.4). Only a few axes of a small matrix are wanted.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// Rows whose products are summed in f32 before they join the sum in f64.
const BLOCK: usize = 1 << 12;
/// Axes iterated beyond those wanted: the more, the faster the wanted ones settle.
const SPARE: usize = 8;
/// Iterations at most, and the relative change of the variances that counts as settled.
const ITERATIONS: usize = 1000;
const SETTLED: f64 = 1e-12;

/// The mean of some vectors, and the directions in which they vary most.
#[derive(Debug, Clone)]
pub(super) struct Axes {
    mean: Array1<f32>,
    /// Unit vectors, one a row, the one of the largest variance first.
    axes: Array2<f32>,
}

impl Axes {
    /// The first `count` axes of `rows`, or as many as there are columns.
    pub(super) fn of(rows: ArrayView2<f32>, count: usize) -> Self {
        let (mean, covariance) = moments(rows);
        let dim = covariance.nrows();
        let vectors = leading(&covariance, count.min(dim));
        Self {
            mean: mean.mapv(|x| x as f32),
            axes: vectors.mapv(|x| x as f32),
        }
    }

    /// Where `rows` lie along the axes, `[rows x axes]`.
    pub(super) fn project(&self, rows: ArrayView2<f32>) -> Array2<f32> {
        let mut places = Array2::zeros((rows.nrows(), self.axes.nrows()));
        let blocks = places.axis_chunks_iter_mut(Axis(0), BLOCK);
        let blocks: Vec<_> = blocks.zip(rows.axis_chunks_iter(Axis(0), BLOCK)).collect();
        blocks.into_par_iter().for_each(|(mut places, rows)| {
            general_mat_mul(1.0, &(&rows - &self.mean), &self.axes.t(), 0.0, &mut places);
        });
        places
    }
}

/// Mean and covariance. Blocks are summed in their order, so threads leave no trace.
fn moments(rows: ArrayView2<f32>) -> (Array1<f64>, Array2<f64>) {
    let n = rows.nrows().max(1) as f64;
    let wide = |block: ArrayView2<f32>| block.mapv(f64::from);
    let blocks: Vec<_> = rows.axis_chunks_iter(Axis(0), BLOCK).collect();
    let mut mean = Array1::zeros(rows.ncols());
    for block in &blocks {
        mean += &wide(*block).sum_axis(Axis(0));
    }
    mean /= n;
    let narrow = mean.mapv(|x: f64| x as f32);
    let product = |block: &ArrayView2<f32>| {
        let centred = block - &narrow;
        wide(centred.t().dot(&centred).view())
    };
    let products: Vec<Array2<f64>> = blocks.par_iter().map(product).collect();
    let mut covariance = Array2::zeros((rows.ncols(), rows.ncols()));
    products.iter().for_each(|product| covariance += product);
    (mean, covariance / n)
}

/// The eigenvectors (rows) of the `count` largest eigenvalues of a symmetric matrix.
fn leading(matrix: &Array2<f64>, count: usize) -> Array2<f64> {
    let dim = matrix.nrows();
    let width = (count + SPARE).min(dim);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut basis =
        Array2::from_shape_fn((width, dim), |_| random.next_u32() as f64 - 2f64.powi(31));
    orthonormalize(&mut basis);
    let mut values = vec![0.0; width];
    for _ in 0..ITERATIONS {
        let moved = basis.dot(matrix);
        let (turn, found) = jacobi(basis.dot(&moved.t()));
        // Turned within their span, the vectors are the best that the span can give.
        basis = turn.dot(&moved);
        orthonormalize(&mut basis);
        let change = |(a, b): (&f64, &f64)| (a - b).abs();
        let changed = values
            .iter()
            .zip(&found)
            .take(count)
            .map(change)
            .fold(0.0, f64::max);
        values = found;
        if changed <= SETTLED * values[0].abs() {
            break;
        }
    }
    let mut vectors = basis.slice(s![..count, ..]).to_owned();
    vectors.rows_mut().into_iter().for_each(point_forward);
    vectors
}

/// Of a vector and its negative, takes the one whose largest number is positive.
fn point_forward(mut vector: ndarray::ArrayViewMut1<f64>) {
    let largest = vector
        .iter()
        .copied()
        .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
    if largest < 0.0 {
        vector.mapv_inplace(|x| -x);
    }
}

/// Gram-Schmidt, twice over for the sake of rounding. A row that depends on those before it
/// becomes zero.
fn orthonormalize(rows: &mut Array2<f64>) {
    for i in 0..rows.nrows() {
        let (before, mut rest) = rows.view_mut().split_at(Axis(0), i);
        let mut row = rest.row_mut(0);
        let length = row.dot(&row).sqrt();
        for _ in 0..2 {
            for other in before.rows() {
                let along = row.dot(&other);
                row.scaled_add(-along, &other);
            }
        }
        let left = row.dot(&row).sqrt();
        let scale = if left > 1e-12 * length {
            1.0 / left
        } else {
            0.0
        };
        row *= scale;
    }
}

/// All eigenvectors (rows) and eigenvalues of a small symmetric matrix, the largest first: cyclic
/// Jacobi rotations.
fn jacobi(mut a: Array2<f64>) -> (Array2<f64>, Vec<f64>) {
    let n = a.nrows();
    let mut vectors = Array2::eye(n);
    for _sweep in 0..30 {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let scale = (a[[p, p]] * a[[q, q]]).abs().sqrt();
                if a[[p, q]].abs() <= f64::EPSILON * scale || a[[p, q]] == 0.0 {
                    continue;
                }
                rotated = true;
                let angle = 0.5 * (2.0 * a[[p, q]]).atan2(a[[p, p]] - a[[q, q]]);
                let (sin, cos) = angle.sin_cos();
                rotate(&mut a, (p, q), (sin, cos));
                a.swap_axes(0, 1);
                rotate(&mut a, (p, q), (sin, cos));
                rotate(&mut vectors, (p, q), (sin, cos));
            }
        }
        if !rotated {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[[j, j]].total_cmp(&a[[i, i]]));
    let values = order.iter().map(|&i| a[[i, i]]).collect();
    (vectors.select(Axis(0), &order), values)
}

/// Turns rows `p` and `q` in their plane.
fn rotate(rows: &mut Array2<f64>, (p, q): (usize, usize), (sin, cos): (f64, f64)) {
    let (first, second) = rows.multi_slice_mut((s![p, ..], s![q, ..]));
    ndarray::Zip::from(first).and(second).for_each(|x, y| {
        (*x, *y) = (cos * *x + sin * *y, cos * *y - sin * *x);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sample's axes by numpy:
    /// `x = np.array([[(i*7+j*5)%11 + (j == 0)*i for j in range(4)] for i in range(20)], float)`
    /// `np.linalg.eigh(np.cov(x.T, bias=True))`
    #[test]
    fn the_axes_are_those_of_numpy() {
        let rows = Array2::from_shape_fn((20, 4), |(i, j)| {
            ((i * 7 + j * 5) % 11 + if j == 0 { i } else { 0 }) as f32
        });
        let places = Axes::of(rows.view(), 2).project(rows.view());
        let spread = |axis: usize| places.column(axis).mapv(|x| x * x).sum() / 20.0;
        let want: [f32; 2] = [44.20043, 19.10543];
        for (axis, want) in want.into_iter().enumerate() {
            let found = spread(axis);
            assert!((found - want).abs() < 1e-3, "{found} {want}");
        }
        let across = places.column(0).dot(&places.column(1));
        assert!(across.abs() < 1e-2, "{across}");
    }
}
