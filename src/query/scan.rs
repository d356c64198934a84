//! One pass over all rows for any number of directions.

use std::ops::Range;

use rayon::prelude::*;

use super::top::{Hit, Top};
use crate::embeddings::{Embeddings, inverse_norm};
use crate::error::Result;
use crate::kernels::Kernel;

/// Below this many multiplications one thread has finished before a second is awake.
const PARALLEL_WORK: usize = 1 << 23;
/// Rows a task scans at most.
const BLOCK: usize = 1 << 13;

/// A direction to search in, and the rows that are no answer.
#[derive(Debug, Clone)]
pub(super) struct Target {
    unit: Vec<f32>,
    excluded: Vec<u32>,
}

impl Target {
    /// The direction of `vector`, if it has one.
    pub(super) fn new(mut vector: Vec<f32>, excluded: Vec<u32>) -> Option<Self> {
        let scale = inverse_norm(&vector);
        vector.iter_mut().for_each(|x| *x *= scale);
        (scale != 0.0).then_some(Self {
            unit: vector,
            excluded,
        })
    }
}

/// The `top` rows nearest to each of `targets`, best first; every row read is checked.
pub(super) fn scan(
    embeddings: &Embeddings,
    kernel: Kernel,
    targets: &[Target],
    top: usize,
) -> Result<Vec<Vec<Hit>>> {
    let rows = embeddings.len();
    let work = rows
        .saturating_mul(embeddings.dim())
        .saturating_mul(targets.len());
    let block = |rows: Range<usize>| scan_rows(embeddings, kernel, targets, (rows, top));
    let tops = if work < PARALLEL_WORK {
        block(0..rows)?
    } else {
        (0..rows.div_ceil(BLOCK))
            .into_par_iter()
            .map(|i| block(i * BLOCK..rows.min((i + 1) * BLOCK)))
            .try_reduce_with(|a, b| Ok(merge(a, b)))
            .unwrap_or_else(|| block(0..0))?
    };
    Ok(tops.into_iter().map(Top::into_hits).collect())
}

fn merge(a: Vec<Top>, b: Vec<Top>) -> Vec<Top> {
    a.into_iter().zip(b).map(|(a, b)| a.merge(b)).collect()
}

fn scan_rows(
    embeddings: &Embeddings,
    kernel: Kernel,
    targets: &[Target],
    (rows, top): (Range<usize>, usize),
) -> Result<Vec<Top>> {
    let inverse_norms = embeddings.inverse_norms();
    let mut tops = vec![Top::new(top); targets.len()];
    for (id, row) in embeddings.rows(rows) {
        embeddings.check_row(id)?;
        let scale = inverse_norms[id as usize];
        if scale == 0.0 {
            continue;
        }
        for (target, top) in targets.iter().zip(&mut tops) {
            // Rounding may leave a hair above 1; cut it before it can break a tie.
            let similarity = (kernel.dot(&target.unit, row) * scale).clamp(-1.0, 1.0);
            if !target.excluded.contains(&id) {
                top.offer(similarity, id);
            }
        }
    }
    Ok(tops)
}
