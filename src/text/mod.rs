//! From bytes to tokens: sources, decompression, normalisation, tokenizers.
//!
//! This room uses no other.

mod blocks;
mod compression;
mod encoding;
mod json;
mod options;
mod records;
mod source;
#[cfg(test)]
mod source_tests;
mod sources;
#[cfg(test)]
mod tests;
mod tokenizer;
mod unicode;
mod whitespace;
mod zstd;

pub use blocks::{BLOCK_BYTES, BlockReader};
pub use options::{TextOptions, TokenizerKind};
pub use sources::{Input, SourceCounters, SourceOptions, TextFormat, expand};
pub use tokenizer::{TokenSink, Tokenizer, decode};
