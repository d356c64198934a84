//! Fourier transforms of a square.

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

/// Rows moved together when a square is turned over: a cache line's worth.
const TILE: usize = 16;

/// Transforms of squares of one size. The spectrum lies turned over, which no product minds.
pub(super) struct Plane {
    size: usize,
    forward: Arc<dyn Fft<f32>>,
    backward: Arc<dyn Fft<f32>>,
}

impl Plane {
    /// The next larger size that is fast to transform: an even number without large factors.
    pub(super) fn at_least(least: usize) -> Self {
        let fast = |n: &usize| {
            let mut rest = *n;
            for factor in [2, 3, 5] {
                while rest.is_multiple_of(factor) {
                    rest /= factor;
                }
            }
            rest == 1
        };
        let mut sizes = (least.max(2)..).filter(|n| n.is_multiple_of(4));
        let size = sizes.find(fast).unwrap_or(least);
        let mut planner = FftPlanner::new();
        Self {
            size,
            forward: planner.plan_fft_forward(size),
            backward: planner.plan_fft_inverse(size),
        }
    }

    /// Numbers in a row, and rows.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Transforms a square of which only the first `used` rows are not zero.
    pub(super) fn forward(
        &self,
        square: &mut Vec<Complex32>,
        scratch: &mut Vec<Complex32>,
        used: usize,
    ) {
        transform(&*self.forward, &mut square[..used * self.size]);
        turn_over(square, scratch, self.size);
        transform(&*self.forward, scratch);
        std::mem::swap(square, scratch);
    }

    /// Transforms back; only the first `used` rows are made. Not divided by the square's area.
    pub(super) fn backward(
        &self,
        square: &mut Vec<Complex32>,
        scratch: &mut Vec<Complex32>,
        used: usize,
    ) {
        transform(&*self.backward, square);
        let rows = used * self.size;
        turn_over(square, &mut scratch[..rows], self.size);
        transform(&*self.backward, &mut scratch[..rows]);
        std::mem::swap(square, scratch);
    }
}

fn transform(fft: &dyn Fft<f32>, rows: &mut [Complex32]) {
    let scratch = || vec![Complex32::ZERO; fft.get_inplace_scratch_len()];
    rows.par_chunks_mut(fft.len() * TILE)
        .for_each_init(scratch, |scratch, rows| {
            fft.process_with_scratch(rows, scratch);
        });
}

fn turn_over(from: &[Complex32], to: &mut [Complex32], size: usize) {
    to.par_chunks_mut(size * TILE)
        .enumerate()
        .for_each(|(tile, rows)| {
            let first = tile * TILE;
            for (i, column) in from.chunks(size).enumerate() {
                for (j, row) in rows.chunks_mut(size).enumerate() {
                    row[i] = column[first + j];
                }
            }
        });
}
