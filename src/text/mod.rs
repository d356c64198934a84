//! From bytes to tokens: sources, decompression, normalisation, tokenizers.
//!
//! This room uses no other.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file; compression is told by its content.
    Path(PathBuf),
}

/// How a line is cut into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenizerKind {
    /// UAX #29 words, lower-cased, NFC.
    Unicode,
    /// Whatever stands between white space, unchanged.
    Whitespace,
}

/// Everything that decides what the tokens of a text are. Stored in the model, so that a query is
/// treated as the text was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextOptions {
    /// How a line is cut into tokens.
    pub tokenizer: TokenizerKind,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            tokenizer: TokenizerKind::Unicode,
        }
    }
}
