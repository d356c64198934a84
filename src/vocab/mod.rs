//! The vocabulary: distinct words, their ids and their counts.
//!
//! Ids go by count descending, then word ascending by bytes, so they depend on the text alone.
//! This room uses no other.

mod interner;
mod table;
#[cfg(test)]
mod tests;
mod union;

use std::sync::OnceLock;

use hashbrown::HashTable;

pub use interner::{Batch, Interner};
use table::hash;
pub use union::{DROPPED, Union};

/// Distinct words with counts; a word's id is its rank.
#[derive(Debug, Clone, Default)]
pub struct Vocab {
    /// All words, one after the other.
    text: Box<str>,
    /// Where each word ends in `text`.
    ends: Box<[u64]>,
    counts: Box<[u64]>,
    /// Ids by hash; built when the first word is looked up, since training never asks.
    index: OnceLock<HashTable<u32>>,
}

impl Vocab {
    /// Orders `counts` (each word once), drops words rarer than `min_count`, and keeps at most
    /// `max_size` words, the most frequent ones.
    pub fn from_counts<S: AsRef<str>>(
        counts: impl IntoIterator<Item = (S, u64)>,
        min_count: u64,
        max_size: Option<usize>,
    ) -> Self {
        let mut kept: Vec<(S, u64)> = counts
            .into_iter()
            .filter(|&(_, count)| count >= min_count)
            .collect();
        kept.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.as_ref().cmp(b.0.as_ref())));
        kept.truncate(max_size.unwrap_or(usize::MAX));
        let words = kept.iter().map(|(word, count)| (word.as_ref(), *count));
        Self::from_ordered(kept.len(), words)
    }

    /// `len` words that are in their order already.
    fn from_ordered<'a>(len: usize, words: impl Iterator<Item = (&'a str, u64)>) -> Self {
        /// Bytes of a word, about: so the text need not move while it grows.
        const BYTES: usize = 12;
        let mut text = String::with_capacity(BYTES * len);
        let mut ends = Vec::with_capacity(len);
        let mut counts = Vec::with_capacity(len);
        for (word, count) in words {
            text.push_str(word);
            ends.push(text.len() as u64);
            counts.push(count);
        }
        Self {
            text: text.into(),
            ends: ends.into(),
            counts: counts.into(),
            index: OnceLock::new(),
        }
    }

    /// Number of words (types).
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The word of row `id`.
    ///
    /// # Panics
    /// When `id` is not below [`Vocab::len`].
    pub fn word(&self, id: u32) -> &str {
        let id = id as usize;
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.text[start as usize..self.ends[id] as usize]
    }

    /// The id of `word`.
    pub fn id(&self, word: &str) -> Option<u32> {
        let index = self.index.get_or_init(|| {
            let mut index = HashTable::with_capacity(self.len());
            for id in 0..self.len() as u32 {
                index.insert_unique(hash(self.word(id)), id, |&id| hash(self.word(id)));
            }
            index
        });
        index.find(hash(word), |&id| self.word(id) == word).copied()
    }

    /// Occurrences in the corpus, by id.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Sum of all counts, added up at each call: the tokens that have an id.
    pub fn tokens(&self) -> u64 {
        self.counts().iter().sum()
    }
}
