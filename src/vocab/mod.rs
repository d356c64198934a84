//! The vocabulary: distinct words, their ids and their counts.
//!
//! Ids go by count descending, then word ascending by bytes, so they depend on the text alone.
//! This room uses no other.

/// Distinct words with counts; a word's id is its rank.
#[derive(Debug, Clone, Default)]
pub struct Vocab {}

impl Vocab {
    /// Orders `counts` (each word once), drops words rarer than `min_count`, and keeps at most
    /// `max_size` words, the most frequent ones.
    pub fn from_counts<S: AsRef<str>>(
        counts: impl IntoIterator<Item = (S, u64)>,
        min_count: u64,
        max_size: Option<usize>,
    ) -> Self {
        let _ = (counts.into_iter(), min_count, max_size);
        unimplemented!()
    }
    /// Number of words (types).
    pub fn len(&self) -> usize {
        unimplemented!()
    }
    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The word of row `id`.
    pub fn word(&self, id: u32) -> &str {
        let _ = id;
        unimplemented!()
    }
    /// The id of `word`.
    pub fn id(&self, word: &str) -> Option<u32> {
        let _ = word;
        unimplemented!()
    }
    /// Occurrences in the corpus, by id.
    pub fn counts(&self) -> &[u64] {
        unimplemented!()
    }
    /// Sum of all counts: the tokens that have an id.
    pub fn tokens(&self) -> u64 {
        self.counts().iter().sum()
    }
}
