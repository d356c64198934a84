//! One pass over all rows for a few directions.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::batch::{self, scan_batch};
use super::panels;
use super::quick::Quick;
use super::top::{Hit, Top};
use crate::embeddings::{Embeddings, Query, inverse_norm};
use crate::error::Result;
use crate::kernels::Kernel;

/// Below this many multiplications one thread has finished before a second is awake.
const PARALLEL_WORK: usize = 1 << 23;
/// Rows a task scans at most.
const BLOCK: usize = 1 << 13;
/// Rows met at once: they stay in the nearest caches for several targets.
const ROWS: usize = 64;
/// Keeps 3CosMul from dividing by zero (Levy, Goldberg 2014, with gensim's value).
pub(super) const EPSILON: f32 = 1e-6;

/// What is searched: the rows of the most frequent words of some embeddings.
#[derive(Debug, Clone)]
pub(crate) struct Space<'a> {
    pub(super) embeddings: &'a Embeddings,
    /// The first rows, among which all that are searched are.
    pub(super) rows: usize,
    /// 1 / norm of each row, 0 for rows that are no answers.
    pub(super) norms: Cow<'a, [f32]>,
    pub(super) kernel: Kernel,
}

/// What rows are measured against, and the rows that are no answer.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Unit vectors, those to be near to before those to be far from.
    pub(super) directions: Vec<Vec<f32>>,
    /// How many of them to be near to; `None` for a single one, measured by its cosine.
    positive: Option<usize>,
    pub(super) excluded: Vec<u32>,
}

impl Target {
    /// The direction of a sum of vectors less others, if it has one.
    pub(crate) fn sum(
        positive: &[Vec<f32>],
        negative: &[Vec<f32>],
        excluded: Vec<u32>,
    ) -> Option<Self> {
        let mut sum = vec![0.0; positive.first()?.len()];
        let signed = |sign| move |unit| (unit, sign);
        let parts = positive.iter().map(signed(1.0));
        for (unit, sign) in parts.chain(negative.iter().map(signed(-1.0))) {
            for (total, x) in sum.iter_mut().zip(unit) {
                *total += sign * x;
            }
        }
        let scale = inverse_norm(&sum);
        sum.iter_mut().for_each(|x| *x *= scale);
        (scale != 0.0).then_some(Self {
            directions: vec![sum],
            positive: None,
            excluded,
        })
    }

    /// Several unit vectors, each measured by itself and the results multiplied.
    pub(crate) fn product(
        positive: Vec<Vec<f32>>,
        negative: Vec<Vec<f32>>,
        excluded: Vec<u32>,
    ) -> Option<Self> {
        let near = positive.len();
        (near > 0).then_some(Self {
            directions: positive.into_iter().chain(negative).collect(),
            positive: Some(near),
            excluded,
        })
    }

    /// How many of the directions are to be near to, where results are multiplied.
    pub(super) fn near(&self) -> Option<usize> {
        self.positive
    }

    /// Whether rows are measured by their cosine with one direction.
    pub(super) fn is_single(&self) -> bool {
        self.positive.is_none()
    }

    /// Cosine of a sum with a unit vector.
    pub(super) fn cosine(&self, kernel: Kernel, unit: &[f32]) -> f32 {
        kernel.dot(&self.directions[0], unit).clamp(-1.0, 1.0)
    }

    /// The score of a row by its cosine with each direction.
    pub(super) fn score(&self, mut cosine: impl FnMut(usize) -> f32) -> f32 {
        // Rounding may leave a hair above 1; cut it before it can break a tie.
        let mut cosine = |i| cosine(i).clamp(-1.0, 1.0);
        let Some(near) = self.positive else {
            return cosine(0);
        };
        let mut product =
            |range: Range<usize>| range.fold(1.0, |all, i| all * (1.0 + cosine(i)) / 2.0);
        let (near, far) = (product(0..near), product(near..self.directions.len()));
        near / (far + EPSILON)
    }
}

impl<'a> Space<'a> {
    /// The `limit` most frequent words of `embeddings`.
    pub(crate) fn new(embeddings: &'a Embeddings, limit: usize) -> Self {
        let norms = embeddings.inverse_norms();
        let some = (limit < embeddings.len()).then(|| embeddings.frequent(limit));
        let (rows, norms) = match some.flatten() {
            None => (embeddings.len().min(limit), Cow::Borrowed(norms)),
            Some(ids) => {
                let mut chosen = vec![0.0; norms.len()];
                ids.iter()
                    .for_each(|&id| chosen[id as usize] = norms[id as usize]);
                (embeddings.len(), Cow::Owned(chosen))
            }
        };
        Self {
            embeddings,
            rows,
            norms,
            kernel: Kernel::best(),
        }
    }

    /// The `top` rows nearest to each of `targets`, best first; every row read is checked.
    pub(crate) fn scan(&self, targets: &[Target], top: usize) -> Result<Vec<Vec<Hit>>> {
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        if targets.len() >= batch::FEWEST {
            return match panels::scan(self, targets, top)? {
                Some(found) => Ok(found),
                None => scan_batch(self, targets, top),
            };
        }
        let work = self.rows.saturating_mul(self.embeddings.dim());
        let parallel = work.saturating_mul(targets.len()) >= PARALLEL_WORK;
        let quick = self
            .embeddings
            .has_quick()
            .then(|| Quick::new(targets, top));
        let tops = self.each_block(
            parallel,
            |rows| match &quick {
                Some(quick) => quick.scan_rows(self, rows),
                None => self.scan_rows(targets, rows, top),
            },
            |a, b| a.into_iter().zip(b).map(|(a, b)| a.merge(b)).collect(),
        )?;
        if quick.is_none() {
            return Ok(tops.into_iter().map(Top::into_hits).collect());
        }
        let candidates = targets.iter().zip(tops);
        candidates
            .map(|(target, found)| self.measure(target, found, top))
            .collect()
    }

