//! A pass over numbers smaller than f32, which only chooses the rows that are then measured.

use std::ops::Range;

use super::scan::{Space, Target};
use super::top::Top;
use crate::embeddings::Query;
use crate::error::Result;
use crate::kernels::Kernel;

/// Rows chosen beyond those asked for: twice as many, and so many more. What i8 loses moves a row by
/// few places among its like.
const SPARE: usize = 22;

/// Rows met at once: they stay in the nearest caches for several directions.
const ROWS: usize = 64;

/// Targets in the numbers that rows of f16 and i8 are multiplied with.
pub(super) struct Quick<'a> {
    targets: Vec<(&'a Target, Vec<Query>)>,
    kept: usize,
}

impl<'a> Quick<'a> {
    /// The pass that chooses rows for the `top` nearest to each of `targets`.
    pub(super) fn new(targets: &'a [Target], top: usize) -> Self {
        let kernel = Kernel::best();
        let each = targets.iter().map(|target| {
            let directions = target.directions.iter();
            (target, directions.map(|d| Query::new(d, kernel)).collect())
        });
        Self {
            targets: each.collect(),
            kept: top.saturating_mul(2).saturating_add(SPARE),
        }
    }

    /// The chosen of `rows` for each target.
    pub(super) fn scan_rows(&self, space: &Space, rows: Range<usize>) -> Result<Vec<Top>> {
        let mut tops = vec![Top::new(self.kept); self.targets.len()];
        let Some(view) = space.embeddings.quick_view() else {
            return Ok(tops);
        };
        let most = self.targets.iter().map(|(_, directions)| directions.len());
        let mut cosines = vec![[0.0; ROWS]; most.max().unwrap_or(0)];
        let mut sums = [0; ROWS];
        for start in rows.clone().step_by(ROWS) {
            let norms = &space.norms[start..rows.end.min(start + ROWS)];
            let n = norms.len();
            for ((target, directions), top) in self.targets.iter().zip(&mut tops) {
                for (direction, cosines) in directions.iter().zip(&mut cosines) {
                    view.meet(start, direction, &mut cosines[..n], &mut sums[..n]);
                    let scaled = cosines.iter_mut().zip(norms);
                    scaled.for_each(|(cosine, norm)| *cosine *= norm);
                }
                if let Some(damaged) = view.damaged(start, &sums[..n]) {
                    space.embeddings.check_quick(damaged as u32)?;
                }
                if directions.len() == 1
                    && cosines[0][..n].iter().fold(f32::MIN, |a, b| a.max(*b)) < top.floor()
                {
                    continue;
                }
                for (at, &norm) in norms.iter().enumerate() {
                    let (score, id) = (target.score(|i| cosines[i][at]), (start + at) as u32);
                    if norm != 0.0 && score >= top.floor() && !target.excluded.contains(&id) {
                        top.offer(score, id);
                    }
                }
            }
        }
        Ok(tops)
    }
}

#[cfg(test)]
mod tests;
