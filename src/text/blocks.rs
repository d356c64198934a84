//! Cutting a stream of inputs into blocks of whole lines.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::source::{Opener, Source};
use super::{Input, SourceCounters, SourceOptions, TextFormat, events};
use crate::error::Result;

/// Bytes of a block. It is part of the definition of sentences: a longer line is cut.
pub const BLOCK_BYTES: usize = 1 << 20;

/// Reads inputs one after the other and hands out blocks of whole lines.
///
/// Every line ends with `\n`, also a file's last one. A line longer than a block is cut after the
/// last ASCII white space of the block, or between two characters where there is none. So the
/// blocks depend on the bytes alone, not on how the system hands them out.
pub struct BlockReader {
    inputs: std::vec::IntoIter<Input>,
    source: Option<Source>,
    /// Read, but after the last line end of the block before.
    rest: Vec<u8>,
    /// The block before ended within a line.
    within_line: bool,
    /// The first block, looked at before its time.
    first: Option<Vec<u8>>,
    size: usize,
    counters: Arc<SourceCounters>,
    opener: Opener,
}

impl BlockReader {
    /// A reader of `inputs`, files in order, in blocks of at most `size` bytes. `counters` follow
    /// what is read.
    ///
    /// # Errors
    /// An encoding that nobody knows.
    pub fn new(
        inputs: Vec<Input>,
        size: usize,
        options: &SourceOptions,
        counters: Arc<SourceCounters>,
    ) -> Result<Self> {
        Ok(Self {
            inputs: inputs.into_iter(),
            source: None,
            rest: Vec::new(),
            within_line: false,
            first: None,
            size: size.max(8),
            opener: Opener::new(options, Arc::clone(&counters))?,
            counters,
        })
    }

    /// As [`BlockReader::new`]. Events are read, grouped and sorted before this returns.
    ///
    /// # Errors
    /// As [`BlockReader::next`], and rows that are no events.
    pub fn open(
        inputs: Vec<Input>,
        size: usize,
        options: &SourceOptions,
        counters: Arc<SourceCounters>,
    ) -> Result<Self> {
        let TextFormat::Events(events) = &options.format else {
            return Self::new(inputs, size, options, counters);
        };
        let names: Vec<String> = inputs.iter().map(Input::to_string).collect();
        let lines = events::sort(&inputs, (options, events), &counters)?;
        let mut reader = Self::new(Vec::new(), size, options, counters)?;
        reader.source = Some(Opener::made(names.join(", "), events::buffered(lines)));
        Ok(reader)
    }

    /// Bytes of text so far, after decompression: records whole, tables and events as they were before
    /// their rows became lines of items.
    pub fn bytes(&self) -> u64 {
        self.counters.bytes_of_text.load(Ordering::Relaxed)
    }

    /// The first block, before it is taken by [`BlockReader::next`]. Empty without any text.
    ///
    /// # Errors
    /// As [`BlockReader::next`].
    pub fn peek(&mut self) -> Result<&[u8]> {
        let mut first = Vec::new();
        self.next(&mut first)?;
        Ok(self.first.insert(first))
    }

    /// Replaces the content of `block` by the next block; false at the end of all inputs.
    ///
    /// # Errors
    /// An input that cannot be opened, read or decoded.
    pub fn next(&mut self, block: &mut Vec<u8>) -> Result<bool> {
        if let Some(first) = self.first.take() {
            *block = first;
            return Ok(!block.is_empty());
        }
        block.clear();
        block.append(&mut self.rest);
        while block.len() < self.size {
            if self.source.is_none() && !self.open_next()? {
                return Ok(!block.is_empty());
            }
            self.fill(block)?;
        }
        let cut = cut_of(block);
        self.rest.extend_from_slice(&block[cut..]);
        block.truncate(cut);
        self.within_line = !block.ends_with(b"\n");
        Ok(true)
    }

    fn open_next(&mut self) -> Result<bool> {
        let Some(input) = self.inputs.next() else {
            return Ok(false);
        };
        self.source = Some(self.opener.open(&input)?);
        Ok(true)
    }

    /// Reads on into `block`, until it is full or the input ends.
    fn fill(&mut self, block: &mut Vec<u8>) -> Result<()> {
        let Some(source) = &mut self.source else {
            return Ok(());
        };
        let old = block.len();
        block.resize(self.size, 0);
        let read = source.fill(&mut block[old..])?;
        block.truncate(old + read);
        let ended = old + read < self.size;
        if ended {
            self.source = None;
            let ends_line = match block.last() {
                Some(&last) => last == b'\n',
                None => !self.within_line,
            };
            if !ends_line {
                block.push(b'\n');
            }
        }
        Ok(())
    }
}

/// Where a full block ends: after its last line, or at the best place within a long line.
fn cut_of(block: &[u8]) -> usize {
    if let Some(newline) = memchr::memrchr(b'\n', block) {
        return newline + 1;
    }
    if let Some(space) = block.iter().rposition(u8::is_ascii_whitespace) {
        return space + 1;
    }
    let is_continuation = |b: &&u8| **b & 0xC0 == 0x80;
    let tail = block
        .iter()
        .rev()
        .take(3)
        .take_while(is_continuation)
        .count();
    // Cut before the last character: it may be incomplete.
    block.len() - tail - 1
}
