//! What all vectors have in common: the first right singular vector of their matrix.

use rayon::prelude::*;

use crate::kernels::Kernel;

/// Vectors below which there is no telling what they have in common.
pub(super) const LEAST: usize = 32;

/// Vectors that are looked at, evenly spread; more do not move the component.
const MOST: usize = 100_000;

/// Vectors of a piece of parallel work; part of the definition, since sums follow it.
const PIECE: usize = 1 << 12;

/// Rounds of the power iteration at most; it ends when the direction stands still.
const ROUNDS: usize = 60;

/// The first component of `vectors`, at length 1; `None` for too few of them, or zeros.
pub(super) fn first(vectors: &[&[f32]]) -> Option<Vec<f32>> {
    let dim = vectors.first()?.len();
    if vectors.len() < LEAST {
        return None;
    }
    let every = vectors.len().div_ceil(MOST);
    let vectors: Vec<&[f32]> = vectors.iter().copied().step_by(every).collect();
    // Their mean is nearly there already.
    let mut component = unit(total(&vectors, dim, |_| 1.0))?;
    let kernel = Kernel::best();
    for _ in 0..ROUNDS {
        let next = total(&vectors, dim, |row| f64::from(kernel.dot(row, &component)));
        let next = unit(next)?;
        let cosine: f64 = kernel.dot(&next, &component).into();
        component = next;
        if cosine > 1.0 - 1e-7 {
            break;
        }
    }
    Some(component)
}

/// Takes the part along `component` out of each of `vectors`, one after the other.
pub(super) fn take_out(component: &[f32], vectors: &mut [f32]) {
    let kernel = Kernel::best();
    let rows = vectors.par_chunks_exact_mut(component.len().max(1));
    rows.for_each(|row| {
        let dot = kernel.dot(row, component);
        let both = row.iter_mut().zip(component);
        both.for_each(|(x, c)| *x -= dot * c);
    });
}

/// The sum of all rows, each times its weight.
fn total(rows: &[&[f32]], dim: usize, weight: impl Fn(&[f32]) -> f64 + Sync) -> Vec<f64> {
    let add = |mut sum: Vec<f64>, row: &&[f32]| {
        let weight = weight(row);
        let both = sum.iter_mut().zip(*row);
        both.for_each(|(sum, x)| *sum += weight * f64::from(*x));
        sum
    };
    let pieces = rows.par_chunks(PIECE);
    let sums: Vec<Vec<f64>> = pieces
        .map(|piece| piece.iter().fold(vec![0.0; dim], add))
        .collect();
    sums.into_iter().fold(vec![0.0; dim], |mut all, sum| {
        all.iter_mut().zip(sum).for_each(|(all, x)| *all += x);
        all
    })
}

fn unit(vector: Vec<f64>) -> Option<Vec<f32>> {
    let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    let unit = || vector.iter().map(|x| (x / norm) as f32).collect();
    (norm > 0.0 && norm.is_finite()).then(unit)
}
