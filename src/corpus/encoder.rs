//! What one worker does: it counts the words of its blocks and encodes them with its own ids.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::SENTENCE_START;
use super::packed::pack;
use super::spill::{Budget, Ids, WordRun};
use crate::error::Result;
use crate::text::{TokenSink, Tokenizer, decode};
use crate::vocab::{Batch, Interner};

/// A block in the ids of the worker that encoded it.
#[derive(Debug)]
pub(super) struct Encoded {
    /// Its place in the text.
    pub(super) index: usize,
    /// Which of the worker's vocabularies the ids belong to: it begins a new one whenever it has
    /// written one out.
    pub(super) run: usize,
    pub(super) ids: Ids,
}

/// What a worker leaves.
#[derive(Debug)]
pub(super) struct Part {
    /// Vocabularies that were written out: all, or none.
    pub(super) spilled: Vec<WordRun>,
    /// The vocabulary of all blocks, when none was written out.
    pub(super) words: Interner,
    pub(super) blocks: Vec<Encoded>,
    pub(super) seen: Seen,
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
pub(super) struct Encoder<'a> {
    tokenizer: Tokenizer,
    budget: &'a Budget,
    sink: Sink,
    seen: Seen,
    spilled: Vec<WordRun>,
    blocks: Vec<Encoded>,
    /// The packed ids of a block.
    codes: Vec<u8>,
}

/// Takes tokens into ids.
struct Sink {
    interner: Interner,
    /// The last words, whose ids are still to come: [`Sink::look_up`].
    batch: Batch,
    /// Where the ids of the batch begin.
    known: usize,
    ids: Vec<u32>,
    /// The mark for the next token: [`SENTENCE_START`] or 0.
    mark: u32,
}

impl Sink {
    /// For the words of a new block.
    fn begin(&mut self) {
        self.ids.clear();
        self.known = 0;
        self.mark = SENTENCE_START;
    }

    /// Makes a place for the id of the word that was put into the batch.
    #[inline]
    fn pushed(&mut self) {
        self.ids.push(self.mark);
        self.mark = 0;
        if self.batch.is_full() {
            self.look_up();
        }
    }

    /// Completes the last ids.
    fn look_up(&mut self) {
        self.interner
            .add_all(&mut self.batch, &mut self.ids[self.known..]);
        self.known = self.ids.len();
    }
}

impl TokenSink for Sink {
    #[inline]
    fn token(&mut self, token: &str) {
        self.batch.push(token);
        self.pushed();
    }

    #[inline]
    fn token_in(&mut self, text: &str, range: Range<usize>) {
        self.batch.push_from(text, range);
        self.pushed();
    }

    #[inline]
    fn end_sentence(&mut self) {
        self.mark = SENTENCE_START;
    }
}

impl<'a> Encoder<'a> {
    pub(super) fn new(tokenizer: Tokenizer, budget: &'a Budget) -> Self {
        Self {
            tokenizer,
            budget,
            sink: Sink {
                interner: Interner::new(),
                batch: Batch::default(),
                known: 0,
                ids: Vec::new(),
                mark: SENTENCE_START,
            },
            seen: Seen::default(),
            spilled: Vec::new(),
            blocks: Vec::new(),
            codes: Vec::new(),
        }
    }

    /// Encodes block `index` and gives its memory back. `tokens` counts for all workers.
    pub(super) fn encode(
        &mut self,
        index: usize,
        block: Vec<u8>,
        tokens: &AtomicU64,
    ) -> Result<Vec<u8>> {
        self.seen.lines += memchr::memchr_iter(b'\n', &block).count() as u64;
        self.seen.nuls += memchr::memchr_iter(0, &block).count() as u64;
        let (mut text, replaced) = decode(block);
        self.seen.replaced += replaced;
        self.sink.begin();
        self.tokenizer.block(&mut text, &mut self.sink);
        self.sink.look_up();
        let ids = self.sink.ids.as_slice();
        self.seen.tokens += ids.len() as u64;
        tokens.fetch_add(ids.len() as u64, Ordering::Relaxed);
        if !ids.is_empty() {
            pack(ids, &mut self.codes);
            self.blocks.push(Encoded {
                index,
                run: self.spilled.len(),
                ids: self.budget.keep(&self.codes, ids.len())?,
            });
        }
        let bytes = self.sink.interner.bytes();
        if self.budget.words.is_some_and(|most| bytes > most) {
            self.spill()?;
        }
        Ok(text.into_bytes())
    }

    /// Writes the words so far out and begins anew.
    fn spill(&mut self) -> Result<()> {
        let words = std::mem::take(&mut self.sink.interner);
        self.spilled.push(self.budget.write_words(&words)?);
        Ok(())
    }

    /// Whether there are more distinct words than ids.
    pub(super) fn is_full(&self) -> bool {
        self.sink.interner.is_full()
    }

    /// Gives the working space back and keeps the results. When one worker has written words out,
    /// `spill` makes the others do it too.
    pub(super) fn finish(mut self, spill: bool) -> Result<Part> {
        if spill {
            self.spill()?;
        }
        Ok(Part {
            spilled: self.spilled,
            words: self.sink.interner,
            blocks: self.blocks,
            seen: self.seen,
        })
    }

    /// Whether words were written out.
    pub(super) fn has_spilled(&self) -> bool {
        !self.spilled.is_empty()
    }
}
