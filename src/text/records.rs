//! Formats in which the text is a field of a record, and JSON lines.

use std::borrow::Cow;
use std::io::{BufRead, Error, Read, Result};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::SourceCounters;
use super::json::Field;
use crate::error::TextError;

/// Hands out the text of one record after the other.
pub(super) trait Records {
    /// Appends the next record's text to `out`; false at the end.
    fn next(&mut self, out: &mut Vec<u8>) -> Result<bool>;
}

/// The texts of all records as a stream, each ended by a line end.
pub(super) struct RecordReader<T> {
    records: T,
    /// Line ends within a record count as white space.
    documents: bool,
    ready: Vec<u8>,
    at: usize,
}

impl<T: Records> RecordReader<T> {
    pub(super) fn new(records: T, documents: bool) -> Self {
        Self {
            records,
            documents,
            ready: Vec::new(),
            at: 0,
        }
    }
}

impl<T: Records> Read for RecordReader<T> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.at == self.ready.len() {
            self.ready.clear();
            self.at = 0;
            if !self.records.next(&mut self.ready)? {
                return Ok(0);
            }
            if self.documents {
                join_lines(&mut self.ready);
            }
            self.ready.push(b'\n');
        }
        let rest = &self.ready[self.at..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

/// Makes line ends white space.
pub(super) fn join_lines(text: &mut [u8]) {
    for byte in text {
        if *byte == b'\n' {
            *byte = b' ';
        }
    }
}

/// Where records come from, for messages, and whether bad ones are left out.
pub(super) struct Place {
    pub(super) name: String,
    pub(super) skip_bad_lines: bool,
    pub(super) counters: Arc<SourceCounters>,
}

impl Place {
    /// A cell as text; what is no UTF-8 is replaced and counted.
    pub(super) fn text<'a>(&self, cell: &'a [u8]) -> Cow<'a, str> {
        if let Ok(text) = std::str::from_utf8(cell) {
            return Cow::Borrowed(text);
        }
        let (text, replaced) = super::decode(cell.to_vec());
        let counter = &self.counters.replaced;
        counter.fetch_add(replaced, Ordering::Relaxed);
        Cow::Owned(text)
    }

    /// Counts the bad record, or fails.
    pub(super) fn bad(&self, line: u64, problem: String) -> Result<()> {
        if self.skip_bad_lines {
            self.counters.skipped.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        Err(Error::other(TextError::BadRecord {
            name: self.name.clone(),
            line,
            problem,
        }))
    }
}

/// A JSON object a line.
pub(super) struct JsonLines<R> {
    source: R,
    field: Field,
    place: Place,
    line: Vec<u8>,
    number: u64,
}

/// Bytes that a record may have, with its line end: what goes on and on is none, and would fill the memory.
pub const LONGEST: u64 = 256 << 20;

impl<R> JsonLines<R> {
    pub(super) fn new(source: R, field: &str, place: Place) -> Self {
        Self {
            source,
            field: Field::new(field),
            place,
            line: Vec::new(),
            number: 0,
        }
    }
}

impl<R: BufRead> Records for JsonLines<R> {
    fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        loop {
            self.line.clear();
            let mut record = self.source.by_ref().take(LONGEST + 1);
            let length = record.read_until(b'\n', &mut self.line)? as u64;
            if length == 0 {
                return Ok(false);
            }
            self.number += 1;
            if length > LONGEST {
                let problem = format!("a record of more than {} MiB", LONGEST >> 20);
                self.place.bad(self.number, problem)?;
                if !self.line.ends_with(b"\n") {
                    self.source.skip_until(b'\n')?;
                }
                continue;
            }
            if self.line.trim_ascii().is_empty() {
                continue;
            }
            let (line, replaced) = super::decode(std::mem::take(&mut self.line));
            self.place
                .counters
                .replaced
                .fetch_add(replaced, Ordering::Relaxed);
            let found = self.field.text(&line, out);
            self.line = line.into_bytes();
            match found {
                Ok(()) => return Ok(true),
                Err(problem) => self.place.bad(self.number, self.field.describe(problem))?,
            }
        }
    }
}
