//! Weights of the positions of a window, learnt by every step of every thread.
//!
//! Shared as the word rows are, they would travel between the cores at every step. So each worker has
//! its own and gives what it has learnt to the others after each unit of work.

use super::options::TrainOptions;
use crate::error::Result;
use crate::memory::{SharedMatrix, Stepper};

/// A row of ones for each position from `-window` to `window`, if they are to have weights.
pub(super) fn fresh(options: &TrainOptions) -> Result<Option<SharedMatrix>> {
    if !options.position_weights {
        return Ok(None);
    }
    let positions = SharedMatrix::zeroed(2 * options.window + 1, options.dim)?;
    for position in 0..positions.rows() as u32 {
        positions.write_row(position, &vec![1.0; options.dim]);
    }
    Ok(Some(positions))
}

/// The bits of all weights, row by row.
pub(super) fn bits(positions: &SharedMatrix) -> Vec<u32> {
    let mut row = vec![0.0_f32; positions.dim()];
    let mut bits = Vec::with_capacity(positions.rows() * positions.dim());
    for position in 0..positions.rows() as u32 {
        positions.read_row(position, &mut row);
        bits.extend(row.iter().map(|x| x.to_bits()));
    }
    bits
}

/// Sets the weights from what [`bits`] gave.
pub(super) fn restore(positions: &SharedMatrix, bits: &[u32]) {
    for (position, bits) in bits
        .chunks_exact(positions.dim())
        .enumerate()
        .take(positions.rows())
    {
        let row: Vec<f32> = bits.iter().copied().map(f32::from_bits).collect();
        positions.write_row(position as u32, &row);
    }
}

/// A worker's account of what it was given.
#[derive(Debug)]
pub(super) struct Positions<'r> {
    shared: &'r SharedMatrix,
    given: Vec<f32>,
    row: Vec<f32>,
    /// What is learnt by several threads at once is averaged.
    share: f32,
}

impl<'r> Positions<'r> {
    pub(super) fn new(shared: &'r SharedMatrix, threads: usize) -> Self {
        Self {
            shared,
            given: vec![0.0; shared.rows() * shared.dim()],
            row: vec![0.0; shared.dim()],
            share: 1.0 / threads as f32,
        }
    }

    /// Before a unit: takes the weights as they are.
    pub(super) fn take(&mut self, stepper: &mut Stepper<'_>) {
        for (position, given) in self.given.chunks_exact_mut(self.row.len()).enumerate() {
            self.shared.read_row(position as u32, given);
            stepper.position(position).copy_from_slice(given);
        }
    }

    /// After it: adds what was learnt.
    pub(super) fn give(&mut self, stepper: &mut Stepper<'_>) {
        for (position, given) in self.given.chunks_exact(self.row.len()).enumerate() {
            self.shared.read_row(position as u32, &mut self.row);
            let learnt = stepper.position(position).iter().zip(given);
            for (x, (now, then)) in self.row.iter_mut().zip(learnt) {
                *x += self.share * (now - then);
            }
            self.shared.write_row(position as u32, &self.row);
        }
    }
}
