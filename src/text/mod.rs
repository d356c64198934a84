//! From bytes to tokens: sources, decompression, normalisation, tokenizers.
//!
//! This room uses no other.

mod blocks;
mod options;
mod source;
#[cfg(test)]
mod tests;
mod tokenizer;
mod unicode;
mod whitespace;
mod zstd;

use std::path::PathBuf;

pub use blocks::{BLOCK_BYTES, BlockReader};
pub use options::{TextOptions, TokenizerKind};
pub use tokenizer::{TokenSink, Tokenizer, decode};

/// Where text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file; compression is told by its content.
    Path(PathBuf),
}

impl std::fmt::Display for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}
