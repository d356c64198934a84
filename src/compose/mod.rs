//! Vectors of texts, made of the vectors of their words.
//!
//! A line's vector is the weighted mean of its words' (Arora, Liang, Ma 2017): a word of share `p` of
//! the model's text weighs `a / (a + p)`, so that frequent words, which stand everywhere, count
//! little; then what all lines have in common, the first component of their vectors, is taken out.
//!
//! May use `text`, `embeddings` and `kernels`.

mod component;
mod lines;
mod nearest;
mod phrases;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use lines::{LineVectors, embed_lines};
pub use nearest::NearLine;
pub use rows::TableVectors;

use crate::embeddings::Embeddings;
use crate::error::Result;
use crate::text::{Sentences, TextOptions, Tokenizer};
use lines::{LineSum, Words};
use phrases::Phrases;

/// How much a word counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Weights {
    /// Smooth inverse frequency; the common component is taken out.
    #[default]
    Sif,
    /// All words alike; nothing is taken out.
    Mean,
}

impl Weights {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::Sif, Self::Mean];

    /// Its name as typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sif => "sif",
            Self::Mean => "mean",
        }
    }
}

/// The constant `a` of Arora, Liang, Ma 2017, section 5.
const SMOOTH: f64 = 1e-3;

/// Makes vectors of texts with the words of a model.
#[derive(Debug)]
pub struct Composer<'e> {
    embeddings: &'e Embeddings,
    weights: Weights,
    /// Weight of each word, by row; 0 for rows without a direction.
    by_row: Vec<f32>,
    tokenizer: Tokenizer,
    /// Words that are phrases, where the model's text was looked through for such.
    phrases: Option<Phrases<'e>>,
}

impl<'e> Composer<'e> {
    /// With the words of `embeddings`; texts are cut as the model's text was.
    ///
    /// # Errors
    /// A damaged file; text options that are none.
    pub fn new(embeddings: &'e Embeddings, weights: Weights) -> Result<Self> {
        embeddings.check_words()?;
        let stored: &BTreeMap<_, _> = &embeddings.metadata().text;
        let options = TextOptions {
            sentences: Sentences::Line,
            ..TextOptions::from_map(stored)?
        };
        Ok(Self {
            embeddings,
            weights,
            by_row: by_row(embeddings, weights),
            phrases: (options.phrases > 0).then(|| Phrases::of(embeddings)),
            tokenizer: Tokenizer::new(&options)?,
        })
    }

    /// The vector of `text`, nothing taken out, and how many of its words the model has.
    ///
    /// # Errors
    /// A damaged file.
    pub fn text(&self, text: &str) -> Result<(Vec<f32>, u32)> {
        let mut words = Words::new(self);
        let mut sum = LineSum::new(&mut words);
        sum.line(&mut self.tokenizer.clone(), text);
        sum.finish()
    }
}

/// What each row's word counts.
fn by_row(embeddings: &Embeddings, weights: Weights) -> Vec<f32> {
    let ids = 0..embeddings.len() as u32;
    let total: f64 = ids.clone().map(|id| embeddings.count(id) as f64).sum();
    // Files of other tools have no counts, but their order is that of frequency: Zipf's law, as
    // Mandelbrot corrected it, stands in.
    let zipf = |rank: f64| 1.0 / (rank + 2.7);
    let zipf_total: f64 = ids.clone().map(|id| zipf(f64::from(id))).sum();
    let share = |id: u32| match total > 0.0 {
        true => embeddings.count(id) as f64 / total,
        false => zipf(f64::from(id)) / zipf_total,
    };
    let weight = |id: u32| match weights {
        _ if embeddings.inverse_norms()[id as usize] == 0.0 => 0.0,
        Weights::Mean => 1.0,
        Weights::Sif => (SMOOTH / (SMOOTH + share(id))) as f32,
    };
    ids.map(weight).collect()
}
