//! What one worker does: it counts the words of its blocks and encodes them with its own ids.

use std::sync::atomic::{AtomicU64, Ordering};

use super::SENTENCE_START;
use crate::text::{TokenSink, Tokenizer, decode};
use crate::vocab::Interner;

/// A block in the ids of the worker that encoded it.
#[derive(Debug)]
pub(super) struct Encoded {
    /// Its place in the text.
    pub(super) index: usize,
    /// Exactly as large as it has to be.
    pub(super) ids: Vec<u32>,
}

/// Counts of what went through a worker.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) lines: u64,
    pub(super) tokens: u64,
    pub(super) replaced: u64,
    pub(super) nuls: u64,
}

/// One worker's tables.
pub(super) struct Encoder {
    tokenizer: Tokenizer,
    sink: Sink,
    pub(super) seen: Seen,
    pub(super) blocks: Vec<Encoded>,
}

/// Takes tokens into ids.
struct Sink {
    interner: Interner,
    ids: Vec<u32>,
    /// The mark for the next token: [`SENTENCE_START`] or 0.
    mark: u32,
}

impl TokenSink for Sink {
    #[inline]
    fn token(&mut self, token: &str) {
        self.ids.push(self.interner.add(token, 1) | self.mark);
        self.mark = 0;
    }

    #[inline]
    fn end_sentence(&mut self) {
        self.mark = SENTENCE_START;
    }
}

impl Encoder {
    pub(super) fn new(tokenizer: Tokenizer) -> Self {
        Self {
            tokenizer,
            sink: Sink {
                interner: Interner::new(),
                ids: Vec::new(),
                mark: SENTENCE_START,
            },
            seen: Seen::default(),
            blocks: Vec::new(),
        }
    }

    /// Encodes block `index` and gives its memory back. `tokens` counts for all workers.
    pub(super) fn encode(&mut self, index: usize, block: Vec<u8>, tokens: &AtomicU64) -> Vec<u8> {
        self.seen.lines += memchr::memchr_iter(b'\n', &block).count() as u64;
        self.seen.nuls += memchr::memchr_iter(0, &block).count() as u64;
        let (mut text, replaced) = decode(block);
        self.seen.replaced += replaced;
        self.sink.ids.clear();
        self.sink.mark = SENTENCE_START;
        self.tokenizer.block(&mut text, &mut self.sink);
        let ids = self.sink.ids.as_slice().to_vec();
        self.seen.tokens += ids.len() as u64;
        tokens.fetch_add(ids.len() as u64, Ordering::Relaxed);
        if !ids.is_empty() {
            self.blocks.push(Encoded { index, ids });
        }
        text.into_bytes()
    }

    /// Whether there are more distinct words than ids.
    pub(super) fn is_full(&self) -> bool {
        self.sink.interner.is_full()
    }

    /// Gives the working space back and keeps the results.
    pub(super) fn finish(self) -> (Interner, Vec<Encoded>, Seen) {
        (self.sink.interner, self.blocks, self.seen)
    }
}
