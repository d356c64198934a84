//! One pass over all rows for a few directions.

use std::ops::Range;

use rayon::prelude::*;

use super::batch::{self, scan_batch};
use super::top::{Hit, Top};
use crate::embeddings::{Embeddings, inverse_norm};
use crate::error::Result;
use crate::kernels::Kernel;

/// Below this many multiplications one thread has finished before a second is awake.
const PARALLEL_WORK: usize = 1 << 23;
/// Rows a task scans at most.
const BLOCK: usize = 1 << 13;

/// What is searched: the first rows of some embeddings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Space<'a> {
    pub(super) embeddings: &'a Embeddings,
    pub(super) rows: usize,
    kernel: Kernel,
}

/// A direction to search in, and the rows that are no answer.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(super) unit: Vec<f32>,
    pub(super) excluded: Vec<u32>,
}

impl Target {
    /// The direction of `vector`, if it has one.
    pub(crate) fn new(mut vector: Vec<f32>, excluded: Vec<u32>) -> Option<Self> {
        let scale = inverse_norm(&vector);
        vector.iter_mut().for_each(|x| *x *= scale);
        (scale != 0.0).then_some(Self {
            unit: vector,
            excluded,
        })
    }
}

impl<'a> Space<'a> {
    /// The first `limit` rows (the most frequent words) of `embeddings`.
    pub(crate) fn new(embeddings: &'a Embeddings, limit: usize) -> Self {
        Self {
            embeddings,
            rows: embeddings.len().min(limit),
            kernel: Kernel::best(),
        }
    }

    /// The `top` rows nearest to each of `targets`, best first; every row read is checked.
    pub(crate) fn scan(&self, targets: &[Target], top: usize) -> Result<Vec<Vec<Hit>>> {
        if targets.len() >= batch::FEWEST {
            return scan_batch(self, targets, top);
        }
        let block = |rows: Range<usize>| self.scan_rows(targets, rows, top);
        let work = self.rows.saturating_mul(self.embeddings.dim());
        let tops = if work.saturating_mul(targets.len()) < PARALLEL_WORK {
            block(0..self.rows)?
        } else {
            (0..self.rows.div_ceil(BLOCK))
                .into_par_iter()
                .map(|i| block(i * BLOCK..self.rows.min((i + 1) * BLOCK)))
                .try_reduce_with(|a, b| Ok(merge(a, b)))
                .unwrap_or_else(|| block(0..0))?
        };
        Ok(tops.into_iter().map(Top::into_hits).collect())
    }

    fn scan_rows(&self, targets: &[Target], rows: Range<usize>, top: usize) -> Result<Vec<Top>> {
        let mut tops = vec![Top::new(top); targets.len()];
        for (id, row) in self.embeddings.rows(rows) {
            self.embeddings.check_row(id)?;
            for (target, top) in targets.iter().zip(&mut tops) {
                self.offer(target, (id, row), top);
            }
        }
        Ok(tops)
    }

    /// The best `top` of `candidates`, measured as a single scan measures.
    pub(super) fn measure(&self, target: &Target, candidates: Top, top: usize) -> Vec<Hit> {
        let mut best = Top::new(top);
        for Hit { id, .. } in candidates.into_hits() {
            self.offer(target, (id, self.embeddings.row(id)), &mut best);
        }
        best.into_hits()
    }

    fn offer(&self, target: &Target, (id, row): (u32, &[f32]), top: &mut Top) {
        let scale = self.embeddings.inverse_norms()[id as usize];
        // Rounding may leave a hair above 1; cut it before it can break a tie.
        let similarity = (self.kernel.dot(&target.unit, row) * scale).clamp(-1.0, 1.0);
        if scale != 0.0 && similarity >= top.floor() && !target.excluded.contains(&id) {
            top.offer(similarity, id);
        }
    }
}

fn merge(a: Vec<Top>, b: Vec<Top>) -> Vec<Top> {
    a.into_iter().zip(b).map(|(a, b)| a.merge(b)).collect()
}
