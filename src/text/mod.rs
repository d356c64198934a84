//! From bytes to tokens: sources, decompression, normalisation, tokenizers.
//!
//! This room uses no other.

mod blocks;
mod chinese;
mod clean;
#[cfg(test)]
mod cleaning_tests;
mod columns;
mod compression;
mod dates;
mod encoding;
mod events;
mod filter;
mod items;
mod json;
mod learn;
mod lookup;
mod normalize;
mod options;
mod quotes;
mod records;
mod runs;
mod sentences;
mod source;
#[cfg(test)]
mod source_tests;
mod sources;
mod table;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
mod tokenizer;
mod unicode;
mod whitespace;
mod wordlists;

pub use blocks::{BLOCK_BYTES, BlockReader};
pub use columns::Column;
pub use encoding::is_encoding;
pub use events::EventOptions;
pub use filter::words_of_text;
pub use learn::{Learnt, TableOptions, learn_columns};
pub use lookup::Lookup;
pub use options::{
    Addresses, Digits, Normalization, Punctuation, Sentences, TextOptions, TokenizerKind,
};
pub use records::LONGEST as LONGEST_RECORD;
pub use source::open_text;
pub use sources::{Input, SourceCounters, SourceOptions, TextFormat, expand};
pub use table::TableReader;
pub use tokenizer::{TokenSink, Tokenizer, decode};
pub use wordlists::{read_dictionary, read_words, stopwords};

/// The tokenizer for a text that begins like this: [`TokenizerKind::Chinese`] when its letters
/// are mostly Chinese characters, else [`TokenizerKind::Unicode`].
pub fn detect_tokenizer(start: &[u8]) -> TokenizerKind {
    match chinese::is_chinese(&String::from_utf8_lossy(start)) {
        true => TokenizerKind::Chinese,
        false => TokenizerKind::Unicode,
    }
}
