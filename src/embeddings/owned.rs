//! Words and rows in memory.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::inverse_norm;
use super::near::NearMiss;
use crate::vocab::Vocab;

/// Rows below which one thread is faster than waking the others.
const PARALLEL_FLOATS: usize = 1 << 22;

/// Words in any order, their counts and rows.
#[derive(Debug)]
pub struct OwnedEmbeddings {
    words: WordList,
    matrix: Array2<f32>,
    inverse_norms: Vec<f32>,
}

/// Words with their counts, in any order.
#[derive(Debug, Default)]
pub struct WordList {
    /// All words, one after the other.
    text: String,
    /// End of each word in `text`.
    ends: Vec<usize>,
    /// Occurrences, 0 where unknown.
    counts: Vec<u64>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl WordList {
    /// Adds a word, unless it is there already; returns whether it was added.
    pub fn push(&mut self, word: &str, count: u64) -> bool {
        let Self {
            text,
            ends,
            index,
            hasher,
            ..
        } = self;
        let hash = hasher.hash_one(word);
        if index
            .find(hash, |&id| slice(text, ends, id) == word)
            .is_some()
        {
            return false;
        }
        let id = ends.len() as u32;
        text.push_str(word);
        ends.push(text.len());
        index.insert_unique(hash, id, |&id| hasher.hash_one(slice(text, ends, id)));
        self.counts.push(count);
        true
    }

    /// Makes room for `words` more, whose letters are `bytes`.
    pub fn reserve(&mut self, words: usize, bytes: usize) {
        let Self {
            text,
            ends,
            index,
            hasher,
            counts,
        } = self;
        text.reserve(bytes);
        ends.reserve(words);
        counts.reserve(words);
        index.reserve(words, |&id| hasher.hash_one(slice(text, ends, id)));
    }

    pub(super) fn word(&self, id: u32) -> &str {
        slice(&self.text, &self.ends, id)
    }

    pub(super) fn id(&self, word: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(word);
        self.index.find(hash, |&id| self.word(id) == word).copied()
    }

    pub(super) fn count(&self, id: u32) -> u64 {
        self.counts.get(id as usize).copied().unwrap_or(0)
    }

    pub(super) fn with_prefix(&self, prefix: &str) -> Vec<u32> {
        let ids = 0..self.len() as u32;
        ids.filter(|&id| self.word(id).starts_with(prefix))
            .collect()
    }

    pub(super) fn near_misses(&self, word: &str) -> Vec<(u8, u32)> {
        let near = NearMiss::new(word);
        let ids = 0..self.len() as u32;
        ids.filter_map(|id| Some((near.distance(self.word(id))?, id)))
            .collect()
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl OwnedEmbeddings {
    /// The words of `vocab`, in its order.
    ///
    /// # Panics
    /// When `matrix` has not one row a word.
    pub fn from_vocab(vocab: &Vocab, matrix: Array2<f32>) -> Self {
        let ids = 0..u32::try_from(vocab.len()).unwrap_or(u32::MAX);
        let counts = vocab.counts().iter().copied();
        Self::from_words(ids.map(|id| vocab.word(id)).zip(counts), matrix)
    }

    /// Words with their counts, each word once, row by row.
    ///
    /// # Panics
    /// When `matrix` has not one row a word, or a word comes twice.
    pub fn from_words<S: AsRef<str>>(
        words: impl Iterator<Item = (S, u64)>,
        matrix: Array2<f32>,
    ) -> Self {
        let mut list = WordList::default();
        for (word, count) in words {
            assert!(list.push(word.as_ref(), count), "each word once");
        }
        Self::from_list(list, matrix)
    }

    /// As [`OwnedEmbeddings::from_words`], of a finished list.
    ///
    /// # Panics
    /// When `matrix` has not one row a word.
    pub fn from_list(words: WordList, matrix: Array2<f32>) -> Self {
        assert_eq!(words.len(), matrix.nrows(), "one row a word");
        let matrix = if matrix.is_standard_layout() {
            matrix
        } else {
            matrix.as_standard_layout().into_owned()
        };
        Self {
            words,
            inverse_norms: inverse_norms(&matrix),
            matrix,
        }
    }

    pub(super) fn words(&self) -> &WordList {
        &self.words
    }

    pub(super) fn dim(&self) -> usize {
        self.matrix.ncols()
    }

    pub(super) fn floats(&self) -> (&[f32], usize) {
        (self.matrix.as_slice().unwrap_or(&[]), self.dim().max(1))
    }

    pub(super) fn inverse_norms(&self) -> &[f32] {
        &self.inverse_norms
    }
}

fn slice<'a>(text: &'a str, ends: &[usize], id: u32) -> &'a str {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &text[start..ends[id]]
}

fn inverse_norms(matrix: &Array2<f32>) -> Vec<f32> {
    let norm = |row: ndarray::ArrayView1<f32>| inverse_norm(row.to_slice().unwrap_or(&[]));
    if matrix.len() < PARALLEL_FLOATS {
        matrix.rows().into_iter().map(norm).collect()
    } else {
        let rows = (0..matrix.nrows()).into_par_iter();
        rows.map(|i| norm(matrix.index_axis(Axis(0), i))).collect()
    }
}
