//! One pass over the text that counts and encodes at once.
//!
//! May use `text`, `vocab` and `memory`.

mod encoder;
mod merge;
mod scan;
#[cfg(test)]
mod tests;

use crate::error::Result;
use crate::text::{Input, SourceOptions, TextOptions, TokenizerKind};
use crate::vocab::Vocab;

/// Set in an encoded token that begins a sentence; the lower 31 bits are the word's id.
pub const SENTENCE_START: u32 = 1 << 31;

/// What to scan and what to keep.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// The texts, in order; folders stand for the files in them.
    pub inputs: Vec<Input>,
    /// How they are read.
    pub sources: SourceOptions,
    /// What the tokens are.
    pub text: TextOptions,
    /// Whether to look at the start of the text and take its tokenizer from there, whatever
    /// [`ScanOptions::text`] says.
    pub detect_tokenizer: bool,
    /// Words rarer than this are dropped.
    pub min_count: u64,
    /// At most so many words, the most frequent ones.
    pub max_vocab: Option<usize>,
    /// Worker threads, at least 1.
    pub threads: usize,
}

impl Default for ScanOptions {
    /// No input, every word, one thread.
    fn default() -> Self {
        Self {
            inputs: Vec::new(),
            sources: SourceOptions::default(),
            text: TextOptions::default(),
            detect_tokenizer: false,
            min_count: 1,
            max_vocab: None,
            threads: 1,
        }
    }
}

/// What a scan saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanFacts {
    /// Bytes of text in UTF-8, after decompression.
    pub bytes: u64,
    /// Lines, empty ones too.
    pub lines: u64,
    /// Tokens, before rare words were dropped.
    pub tokens: u64,
    /// Distinct words, before rare ones were dropped.
    pub types: u64,
    /// Invalid UTF-8 sequences that were replaced.
    pub replaced: u64,
    /// Records left out because they had no readable text.
    pub skipped: u64,
    /// NUL bytes, which text does not have.
    pub nuls: u64,
}

impl ScanFacts {
    /// Whether the bytes look like something else than text: NUL bytes, or more than one invalid
    /// sequence in a hundred bytes. A hint for the user, never a reason to stop.
    pub fn looks_binary(&self) -> bool {
        self.nuls > 0 || self.replaced > self.bytes / 100
    }
}

/// How far a scan has come.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScanProgress {
    /// Bytes read from the sources, as they lie on disk (compressed).
    pub bytes_read: u64,
    /// Bytes of all sources together, where that is known (no pipe among them).
    pub bytes_total: Option<u64>,
    /// Tokens so far.
    pub tokens: u64,
}

/// Encoded text and its vocabulary.
#[derive(Debug)]
pub struct Corpus {
    vocab: Vocab,
    facts: ScanFacts,
    text: TextOptions,
    segments: Vec<Vec<u32>>,
}

impl Corpus {
    /// Reads, tokenizes, counts and encodes. `progress` is called from one thread a few times a
    /// second; when it returns `false` the scan stops with
    /// [`TextError::Interrupted`](crate::error::TextError::Interrupted).
    ///
    /// The result depends on the bytes and the options alone, never on `threads`.
    ///
    /// # Errors
    /// A source that cannot be read or decoded, or a text of which no word is left.
    pub fn scan(
        options: &ScanOptions,
        progress: &mut dyn FnMut(ScanProgress) -> bool,
    ) -> Result<Self> {
        scan::scan(options, progress)
    }

    /// A corpus of sentences that are already ids of `vocab`: for items, graphs and tests.
    pub fn from_sentences(vocab: Vocab, sentences: impl IntoIterator<Item = Vec<u32>>) -> Self {
        let mut ids = Vec::new();
        for sentence in sentences {
            let start = ids.len();
            ids.extend(sentence);
            if let Some(first) = ids.get_mut(start) {
                *first |= SENTENCE_START;
            }
        }
        Self {
            vocab,
            facts: ScanFacts::default(),
            text: TextOptions::new(TokenizerKind::Whitespace),
            segments: vec![ids],
        }
    }

    /// The words that were kept.
    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// What the scan saw.
    pub fn facts(&self) -> &ScanFacts {
        &self.facts
    }

    /// What the tokens are; a query must be treated the same way.
    pub fn text(&self) -> &TextOptions {
        &self.text
    }

    /// Tokens that have an id: the sum of the lengths of all segments.
    pub fn tokens(&self) -> u64 {
        self.segments.iter().map(|s| s.len() as u64).sum()
    }

    /// Number of segments.
    pub fn segments(&self) -> usize {
        self.segments.len()
    }

    /// The ids of segment `index`, a sentence's first one marked with [`SENTENCE_START`].
    /// A segment always begins with a sentence start and is never empty.
    ///
    /// # Panics
    /// When `index` is not below [`Corpus::segments`].
    pub fn segment(&self, index: usize) -> &[u32] {
        &self.segments[index]
    }
}