    /// Scans blocks of rows, on all threads if `parallel`, and merges what they yield.
    fn each_block<T: Send>(
        &self,
        parallel: bool,
        scan: impl Fn(Range<usize>) -> Result<T> + Sync,
        merge: impl Fn(T, T) -> T + Sync,
    ) -> Result<T> {
        if !parallel {
            return scan(0..self.rows);
        }
        (0..self.rows.div_ceil(BLOCK))
            .into_par_iter()
            .map(|i| scan(i * BLOCK..self.rows.min((i + 1) * BLOCK)))
            .try_reduce_with(|a, b| Ok(merge(a, b)))
            .unwrap_or_else(|| scan(0..0))
    }

    fn scan_rows(&self, targets: &[Target], rows: Range<usize>, top: usize) -> Result<Vec<Top>> {
        let mut tops = vec![Top::new(top); targets.len()];
        // Looked up once, not row by row.
        let (view, norms) = (self.embeddings.view(), &self.norms);
        let directions = targets
            .iter()
            .map(|t| Query::new(&t.directions[0], self.kernel));
        let directions: Vec<Query> = directions.collect();
        let slack = self.slack();
        let (mut cosines, mut sums) = ([0.0; ROWS], [0; ROWS]);
        for start in rows.clone().step_by(ROWS) {
            let norms = &norms[start..rows.end.min(start + ROWS)];
            let (cosines, sums) = (&mut cosines[..norms.len()], &mut sums[..norms.len()]);
            for ((target, direction), top) in targets.iter().zip(&directions).zip(&mut tops) {
                view.meet(start, direction, cosines, sums);
                if let Some(damaged) = view.damaged(start, sums) {
                    self.embeddings.check_row(damaged as u32)?;
                }
                let scaled = cosines.iter_mut().zip(norms);
                scaled.for_each(|(cosine, norm)| *cosine *= norm);
                let (floor, single) = (top.floor() - slack, target.is_single());
                if single && cosines.iter().fold(f32::MIN, |a, b| a.max(*b)) < floor {
                    continue;
                }
                for (at, &norm) in norms.iter().enumerate() {
                    // A row that may enter is measured as everywhere, to the last bit.
                    if !single || cosines[at] >= top.floor() - slack {
                        let row = view.row(start + at).floats();
                        self.offer(target, ((start + at) as u32, &row, norm), top);
                    }
                }
            }
        }
        Ok(tops)
    }

    /// What two sums of a row's products, taken in different orders, may differ by.
    pub(super) fn slack(&self) -> f32 {
        (self.embeddings.dim() + 8) as f32 * f32::EPSILON
    }

    /// The best `top` of `candidates`, measured as a single scan measures.
    ///
    /// # Errors
    /// A damaged row.
    pub(super) fn measure(&self, target: &Target, candidates: Top, top: usize) -> Result<Vec<Hit>> {
        let mut best = Top::new(top);
        for Hit { id, .. } in candidates.into_hits() {
            self.embeddings.check_row(id)?;
            let row = self.embeddings.vector(id);
            self.offer(target, (id, &row, self.norms[id as usize]), &mut best);
        }
        Ok(best.into_hits())
    }

    /// Offers a row with the inverse of its norm.
    pub(super) fn offer(
        &self,
        target: &Target,
        (id, row, scale): (u32, &[f32], f32),
        top: &mut Top,
    ) {
        if let Some(score) = self.score(target, row, scale)
            && score >= top.floor()
            && !target.excluded.contains(&id)
        {
            top.offer(score, id);
        }
    }

    /// The score of a row, if it has a direction.
    fn score(&self, target: &Target, row: &[f32], scale: f32) -> Option<f32> {
        let cosine = |i: usize| self.kernel.dot(&target.directions[i], row) * scale;
        (scale != 0.0).then(|| target.score(cosine))
    }

    /// How many rows are nearer to `target` than row `id`, how many have a direction at all, and
    /// the score of row `id`; excluded rows do not count.
    pub(super) fn count_nearer(&self, target: &Target, id: u32) -> Result<(usize, usize, f32)> {
        let (view, norms) = (self.embeddings.view(), &self.norms);
        // Whether it is an answer or not.
        let norm = self.embeddings.inverse_norms()[id as usize];
        let of_id = self.score(target, &self.embeddings.vector(id), norm);
        let of_id = of_id.unwrap_or(f32::NEG_INFINITY);
        let count = |rows: Range<usize>| {
            let (mut nearer, mut all) = (0, 0);
            for other in rows {
                if !view.is_intact(other) {
                    self.embeddings.check_row(other as u32)?;
                }
                let score = self.score(target, &view.row(other).floats(), norms[other]);
                let other = other as u32;
                if let Some(score) = score.filter(|_| !target.excluded.contains(&other)) {
                    all += 1;
                    nearer += usize::from(score > of_id || (score == of_id && other < id));
                }
            }
            Ok((nearer, all))
        };
        let parallel = self.rows.saturating_mul(self.embeddings.dim()) >= PARALLEL_WORK;
        let (nearer, all) = self.each_block(parallel, count, |a, b| (a.0 + b.0, a.1 + b.1))?;
        Ok((nearer, all, of_id))
    }
}

#[cfg(test)]
mod tests;
