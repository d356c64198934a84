//! How all points push each other apart: t-SNE's sums over all pairs, in linear time.
//!
//! With `d = y_i - y_j` and `k(d) = 1 / (1 + |d|^2)` a step of t-SNE needs, for every point, the
//! sum of `k(d)^2 d` over all others, and once the sum `Z` of `k(d)` over all pairs. As in FIt-SNE
//! (Linderman et al. 2019) the points are spread onto a regular grid, the sums are convolutions
//! there, done by FFT, and the results are read off between the nodes. Three things make it simpler:
//!
//! 1. The grid's spacing is fixed, since the kernels' scale is 1. So a kernel's transform depends
//!    on the size of the grid only and is kept while that stays.
//! 2. The two parts of the force are one complex number, so one transform back gives both.
//! 3. `Z` needs no transform back: by Parseval it is a sum over the spectrum.

use rayon::prelude::*;
use rustfft::num_complex::Complex32;

use super::fft::Plane;

/// Distance of nodes. Cubic interpolation at this spacing errs by less than t-SNE can notice.
const SPACING: f32 = 0.2;
/// So many points are summed pair by pair. On the grid each pushes itself too, and of few that lie far apart nothing but
/// rounding is left when that is taken away.
const FEW: usize = 100;
/// Points read or spread by one task. Sums are added in this order, whatever the threads.
const BLOCKS: usize = 8;
/// Nodes that a point is spread over, in each direction.
const NODES: usize = 4;

/// The kernels in the spectrum, for one size of the grid.
pub(super) struct Repulsion {
    plane: Plane,
    /// Transform of `k`, real since it is even.
    sum: Vec<f32>,
    /// Transform of `k^2 (x + iy)`.
    force: Vec<Complex32>,
    /// The square at work and one to turn it over, and what each block of points lays on the grid: kept,
    /// for fresh memory costs as much time as a transform.
    grid: Vec<Complex32>,
    scratch: Vec<Complex32>,
    blocks: Vec<Vec<f32>>,
}

/// What the points do to each other.
pub(super) struct Pushes {
    /// For each point the sum of `k^2 d`.
    pub(super) forces: Vec<[f32; 2]>,
    /// The sum of `k` over all ordered pairs.
    pub(super) total: f64,
}

/// The nodes around a point: the first one, and the weights of all in each direction.
struct Stencil {
    first: [usize; 2],
    weights: [[f32; NODES]; 2],
}

impl Stencil {
    /// Cubic Lagrange interpolation among the four nodes around a point.
    fn of(point: [f32; 2], origin: [f32; 2]) -> Self {
        let mut stencil = Self {
            first: [0; 2],
            weights: [[0.0; NODES]; 2],
        };
        for axis in 0..2 {
            let at = ((point[axis] - origin[axis]) / SPACING).max(0.0);
            let t = at.fract();
            stencil.first[axis] = at as usize;
            stencil.weights[axis] = [
                -t * (t - 1.0) * (t - 2.0) / 6.0,
                (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
                -(t + 1.0) * t * (t - 2.0) / 2.0,
                (t + 1.0) * t * (t - 1.0) / 6.0,
            ];
        }
        stencil
    }

    /// Nodes with weights, for a grid of `width` nodes a row.
    fn nodes(&self, width: usize) -> impl Iterator<Item = (usize, f32)> {
        let start = self.first[1] * width + self.first[0];
        let pairs = (0..NODES * NODES).map(|k| (k / NODES, k % NODES));
        pairs.map(move |(j, i)| {
            (
                start + j * width + i,
                self.weights[1][j] * self.weights[0][i],
            )
        })
    }
}

impl Repulsion {
    /// For points that are all in one place.
    pub(super) fn new() -> Self {
        Self::of_size(Plane::at_least(2 * NODES))
    }

    fn of_size(plane: Plane) -> Self {
        let size = plane.size();
        let half = size / 2;
        // Distances wrap around; half a turn is both ways and gets no force.
        let signed = |i: usize| if i <= half { i as f32 } else { i as f32 - size as f32 } * SPACING;
        let mut sum = vec![Complex32::ZERO; size * size];
        let mut force = sum.clone();
        for (j, (sums, forces)) in sum.chunks_mut(size).zip(force.chunks_mut(size)).enumerate() {
            for (i, (sum, force)) in sums.iter_mut().zip(forces).enumerate() {
                let d = Complex32::new(signed(i), signed(j));
                let k = 1.0 / (1.0 + d.norm_sqr());
                *sum = Complex32::new(k, 0.0);
                *force = if i == half || j == half {
                    Complex32::ZERO
                } else {
                    d * (k * k)
                };
            }
        }
        let mut scratch = sum.clone();
        plane.forward(&mut sum, &mut scratch, size);
        plane.forward(&mut force, &mut scratch, size);
        let scale = 1.0 / (size * size) as f32;
        Self {
            sum: sum.iter().map(|k| k.re * scale).collect(),
            force: force.iter().map(|k| k * scale).collect(),
            grid: sum,
            scratch,
            blocks: vec![Vec::new(); BLOCKS],
            plane,
        }
    }

    /// The pushes among `points`.
    pub(super) fn pushes(&mut self, points: &[[f32; 2]]) -> Pushes {
        match points.len() {
            ..=FEW => exact(points),
            _ => self.on_grid(points),
        }
    }

