//! Which items go with some others, by the chances that training learnt.

use rayon::prelude::*;

use super::{Neighbor, Search, find};
use crate::embeddings::Embeddings;
use crate::error::Result;
use crate::kernels::Kernel;

/// The exponent of the noise where a model does not say.
const USUAL_NOISE: f64 = 0.75;

/// The items that most likely stand beside those of each history, which are left out; answered or
/// refused one by one. `similarity` is the chance.
///
/// Skip-gram with negative sampling learns products of input and output rows that are the logarithm of
/// an item's chance beside another, less that of its chance as noise, `count ^ noise-power` (Levy,
/// Goldberg 2014). So the chance is known but for a factor, which makes the sum over all items 1. A
/// history's is the power mean of its items' with the exponent 1/2: an item that goes with all of a history is
/// before one that goes with some of it very well. Needs the output rows; `None` where the model has none.
///
/// # Errors
/// A damaged file.
pub fn recommend<S: AsRef<str> + Sync>(
    embeddings: &Embeddings,
    histories: &[Vec<S>],
    search: Search,
) -> Result<Option<Vec<Result<Vec<Neighbor>>>>> {
    if !embeddings.has_output() {
        return Ok(None);
    }
    embeddings.verify()?;
    let chances = Chances::new(embeddings, search.limit);
    let answers = histories.par_iter().map(|history| {
        let ids = history.iter().map(|item| find(embeddings, item.as_ref()));
        let ids = ids.collect::<Result<Vec<u32>>>()?;
        Ok(chances.best(&ids, search.top))
    });
    Ok(Some(answers.collect()))
}

/// What decides the chances of items.
struct Chances<'e> {
    embeddings: &'e Embeddings,
    /// Logarithm of each item's chance as noise, but for a term that all share.
    noise: Vec<f32>,
    /// The items that may be answers.
    answers: Vec<u32>,
    kernel: Kernel,
}

impl<'e> Chances<'e> {
    fn new(embeddings: &'e Embeddings, limit: usize) -> Self {
        let stored = embeddings.metadata().training.get("noise-power");
        let power = stored.and_then(|text| text.parse().ok());
        let power: f64 = power.unwrap_or(USUAL_NOISE);
        let of = |id| (power * (embeddings.count(id).max(1) as f64).ln()) as f32;
        Self {
            embeddings,
            noise: (0..embeddings.len() as u32).map(of).collect(),
            answers: embeddings.most_frequent(limit),
            kernel: Kernel::best(),
        }
    }

    /// Adds the square roots of the chances of all items beside `item` to `sum`. `scores` is working space.
    fn add(&self, item: u32, scores: &mut Vec<f32>, sum: &mut [f64]) {
        let input = self.embeddings.vector(item);
        scores.clear();
        scores.extend((0..).zip(&self.noise).map(|(id, noise)| {
            let output = self.embeddings.output_row(id).unwrap_or_default();
            self.kernel.dot(&input, output) + noise
        }));
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        scores.iter_mut().for_each(|x| *x = (*x - most).exp());
        let total: f64 = scores.iter().map(|x| f64::from(*x)).sum();
        let both = sum.iter_mut().zip(scores.iter());
        both.for_each(|(sum, x)| *sum += (f64::from(*x) / total).sqrt());
    }

    fn best(&self, history: &[u32], top: usize) -> Vec<Neighbor> {
        let mut sum = vec![0.0; self.noise.len()];
        let mut scores = Vec::new();
        for item in history {
            self.add(*item, &mut scores, &mut sum);
        }
        let answers = self.answers.iter().copied();
        let mut order: Vec<u32> = answers.filter(|id| !history.contains(id)).collect();
        let better = |a: &u32, b: &u32| {
            let by_chance = sum[*b as usize].total_cmp(&sum[*a as usize]);
            by_chance.then(a.cmp(b))
        };
        if top < order.len() {
            order.select_nth_unstable_by(top, better);
            order.truncate(top);
        }
        order.sort_unstable_by(better);
        let neighbor = |id: u32| Neighbor {
            id,
            word: self.embeddings.word(id).to_owned(),
            similarity: (sum[id as usize] / history.len().max(1) as f64).powi(2) as f32,
        };
        order.into_iter().map(neighbor).collect()
    }
}
