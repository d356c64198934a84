//! Accuracy on sets of analogies and of word pairs.
//!
//! Both follow gensim's `evaluate_word_analogies` and `evaluate_word_pairs` to the last question,
//! so that figures can be compared with those of others.
//!
//! May use `query` and `embeddings`.

mod analogies;
mod correlation;
mod pairs;

use std::path::Path;

use hashbrown::HashMap;

pub use analogies::{
    Accuracy, AnalogyReport, AnalogySet, Kind, Section, SectionReport, score_analogies,
};
pub use correlation::{pearson, spearman};
pub use pairs::{PairReport, PairSet, score_pairs};

use crate::embeddings::Embeddings;
use crate::error::{Error, EvalError, Result};
use crate::query::Method;

/// How questions are put. The figures of two protocols cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol {
    /// Only this many of the most frequent words are known, as question and as answer; where counts
    /// are not known, of the first rows.
    pub restrict: usize,
    /// Words are compared in upper case; of several spellings the most frequent stands for all.
    pub case_insensitive: bool,
    /// How the words of an analogy are put together.
    pub method: Method,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            restrict: 30_000,
            case_insensitive: true,
            method: Method::Add,
        }
    }
}

/// The words that a protocol knows.
struct Lexicon<'a> {
    embeddings: &'a Embeddings,
    rows: HashMap<String, u32>,
    protocol: Protocol,
}

impl<'a> Lexicon<'a> {
    fn new(embeddings: &'a Embeddings, protocol: Protocol) -> Result<Self> {
        embeddings.check_words()?;
        let known = embeddings.most_frequent(protocol.restrict);
        let mut lexicon = Self {
            embeddings,
            rows: HashMap::with_capacity(known.len()),
            protocol,
        };
        for id in known {
            let name = lexicon.name(embeddings.word(id));
            lexicon.rows.entry(name).or_insert(id);
        }
        Ok(lexicon)
    }

    fn name(&self, word: &str) -> String {
        if self.protocol.case_insensitive {
            word.to_uppercase()
        } else {
            word.to_owned()
        }
    }

    /// The row that stands for `word`.
    fn find(&self, word: &str) -> Option<u32> {
        self.rows.get(&self.name(word)).copied()
    }

    /// The row that stands for the word of row `id`.
    fn stands_for(&self, id: u32) -> Option<u32> {
        self.find(self.embeddings.word(id))
    }

    /// The vector of row `id` at length 1; `None` where it has no direction.
    fn unit(&self, id: u32) -> Result<Option<Vec<f32>>> {
        self.embeddings.check_row(id)?;
        let scale = self.embeddings.inverse_norms()[id as usize];
        let row = self.embeddings.vector(id);
        Ok((scale != 0.0).then(|| row.iter().map(|x| x * scale).collect()))
    }
}

fn read_text(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|e| Error::io(path, "read the questions", e))?;
    if bytes.contains(&0) {
        return Err(EvalError::NotText(path.to_path_buf()).into());
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.strip_prefix('\u{FEFF}').unwrap_or(&text).to_owned())
}

#[cfg(test)]
mod tests;
