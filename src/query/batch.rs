//! Many directions at once: blocked matrix products instead of one product a row.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, s};
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
    let view = space.embeddings.view();
    (0..blocks).into_par_iter().try_for_each(|block| {
        let end = space.rows.min((block + 1) * ROWS);
        let mut damaged = (block * ROWS..end).filter(|&id| !view.is_intact(id));
        damaged.try_for_each(|id| space.embeddings.check_row(id as u32))
    })?;
    let share = targets.len().div_ceil(rayon::current_num_threads());
    let found = targets
        .par_chunks(share.clamp(FEWEST, DIRECTIONS))
        .map(|targets| scan_block(space, targets, top));
    let found: Vec<Vec<Vec<Hit>>> = found.collect::<Result<_>>()?;
    Ok(found.into_iter().flatten().collect())
}

fn scan_block(space: &Space, targets: &[Target], top: usize) -> Result<Vec<Vec<Hit>>> {
    let all = targets.iter().flat_map(|target| &target.directions);
    let shape = (all.clone().count(), space.embeddings.dim());
    let directions = Array2::from_shape_vec(shape, all.flatten().copied().collect())
        .unwrap_or_else(|_| unreachable!("each direction has the length of a row"));
    let kept = |target: &Target| top.saturating_add(target.excluded.len() + SPARE);
    let mut tops: Vec<Top> = targets.iter().map(|t| Top::new(kept(t))).collect();
    let mut products = Array2::zeros((shape.0, ROWS));
    let mut scores = vec![0.0; ROWS];
    for start in (0..space.rows).step_by(ROWS) {
        let end = space.rows.min(start + ROWS);
        let rows = space.embeddings.block(start..end);
        let mut products = products.slice_mut(s![.., ..end - start]);
        general_mat_mul(1.0, &directions, &rows.t(), 0.0, &mut products);
        let norms = &space.norms[start..end];
        let mut first = 0;
        for (target, top) in targets.iter().zip(&mut tops) {
            let after = first + target.directions.len();
            let scores = &mut scores[..end - start];
            let products = products.slice(s![first..after, ..]);
            score_all(target, products, norms, scores);
            offer_all(scores, norms, start, top);
            first = after;
        }
    }
    let measured = targets.iter().zip(tops);
    measured
        .map(|(target, found)| space.measure(target, found, top))
        .collect()
}

/// Turns products with each direction of `target` into scores.
fn score_all(target: &Target, products: ArrayView2<f32>, norms: &[f32], scores: &mut [f32]) {
    match (products.to_slice(), products.nrows()) {
        // The usual case, and plain enough for vector registers.
        (Some(cosines), 1) => {
            for ((score, product), norm) in scores.iter_mut().zip(cosines).zip(norms) {
                *score = product * norm;
            }
        }
        _ => {
            for (j, (score, norm)) in scores.iter_mut().zip(norms).enumerate() {
                *score = target.score(|i| products[[i, j]] * norm);
            }
        }
    }
}

fn offer_all(scores: &[f32], norms: &[f32], start: usize, top: &mut Top) {
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
