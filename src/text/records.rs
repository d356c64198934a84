//! Formats in which the text is a field of a record: JSON lines, tables.

use std::io::{BufRead, Error, Read, Result};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::SourceCounters;
use super::json::{self, Problem};
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
    /// Counts the bad record, or fails.
    fn bad(&self, line: u64, problem: String) -> Result<()> {
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
    field: Vec<String>,
    place: Place,
    line: Vec<u8>,
    number: u64,
}

impl<R> JsonLines<R> {
    pub(super) fn new(source: R, field: &str, place: Place) -> Self {
        Self {
            source,
            field: field.split('.').map(str::to_owned).collect(),
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
            if self.source.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(false);
            }
            self.number += 1;
            if self.line.trim_ascii().is_empty() {
                continue;
            }
            let (line, replaced) = super::decode(std::mem::take(&mut self.line));
            self.place
                .counters
                .replaced
                .fetch_add(replaced, Ordering::Relaxed);
            let found = json::text_of(&line, &self.field, out);
            self.line = line.into_bytes();
            match found {
                Ok(()) => return Ok(true),
                Err(problem) => self
                    .place
                    .bad(self.number, describe(problem, &self.field))?,
            }
        }
    }
}

/// The problem in words.
fn describe(problem: Problem, field: &[String]) -> String {
    let field = field.join(".");
    match problem {
        Problem::Missing(names) if names.is_empty() => format!("no field {field:?}"),
        Problem::Missing(names) => format!("no field {field:?} among {}", names.join(", ")),
        Problem::NotText(kind) => format!("field {field:?} is {kind}, not text"),
        Problem::Syntax(error) => format!("not a JSON object: {error}"),
    }
}

/// Counts the lines of what goes through. The last part of it is kept: its reader takes no more
/// before that is used up.
struct Lines<R> {
    source: R,
    /// Line ends before the last part.
    before: u64,
    last: Vec<u8>,
    /// Bytes, with the last part.
    bytes: u64,
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.source.read(buffer)?;
        self.before += line_ends(&self.last);
        self.last.clear();
        self.last.extend_from_slice(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<R> Lines<R> {
    /// In which line a record begins that ends before the byte `end` of the last part and has
    /// `inner` line ends.
    fn line_of(&self, end: u64, inner: u64) -> u64 {
        let unused = self.bytes.saturating_sub(end) as usize;
        let used = &self.last[..self.last.len().saturating_sub(unused)];
        let used = used.strip_suffix(b"\n").unwrap_or(used);
        self.before + line_ends(used) + 1 - inner
    }
}

fn line_ends(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// A table with a header line.
pub(super) struct Table<R> {
    reader: csv::Reader<Lines<R>>,
    record: csv::ByteRecord,
    column: usize,
    place: Place,
}

impl<R: BufRead> Table<R> {
    /// Reads the header; `None` when there is not even that.
    pub(super) fn new(mut source: R, column: &str, place: Place) -> Result<Option<Self>> {
        let delimiter = delimiter_of(source.fill_buf()?);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(Lines {
                source,
                before: 0,
                last: Vec::new(),
                bytes: 0,
            });
        let headers = reader.byte_headers().map_err(io_error)?;
        if headers.is_empty() {
            return Ok(None);
        }
        let Some(index) = headers.iter().position(|name| name == column.as_bytes()) else {
            let names = headers.iter().map(String::from_utf8_lossy);
            return Err(Error::other(TextError::NoColumn {
                name: place.name,
                column: column.to_owned(),
                columns: names.collect::<Vec<_>>().join(", "),
            }));
        };
        Ok(Some(Self {
            reader,
            record: csv::ByteRecord::new(),
            column: index,
            place,
        }))
    }
}

impl<R: BufRead> Records for Table<R> {
    fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        while self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(io_error)?
        {
            if let Some(text) = self.record.get(self.column) {
                out.extend_from_slice(text);
                return Ok(true);
            }
            let inner = line_ends(self.record.as_slice());
            let end = self.reader.position().byte();
            let line = self.reader.get_ref().line_of(end, inner);
            let problem = format!(
                "{} columns, expected at least {}",
                self.record.len(),
                self.column + 1
            );
            self.place.bad(line, problem)?;
        }
        Ok(false)
    }
}

/// Of comma, tab and semicolon, the one that occurs most in the first line.
fn delimiter_of(head: &[u8]) -> u8 {
    let line = head.split(|&b| b == b'\n').next().unwrap_or(head);
    let count = |&delimiter: &u8| line.iter().filter(|&&b| b == delimiter).count();
    // The last of equals wins: a header of one column is read as comma-separated.
    [b';', b'\t', b',']
        .into_iter()
        .max_by_key(count)
        .unwrap_or(b',')
}

fn io_error(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => Error::other(format!("{other:?}")),
    }
}
