//! Words with vectors, owned or mapped from a file.
//!
//! May use `vocab`, `memory` and `kernels`.

use std::collections::BTreeMap;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::vocab::Vocab;

/// Where vectors come from. Stored in the native file's header.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// Name and version of the program that trained.
    pub tool: String,
    /// The text options, as JSON-like names and values ("tokenizer" -> "unicode").
    pub text: BTreeMap<String, String>,
    /// The training options by name ("dim" -> "100").
    pub training: BTreeMap<String, String>,
    /// Facts of the corpus by name ("bytes", "lines", "tokens", "types").
    pub corpus: BTreeMap<String, u64>,
    /// Mean loss of each epoch, nats a trained pair.
    pub loss: Vec<f64>,
}

/// A vocabulary and a matrix `[words x dim]`, f32, row-major.
#[derive(Debug)]
pub struct Embeddings {}

impl Embeddings {
    /// Words with their counts beside rows of `matrix` `[vocab.len() x dim]`.
    pub fn new(vocab: Vocab, matrix: Array2<f32>, metadata: Metadata) -> Self {
        let _ = (vocab, matrix, metadata);
        unimplemented!()
    }
    /// Number of words.
    pub fn len(&self) -> usize {
        unimplemented!()
    }
    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Length of a vector.
    pub fn dim(&self) -> usize {
        unimplemented!()
    }
    /// The word of row `id`.
    pub fn word(&self, id: u32) -> &str {
        let _ = id;
        unimplemented!()
    }
    /// The row of `word`.
    pub fn id(&self, word: &str) -> Option<u32> {
        let _ = word;
        unimplemented!()
    }
    /// Occurrences of the word of row `id` in the corpus, 0 where that is unknown.
    pub fn count(&self, id: u32) -> u64 {
        let _ = id;
        unimplemented!()
    }
    /// The vector of row `id`.
    pub fn row(&self, id: u32) -> &[f32] {
        let _ = id;
        unimplemented!()
    }
    /// Where the vectors come from.
    pub fn metadata(&self) -> &Metadata {
        unimplemented!()
    }
    /// Up to `most` words spelt nearly as `word`, the nearest and most frequent first.
    pub fn near_misses(&self, word: &str, most: usize) -> Vec<String> {
        let _ = (word, most);
        unimplemented!()
    }
}
