//! The few directions in which vectors vary most, from their covariance.

use ndarray::{Array2, Axis, s};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Axes iterated beyond those wanted: the more, the faster the wanted ones settle.
const SPARE: usize = 8;

/// Iterations at most, and the relative change of the variances that counts as settled.
const ITERATIONS: usize = 1000;
const SETTLED: f64 = 1e-12;

/// The `count` largest eigenvalues of a symmetric matrix, the largest first, and their eigenvectors (rows): orthogonal iteration with a
/// Rayleigh-Ritz step (Golub, Van Loan, Matrix Computations, section 8.2.4).
pub(crate) fn leading(matrix: &Array2<f64>, count: usize) -> (Vec<f64>, Array2<f64>) {
    let dim = matrix.nrows();
    let width = (count + SPARE).min(dim);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut basis =
        Array2::from_shape_fn((width, dim), |_| random.next_u32() as f64 - 2f64.powi(31));
    orthonormalize(&mut basis);
    let mut values = vec![0.0; width];
    for _ in 0..ITERATIONS {
        let moved = product(&basis, matrix);
        let met = |(i, j)| basis.row(i).dot(&moved.row(j));
        let (turn, found) = jacobi(Array2::from_shape_fn((width, width), met));
        // Turned within their span, the vectors are the best that the span can give.
        basis = product(&turn, &moved);
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
    values.truncate(count);
    (values, vectors)
}

/// `a b`, added up in one order: that of the library's own product depends on the processor.
fn product(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    let mut all = Array2::zeros((a.nrows(), b.ncols()));
    for (mut sums, row) in all.rows_mut().into_iter().zip(a.rows()) {
        for (x, other) in row.iter().zip(b.rows()) {
            sums.scaled_add(*x, &other);
        }
    }
    all
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
                // The tangent of the angle, without the system's trigonometry, whose last bit differs from one processor to another.
                let cotangent = (a[[p, p]] - a[[q, q]]) / (2.0 * a[[p, q]]);
                let root = (cotangent * cotangent + 1.0).sqrt();
                let tangent = cotangent.signum() / (cotangent.abs() + root);
                let cos = 1.0 / (tangent * tangent + 1.0).sqrt();
                let sin = tangent * cos;
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

    /// By numpy: `np.linalg.eigvalsh([[(i * 3 + j * 3) % 7 + 9 * (i == j) * i for j in range(6)] for i in range(6)])`
    #[test]
    fn the_largest_eigenvalues_are_those_of_numpy() {
        let matrix = Array2::from_shape_fn((6, 6), |(i, j)| {
            ((i * 3 + j * 3) % 7 + if i == j { 9 * i } else { 0 }) as f64
        });
        let (values, vectors) = leading(&matrix, 3);
        assert_eq!((values.len(), vectors.dim()), (3, (3, 6)));
        for (value, want) in values.iter().zip([51.74538298, 37.58224237, 32.04993874]) {
            assert!((value - want).abs() < 1e-6, "{value} {want}");
        }
        for (value, vector) in values.iter().zip(vectors.rows()) {
            let moved = matrix.dot(&vector);
            for (a, b) in moved.iter().zip(&vector) {
                assert!((a - value * b).abs() < 1e-4, "{a} {b}");
            }
        }
    }
}
