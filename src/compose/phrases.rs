//! Words that are phrases: several joined by `_`.

use hashbrown::HashSet;

use crate::embeddings::Embeddings;

/// The phrases of a model, and what they begin with.
#[derive(Debug)]
pub(super) struct Phrases<'e> {
    whole: HashSet<&'e str>,
    beginnings: HashSet<&'e str>,
}

impl<'e> Phrases<'e> {
    /// Those of `embeddings`.
    pub(super) fn of(embeddings: &'e Embeddings) -> Self {
        let words = (0..embeddings.len() as u32).map(|id| embeddings.word(id));
        let whole: HashSet<&str> = words.filter(|word| word.contains('_')).collect();
        let joints = whole
            .iter()
            .copied()
            .flat_map(|word: &'e str| word.match_indices('_').map(move |(at, _)| &word[..at]));
        Self {
            beginnings: joints.collect(),
            whole,
        }
    }

    /// Whether words joined so are one.
    pub(super) fn contains(&self, words: &str) -> bool {
        self.whole.contains(words)
    }

    /// Whether a phrase may begin so and go on.
    pub(super) fn go_on(&self, words: &str) -> bool {
        self.beginnings.contains(words)
    }
}
