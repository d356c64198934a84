//! One pass over the text that counts and encodes at once.
//!
//! May use `text`, `vocab` and `memory`.

mod encoder;
mod merge;
mod packed;
mod phrases;
mod renumber;
mod scan;
mod spill;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use rayon::prelude::*;

use crate::error::Result;
use crate::memory::MappedFile;
use crate::text::{Input, SourceOptions, TextOptions, TokenizerKind};
use crate::vocab::Vocab;

use packed::{Packed, Position, pack, unpack};
use renumber::renumber;
use spill::{Ids, Place};

pub use phrases::{PhraseCandidate, PhraseOptions, PhraseScore};

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
    /// Keep these words and no others, however rare; `min_count` is of no account then.
    pub only: Option<Vec<String>>,
    /// Which neighbours become one word.
    pub phrases: PhraseOptions,
    /// Bytes of memory that the scan should keep to; what goes beyond is put into temporary files.
    /// The vocabulary that is kept has to fit in any case.
    pub memory: Option<u64>,
    /// The folder of temporary files; the system's when there is none.
    pub temp_dir: Option<PathBuf>,
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
            only: None,
            phrases: PhraseOptions::default(),
            memory: None,
            temp_dir: None,
            threads: 1,
        }
    }
}

impl ScanOptions {
    /// Names and values of what decides the words beside [`ScanOptions::text`], as stored in a model.
    pub fn describe(&self) -> BTreeMap<String, String> {
        let mut all = match &self.only {
            Some(words) => vec![("vocab", format!("{} words", words.len()))],
            None => vec![("min-count", self.min_count.to_string())],
        };
        all.extend(self.max_vocab.map(|n| ("max-vocab", n.to_string())));
        if self.phrases.passes > 0 {
            all.extend(self.phrases.describe());
        }
        all.extend(self.sources.describe());
        let own = |(name, value): (&str, _)| (name.to_owned(), value);
        all.into_iter().map(own).collect()
    }
}

/// What a scan saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanFacts {
    /// Bytes of text in UTF-8, after decompression; of records and tables all of it.
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
    /// How many distinct words occur so often, for 0 to [`ScanFacts::COUNTED`] times.
    pub types_by_count: Vec<u64>,
}

impl ScanFacts {
    /// The largest count in [`ScanFacts::types_by_count`].
    pub const COUNTED: usize = 100;

    /// Distinct words that occur `min_count` times or more, and their tokens.
    ///
    /// # Panics
    /// When `min_count` is above [`ScanFacts::COUNTED`].
    pub fn kept_by(&self, min_count: usize) -> (u64, u64) {
        let rare = self.types_by_count.iter().take(min_count);
        let (mut types, mut tokens) = (self.types, self.tokens);
        for (count, &words) in rare.enumerate() {
            types -= words;
            tokens -= words * count as u64;
        }
        assert!(min_count <= Self::COUNTED, "only rare words are told apart");
        (types, tokens)
    }

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
    /// Once the text is read: the share of the search for phrases that is done.
    pub phrases: Option<f64>,
}

/// Encoded text and its vocabulary.
#[derive(Debug)]
pub struct Corpus {
    vocab: Vocab,
    facts: ScanFacts,
    text: TextOptions,
    sample: Vec<Vec<String>>,
    /// What [`ScanOptions::describe`] says.
    scanned: BTreeMap<String, String>,
    /// The sum of the lengths of all segments: asked for with every unit.
    tokens: u64,
    /// They may be in ids of a worker until [`Corpus::cut`].
    segments: Vec<RwLock<Ids>>,
    /// What ids of workers become.
    tables: Vec<Vec<u32>>,
    /// What segments that are not in memory are part of.
    file: Option<MappedFile>,
}

/// A part of the text, within a segment, as [`Corpus::cut`] gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    segment: usize,
    /// Where it begins.
    from: Position,
    tokens: usize,
}

impl Piece {
    /// Number of tokens.
    pub fn tokens(&self) -> usize {
        self.tokens
    }
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

    /// Counts and scores the neighbours that may become phrases; the best come first.
    /// [`PhraseOptions::passes`] and [`PhraseOptions::threshold`] are of no account.
    ///
    /// # Errors
    /// As [`Corpus::scan`].
    pub fn phrase_candidates(
        options: &ScanOptions,
        progress: &mut dyn FnMut(ScanProgress) -> bool,
    ) -> Result<(Vec<PhraseCandidate>, ScanFacts)> {
        scan::phrase_candidates(options, progress)
    }

