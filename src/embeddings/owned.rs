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

/// Distinct words in any order, their counts and rows.
#[derive(Debug)]
pub struct OwnedEmbeddings {
    /// All words, one after the other.
    text: String,
    /// End of each word in `text`.
    ends: Vec<usize>,
    /// Occurrences, 0 where unknown.
    counts: Vec<u64>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    matrix: Array2<f32>,
    inverse_norms: Vec<f32>,
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
    /// When `matrix` has not one row a word.
    pub fn from_words<S: AsRef<str>>(
        words: impl Iterator<Item = (S, u64)>,
        matrix: Array2<f32>,
    ) -> Self {
        let mut text = String::new();
        let (mut ends, mut counts) = (Vec::new(), Vec::new());
        for (word, count) in words {
            text.push_str(word.as_ref());
            ends.push(text.len());
            counts.push(count);
        }
        assert_eq!(ends.len(), matrix.nrows(), "one row a word");
        let matrix = matrix.as_standard_layout().into_owned();
        let mut owned = Self {
            index: HashTable::with_capacity(ends.len()),
            hasher: DefaultHashBuilder::default(),
            inverse_norms: inverse_norms(&matrix),
            text,
            ends,
            counts,
            matrix,
        };
        owned.build_index();
        owned
    }

    /// Of equal words the first keeps the name.
    fn build_index(&mut self) {
        let Self {
            text,
            ends,
            index,
            hasher,
            ..
        } = self;
        let word = |id: u32| slice(text, ends, id);
        for id in 0..ends.len() as u32 {
            let hash = hasher.hash_one(word(id));
            if index.find(hash, |&other| word(other) == word(id)).is_none() {
                index.insert_unique(hash, id, |&other| hasher.hash_one(word(other)));
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
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

    pub(super) fn dim(&self) -> usize {
        self.matrix.ncols()
    }

    pub(super) fn floats(&self) -> (&[f32], usize) {
        (self.matrix.as_slice().unwrap_or(&[]), self.dim().max(1))
    }

    pub(super) fn inverse_norms(&self) -> &[f32] {
        &self.inverse_norms
    }

    pub(super) fn near_misses(&self, word: &str) -> Vec<(u8, u32)> {
        let near = NearMiss::new(word);
        let ids = 0..self.len() as u32;
        ids.filter_map(|id| Some((near.distance(self.word(id))?, id)))
            .collect()
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
