//! A pass over numbers smaller than f32, which only chooses the rows that are then measured.

use std::ops::Range;

use super::scan::Target;
use super::top::Top;
use crate::embeddings::{Embeddings, Numbers};
use crate::error::Result;
use crate::kernels::{Kernel, largest_i16};

/// Rows chosen beyond those asked for: twice as many, and so many more. What i8 loses moves a row by
/// few places among its like.
const SPARE: usize = 22;

/// Targets in the numbers that rows of f16 and i8 are multiplied with.
pub(super) struct Quick<'a> {
    targets: Vec<(&'a Target, Vec<Direction>)>,
    kept: usize,
    kernel: Kernel,
}

/// A unit vector.
struct Direction {
    floats: Vec<f32>,
    /// The floats in steps of `step`.
    integers: Vec<i16>,
    step: f32,
}

impl Direction {
    fn new(floats: &[f32]) -> Self {
        let largest = floats.iter().fold(f32::MIN_POSITIVE, |a, x| a.max(x.abs()));
        let step = largest / largest_i16(floats.len());
        Self {
            floats: floats.to_vec(),
            integers: floats.iter().map(|x| (x / step).round() as i16).collect(),
            step,
        }
    }

    fn product(&self, kernel: Kernel, row: Numbers) -> f32 {
        match row {
            Numbers::F32(row) => kernel.dot(row, &self.floats),
            Numbers::F16(row) => kernel.dot_f16(row, &self.floats),
            Numbers::I8(row, factor) => {
                kernel.dot_i8(row, &self.integers) as f32 * (self.step * factor)
            }
        }
    }
}

impl<'a> Quick<'a> {
    /// The pass that chooses rows for the `top` nearest to each of `targets`.
    pub(super) fn new(targets: &'a [Target], top: usize) -> Self {
        let each = targets.iter().map(|target| {
            let directions = target.directions.iter();
            (target, directions.map(|d| Direction::new(d)).collect())
        });
        Self {
            targets: each.collect(),
            kept: top.saturating_mul(2).saturating_add(SPARE),
            kernel: Kernel::best(),
        }
    }

    /// The chosen of `rows` for each target.
    pub(super) fn scan_rows(
        &self,
        embeddings: &Embeddings,
        rows: Range<usize>,
    ) -> Result<Vec<Top>> {
        let mut tops = vec![Top::new(self.kept); self.targets.len()];
        let Some(view) = embeddings.quick_view() else {
            return Ok(tops);
        };
        let norms = &embeddings.inverse_norms()[rows.clone()];
        for (id, &norm) in (rows.start as u32..).zip(norms) {
            if !view.is_intact(id as usize) {
                embeddings.check_quick(id)?;
            }
            let row = view.row(id as usize);
            for ((target, directions), top) in self.targets.iter().zip(&mut tops) {
                let score = target.score(|i| directions[i].product(self.kernel, row) * norm);
                if norm != 0.0 && score >= top.floor() && !target.excluded.contains(&id) {
                    top.offer(score, id);
                }
            }
        }
        Ok(tops)
    }
}

#[cfg(test)]
mod tests;
