//! Questions: nearest neighbours and analogies, by exact search.
//!
//! May use `embeddings` and `kernels`.

use crate::embeddings::Embeddings;
use crate::error::Result;

/// A word and how near it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbor {
    /// Row of the word.
    pub id: u32,
    /// The word.
    pub word: String,
    /// Cosine, -1 to 1.
    pub similarity: f32,
}

/// The `top` words nearest to `word`, itself left out, by cosine.
///
/// # Errors
/// A word that is not there.
pub fn nearest(embeddings: &Embeddings, word: &str, top: usize) -> Result<Vec<Neighbor>> {
    let _ = (embeddings, word, top);
    unimplemented!()
}

/// `a` is to `b` as `c` is to ...: the words nearest to `b - a + c` of unit vectors (3CosAdd; Mikolov, Yih, Zweig
/// 2013, section 4), the three left out.
///
/// # Errors
/// A word that is not there.
pub fn analogy(embeddings: &Embeddings, words: [&str; 3], top: usize) -> Result<Vec<Neighbor>> {
    let _ = (embeddings, words, top);
    unimplemented!()
}