    fn on_grid(&mut self, points: &[[f32; 2]]) -> Pushes {
        let bound = |axis: usize, pick: fn(f32, f32) -> f32| {
            points.iter().map(|p| p[axis]).reduce(pick).unwrap_or(0.0)
        };
        let low = [bound(0, f32::min), bound(1, f32::min)];
        let high = [bound(0, f32::max), bound(1, f32::max)];
        let extent = (high[0] - low[0]).max(high[1] - low[1]);
        let used = (extent / SPACING) as usize + NODES + 1;
        // Twice as wide, so that no push wraps around.
        if self.plane.size() < 2 * used || self.plane.size() > 4 * used {
            *self = Self::of_size(Plane::at_least(2 * used));
        }
        let width = self.plane.size();
        self.spread(points, low, used);
        self.plane.forward(&mut self.grid, &mut self.scratch, used);
        let total = self.apply();
        self.plane.backward(&mut self.grid, &mut self.scratch, used);
        let grid = &self.grid;
        let read = |point: &[f32; 2]| {
            let stencil = Stencil::of(*point, low);
            let parts = stencil
                .nodes(width)
                .map(|(node, weight)| grid[node] * weight);
            let force: Complex32 = parts.sum();
            [force.re, force.im]
        };
        Pushes {
            forces: points.par_iter().with_min_len(1024).map(read).collect(),
            // A point does not push itself.
            total: (total - points.len() as f64).max(f64::MIN_POSITIVE),
        }
    }

    /// Multiplies by the kernel of forces; returns the sum of the other kernel over all pairs.
    fn apply(&mut self) -> f64 {
        let width = self.plane.size();
        let rows = self.grid.par_chunks_mut(width);
        let rows = rows.zip(self.force.par_chunks(width).zip(self.sum.par_chunks(width)));
        let sums: Vec<f64> = rows
            .map(|(row, (force, sum))| {
                let mut total = 0.0;
                for ((x, force), sum) in row.iter_mut().zip(force).zip(sum) {
                    total += f64::from(x.norm_sqr() * sum);
                    *x *= force;
                }
                total
            })
            .collect();
        sums.iter().sum()
    }

    /// Lays the points on the grid, of which `used` rows and columns then hold any.
    fn spread(&mut self, points: &[[f32; 2]], origin: [f32; 2], used: usize) {
        let together = points.len().div_ceil(BLOCKS).max(1);
        let parts: Vec<&[[f32; 2]]> = points.chunks(together).collect();
        let blocks = self.blocks.par_iter_mut().enumerate();
        blocks.for_each(|(at, block)| {
            block.clear();
            block.resize(used * used, 0.0);
            for point in parts.get(at).copied().unwrap_or_default() {
                let stencil = Stencil::of(*point, origin);
                let nodes = stencil.nodes(used);
                nodes.for_each(|(node, weight)| block[node] += weight);
            }
        });
        let (size, blocks) = (self.plane.size(), &self.blocks);
        let rows = self.grid.par_chunks_mut(size).enumerate();
        rows.for_each(|(j, row)| {
            row.fill(Complex32::ZERO);
            let parts = blocks.iter().filter_map(|block| block.chunks(used).nth(j));
            for part in parts {
                row.iter_mut().zip(part).for_each(|(sum, x)| sum.re += x);
            }
        });
    }
}

/// The sums over all pairs, as they are written.
fn exact(points: &[[f32; 2]]) -> Pushes {
    let mut total = 0.0;
    let mut forces = vec![[0.0; 2]; points.len()];
    for (i, a) in points.iter().enumerate() {
        for (_, b) in points.iter().enumerate().filter(|(j, _)| *j != i) {
            let (x, y) = (a[0] - b[0], a[1] - b[1]);
            let k = 1.0 / (1.0 + x * x + y * y);
            total += f64::from(k);
            forces[i][0] += k * k * x;
            forces[i][1] += k * k * y;
        }
    }
    Pushes { forces, total }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points of a spiral, which has near and far pairs of every kind.
    fn spiral(n: usize, size: f32) -> Vec<[f32; 2]> {
        let point = |i: usize| {
            let r = size * i as f32 / n as f32;
            [r * (i as f32).cos() + 3.0, r * (i as f32).sin() - 7.0]
        };
        (0..n).map(point).collect()
    }

    #[test]
    fn the_grid_gives_the_sums_over_all_pairs() {
        for (n, size) in [(2, 0.5), (300, 1e-4), (500, 2.0), (500, 30.0), (900, 100.0)] {
            let points = spiral(n, size);
            let (want, got) = (exact(&points), Repulsion::new().on_grid(&points));
            let error = (got.total / want.total - 1.0).abs();
            assert!(error < 0.01, "{n} {size}: {} {}", got.total, want.total);
            let square = |f: &[f32; 2]| f64::from(f[0] * f[0] + f[1] * f[1]);
            let norm: f64 = want.forces.iter().map(square).sum();
            let pairs = want.forces.iter().zip(&got.forces);
            let wrong: f64 = pairs
                .map(|(a, b)| square(&[a[0] - b[0], a[1] - b[1]]))
                .sum();
            assert!(
                wrong.sqrt() < 0.02 * norm.sqrt(),
                "{n} {size}: {wrong} {norm}"
            );
        }
    }

    #[test]
    fn one_size_after_another_gives_what_a_new_one_gives() {
        let mut kept = Repulsion::new();
        for size in [1.0, 40.0, 3.0] {
            let points = spiral(200, size);
            let (a, b) = (kept.pushes(&points), Repulsion::new().pushes(&points));
            assert!((a.total / b.total - 1.0).abs() < 1e-4);
        }
    }
}
