//! Principal axes: the directions in which vectors vary most.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use crate::embeddings::leading;

/// Rows whose products are summed in f32 before they join the sum in f64.
const BLOCK: usize = 1 << 12;

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
        let (_, vectors) = leading(&covariance, count.min(dim));
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
