//! Word pairs: do the vectors find alike what people find alike?

use std::path::Path;

use super::{Lexicon, Protocol, pearson, read_text, spearman};
use crate::embeddings::Embeddings;
use crate::error::{EvalError, Result};

/// Pairs with people's scores.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PairSet {
    /// Two words and how alike people find them.
    pub pairs: Vec<(String, String, f64)>,
    /// Lines that are no pair: not three fields, or no finite number in the third.
    pub invalid: usize,
}

/// How the cosines go with people's scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairReport {
    /// Rank correlation; NaN with fewer than two pairs.
    pub spearman: f64,
    /// Linear correlation.
    pub pearson: f64,
    /// Pairs compared.
    pub seen: usize,
    /// Pairs left out, because a word is unknown.
    pub skipped: usize,
}

impl PairReport {
    /// Share of the pairs with an unknown word.
    pub fn unknown_share(&self) -> f64 {
        self.skipped as f64 / (self.seen + self.skipped) as f64
    }
}

impl PairSet {
    /// Reads `path`: lines of word, tab, word, tab, score; `#` begins a comment.
    ///
    /// # Errors
    /// A file that cannot be read or holds no pair.
    pub fn read(path: &Path) -> Result<Self> {
        let text = read_text(path)?;
        let set = Self::parse(&text);
        if set.pairs.is_empty() {
            return Err(EvalError::NoQuestions {
                path: path.to_path_buf(),
                expected: "two words and a number, separated by tabs",
                lines: text.lines().count(),
            }
            .into());
        }
        Ok(set)
    }

    /// As [`PairSet::read`], from `text`.
    pub fn parse(text: &str) -> Self {
        let mut set = Self::default();
        let score = |text: &str| text.trim().parse().ok().filter(|x: &f64| x.is_finite());
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let pair = match fields[..] {
                [a, b, people] => score(people).map(|s| (a.into(), b.into(), s)),
                _ => None,
            };
            match pair {
                Some(pair) => set.pairs.push(pair),
                None => set.invalid += usize::from(!line.trim().is_empty()),
            }
        }
        set
    }
}

/// Compares the cosine of each pair of `set` with its score.
///
/// # Errors
/// A damaged file.
pub fn score_pairs(
    embeddings: &Embeddings,
    set: &PairSet,
    protocol: Protocol,
) -> Result<PairReport> {
    let lexicon = Lexicon::new(embeddings, protocol)?;
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for (a, b, score) in &set.pairs {
        if let (Some(a), Some(b)) = (lexicon.find(a), lexicon.find(b)) {
            expected.push(*score);
            found.push(cosine(&lexicon, a, b)?);
        }
    }
    Ok(PairReport {
        spearman: spearman(&expected, &found),
        pearson: pearson(&expected, &found),
        seen: found.len(),
        skipped: set.pairs.len() - found.len(),
    })
}

/// Cosine of two rows, 0 where one has no direction: in f64 from the rows as they are, and only then in f32, so
/// that what is equal to f32, as gensim computes, shares a rank.
fn cosine(lexicon: &Lexicon, a: u32, b: u32) -> Result<f64> {
    let embeddings = lexicon.embeddings;
    embeddings.check_row(a)?;
    embeddings.check_row(b)?;
    let norms = embeddings.inverse_norms();
    if norms[a as usize] == 0.0 || norms[b as usize] == 0.0 {
        return Ok(0.0);
    }
    let (a, b) = (embeddings.vector(a), embeddings.vector(b));
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y));
        products.sum()
    };
    let cosine = dot(&a, &b) / (dot(&a, &a).sqrt() * dot(&b, &b).sqrt());
    Ok(f64::from(cosine as f32))
}
