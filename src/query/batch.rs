//! Many directions at once: blocked matrix products instead of one product a row.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut1, s};
use rayon::prelude::*;

use super::scan::{Space, Target};
use super::top::{Hit, Top};
use crate::error::Result;

/// Directions from which products win over single scans.
pub(super) const FEWEST: usize = 8;
/// Directions a task multiplies at most: enough that a row is used often once it is in the cache.
const DIRECTIONS: usize = 256;
/// Rows multiplied at once: their products stay in the second-level cache.
const ROWS: usize = 512;
/// Scores looked at together before any is looked at alone.
const LANES: usize = 16;
/// A product's last bits differ from a single scan's. So this many more are kept, and all of them
/// are measured again as a single scan does.
const SPARE: usize = 6;

/// As `super::scan::scan`, with the same answers.
pub(super) fn scan_batch(space: &Space, targets: &[Target], top: usize) -> Result<Vec<Vec<Hit>>> {
    let blocks = space.rows.div_ceil(ROWS);
    (0..blocks).into_par_iter().try_for_each(|block| {
        let end = space.rows.min((block + 1) * ROWS);
        (block * ROWS..end).try_for_each(|id| space.embeddings.check_row(id as u32))
    })?;
    let share = targets.len().div_ceil(rayon::current_num_threads());
    let found = targets
        .par_chunks(share.clamp(FEWEST, DIRECTIONS))
        .flat_map_iter(|targets| scan_block(space, targets, top));
    Ok(found.collect())
}

fn scan_block(space: &Space, targets: &[Target], top: usize) -> Vec<Vec<Hit>> {
    let matrix = space.embeddings.matrix();
    let directions = targets.iter().flat_map(|target| &target.unit).copied();
    let shape = (targets.len(), matrix.ncols());
    let directions = Array2::from_shape_vec(shape, directions.collect())
        .unwrap_or_else(|_| unreachable!("each direction has the length of a row"));
    let kept = |target: &Target| top.saturating_add(target.excluded.len() + SPARE);
    let mut tops: Vec<Top> = targets.iter().map(|t| Top::new(kept(t))).collect();
    let mut scores = Array2::zeros((targets.len(), ROWS));
    for start in (0..space.rows).step_by(ROWS) {
        let end = space.rows.min(start + ROWS);
        let rows: ArrayView2<f32> = matrix.slice(s![start..end, ..]);
        let mut scores = scores.slice_mut(s![.., ..end - start]);
        general_mat_mul(1.0, &directions, &rows.t(), 0.0, &mut scores);
        let norms = &space.embeddings.inverse_norms()[start..end];
        for (scores, top) in scores.rows_mut().into_iter().zip(&mut tops) {
            offer_all(scores, norms, start, top);
        }
    }
    let measured = targets.iter().zip(tops);
    measured
        .map(|(target, found)| space.measure(target, found, top))
        .collect()
}

fn offer_all(mut scores: ArrayViewMut1<f32>, norms: &[f32], start: usize, top: &mut Top) {
    let Some(scores) = scores.as_slice_mut() else {
        unreachable!("a row of scores is contiguous")
    };
    for (score, norm) in scores.iter_mut().zip(norms) {
        *score *= norm;
    }
    let chunks = scores.chunks(LANES).zip(norms.chunks(LANES));
    for (i, (scores, norms)) in chunks.enumerate() {
        let enters = scores
            .iter()
            .fold(false, |any, &s| any | (s >= top.floor()));
        if !enters {
            continue;
        }
        let first = start + i * LANES;
        for (j, (&score, &norm)) in scores.iter().zip(norms).enumerate() {
            if norm != 0.0 {
                top.offer(score, (first + j) as u32);
            }
        }
    }
}
