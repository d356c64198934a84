//! Accuracy on sets of analogies and of word pairs.
//!
//! May use `query` and `embeddings`.