    /// A corpus of sentences that are already ids of `vocab`, all of them below its length: for tests and benches.
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
            sample: Vec::new(),
            scanned: BTreeMap::new(),
            tokens: ids.len() as u64,
            segments: vec![packed_segment(&ids)],
            tables: Vec::new(),
            file: None,
        }
    }

    /// A corpus of sentences of one word each, `run` of them a segment: where walks on a graph start.
    pub fn from_starts(vocab: Vocab, starts: &[u32], run: usize) -> Self {
        let segment = |ids: &[u32]| {
            let marked = ids.iter().map(|id| id | SENTENCE_START);
            packed_segment(&marked.collect::<Vec<_>>())
        };
        Self {
            tokens: starts.len() as u64,
            segments: starts.chunks(run.max(1)).map(segment).collect(),
            text: TextOptions::new(TokenizerKind::Items),
            ..Self::from_sentences(vocab, [])
        }
    }

    /// The same, made of what somebody else saw.
    pub fn seen(self, facts: ScanFacts) -> Self {
        Self { facts, ..self }
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

    /// What decided the words beside [`Corpus::text`], as [`ScanOptions::describe`] says it; nothing where
    /// there was no scan.
    pub fn scanned(&self) -> &BTreeMap<String, String> {
        &self.scanned
    }

    /// The first sentences as the tokenizer cut them, for people to look at.
    pub fn sample(&self) -> &[Vec<String>] {
        &self.sample
    }

    /// Tokens that have an id: the sum of the lengths of all segments.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// Number of segments: runs of whole sentences, empty where no word of them was kept.
    pub fn segments(&self) -> usize {
        self.segments.len()
    }

    /// Replaces `ids` by those of segment `index`, a sentence's first one marked with
    /// [`SENTENCE_START`], as the first of a segment is.
    ///
    /// # Panics
    /// When `index` is not below [`Corpus::segments`].
    pub fn read_segment(&self, index: usize, ids: &mut Vec<u32>) {
        self.read_ids(&read(&self.segments[index]), ids);
    }

    /// Replaces `ids` by those of a segment.
    fn read_ids(&self, segment: &Ids, ids: &mut Vec<u32>) {
        unpack(self.codes(segment), segment.tokens, ids);
        if let Some(table) = segment.table {
            renumber(ids, &self.tables[table]);
        }
    }

    /// Cuts all segments into pieces. `length` is shown what is left of a segment and says how many
    /// tokens the next piece takes, at least one.
    ///
    /// All tokens are looked at, so their ids become those of the vocabulary once and for all.
    pub fn cut(&self, length: impl Fn(&[u32]) -> usize + Sync) -> Vec<Piece> {
        let segments = (0..self.segments.len()).into_par_iter();
        let cut = segments.map_init(Vec::new, |ids, index| self.cut_segment(index, ids, &length));
        cut.collect::<Vec<_>>().concat()
    }

    /// Cuts a segment; `ids` is space for its tokens.
    fn cut_segment(
        &self,
        index: usize,
        ids: &mut Vec<u32>,
        length: impl Fn(&[u32]) -> usize,
    ) -> Vec<Piece> {
        let segment = &self.segments[index];
        let mut segment = segment.write().unwrap_or_else(PoisonError::into_inner);
        self.read_ids(&segment, ids);
        let Ids {
            place,
            tokens,
            table,
        } = &mut *segment;
        if let Place::Memory(codes) = place
            && table.take().is_some()
        {
            pack(ids, codes);
            *tokens = ids.len();
        }
        let packed = self.packed(&segment);
        let (mut pieces, mut from) = (Vec::new(), packed.first());
        let mut left = ids.as_slice();
        while !left.is_empty() {
            let tokens = length(left).clamp(1, left.len());
            pieces.push(Piece {
                segment: index,
                from,
                tokens,
            });
            packed.skip(&mut from, tokens);
            left = &left[tokens..];
        }
        pieces
    }

    /// Replaces `ids` by those of a piece that [`Corpus::cut`] gave.
    pub fn read(&self, piece: Piece, ids: &mut Vec<u32>) {
        ids.clear();
        if let Some(segment) = self.segments.get(piece.segment) {
            let segment = read(segment);
            self.packed(&segment).read(piece.from, piece.tokens, ids);
        }
    }

    fn packed<'a>(&'a self, segment: &'a Ids) -> Packed<'a> {
        Packed::new(self.codes(segment), segment.tokens)
    }

    /// The packed ids of a segment.
    fn codes<'a>(&'a self, segment: &'a Ids) -> &'a [u8] {
        match &segment.place {
            Place::Memory(codes) => codes,
            Place::File { start, length } => {
                let start = *start as usize;
                let file = self.file.as_ref().map(MappedFile::bytes);
                let codes = file.and_then(|file| file.get(start..start + length));
                codes.unwrap_or_default()
            }
        }
    }

    /// Bytes of packed ids, wherever they are.
    pub fn bytes_of_ids(&self) -> u64 {
        let bytes = |ids: &RwLock<Ids>| self.codes(&read(ids)).len() as u64;
        self.segments.iter().map(bytes).sum()
    }

    /// Bytes of ids that lie in a temporary file.
    pub fn bytes_on_disk(&self) -> u64 {
        self.file.as_ref().map_or(0, |f| f.bytes().len() as u64)
    }
}

/// A segment, to be read.
fn read(segment: &RwLock<Ids>) -> RwLockReadGuard<'_, Ids> {
    segment.read().unwrap_or_else(PoisonError::into_inner)
}

/// A segment in memory.
fn packed_segment(tokens: &[u32]) -> RwLock<Ids> {
    let mut codes = Vec::new();
    pack(tokens, &mut codes);
    RwLock::new(Ids {
        place: Place::Memory(codes),
        tokens: tokens.len(),
        table: None,
    })
}
