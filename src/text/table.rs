//! Tables: rows of cells below a header line.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Chain, Cursor, Error, Read, Result};
use std::sync::Arc;

use super::columns::Column;
use super::quotes::{Quotes, line_ends};
use super::records::{LONGEST, Place, Records};
use super::source::{Opener, Source, failed};
use super::{Input, SourceCounters, SourceOptions, TextFormat};
use crate::error::TextError;

/// Counts the lines of what goes through, and misses the ends of quoted cells. The last part of it is
/// kept: its reader takes no more before that is used up.
struct Lines<R> {
    source: R,
    /// Name of the source, for messages.
    name: String,
    /// Line ends before the last part.
    before: u64,
    last: Vec<u8>,
    /// Bytes, with the last part.
    bytes: u64,
    /// Of all that was read.
    quotes: Quotes,
    /// Bytes of a row at most; a quoted cell that is longer is a quote that nothing closes.
    longest: u64,
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.source.read(buffer)?;
        self.before = self.quotes.lines;
        self.last.clear();
        self.last.extend_from_slice(&buffer[..read]);
        self.bytes += read as u64;
        self.quotes.follow(&self.last);
        match self.quotes.open() {
            // The reader would take the rest of the file for one cell.
            Some((line, length)) if read == 0 || length > self.longest => {
                return Err(Error::other(TextError::OpenQuote {
                    name: self.name.clone(),
                    line,
                    ended: read == 0,
                }));
            }
            _ => {}
        }
        match self.quotes.row() {
            (line, length) if length > self.longest => Err(Error::other(TextError::LongLine {
                name: self.name.clone(),
                line,
            })),
            _ => Ok(read),
        }
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

/// A table whose first line was looked at.
type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// The rows of a table with a header line; the delimiter is the one that occurs most in it.
pub(super) struct Rows<R> {
    reader: csv::Reader<Lines<Whole<R>>>,
    record: csv::ByteRecord,
    names: Vec<String>,
    place: Place,
}

impl<R: BufRead> Rows<R> {
    /// Reads the header; `None` when there is not even that.
    fn new(source: R, place: Place) -> Result<Option<Self>> {
        Self::within(source, place, LONGEST)
    }

    /// As [`Rows::new`], of rows of at most `longest` bytes.
    pub(super) fn within(mut source: R, place: Place, longest: u64) -> Result<Option<Self>> {
        // Not what the buffer holds: that may be the first bytes only.
        let mut header = Vec::new();
        source
            .by_ref()
            .take(longest + 1)
            .read_until(b'\n', &mut header)?;
        let delimiter = delimiter_of(&header);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(Lines {
                source: Cursor::new(header).chain(source),
                name: place.name.clone(),
                before: 0,
                last: Vec::new(),
                bytes: 0,
                quotes: Quotes::new(delimiter),
                longest,
            });
        let headers = reader.byte_headers().map_err(io_error)?;
        if headers.is_empty() {
            return Ok(None);
        }
        let names = headers.iter().map(|name| place.text(name));
        Ok(Some(Self {
            names: names.map(|name| name.trim().to_owned()).collect(),
            reader,
            record: csv::ByteRecord::new(),
            place,
        }))
    }

    /// Where the column `name` stands.
    fn column(&self, name: &str) -> Result<usize> {
        let found = self.names.iter().position(|other| other == name.trim());
        found.ok_or_else(|| {
            Error::other(TextError::NoColumn {
                name: self.place.name.clone(),
                column: name.to_owned(),
                columns: self.names.join(", "),
            })
        })
    }

    /// Goes to the next row that has the first `least` columns, and no more than the header; false at the
    /// end.
    pub(super) fn next(&mut self, least: usize) -> Result<bool> {
        let most = self.names.len();
        while self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(io_error)?
        {
            let found = self.record.len();
            if found < least {
                self.bad(format!("{found} columns, expected at least {least}"))?;
            } else if found > most {
                let delimiter = name_of(self.reader.get_ref().quotes.delimiter);
                self.bad(format!(
                    "{found} columns, expected {most} (a {delimiter} in a cell without quotes?)"
                ))?;
            } else {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Refuses the row, or counts it as left out.
    fn bad(&self, problem: String) -> Result<()> {
        let inner = line_ends(self.record.as_slice());
        let end = self.reader.position().byte();
        self.place
            .bad(self.reader.get_ref().line_of(end, inner), problem)
    }

    /// A cell of the row.
    fn cell(&self, column: usize) -> &[u8] {
        self.record.get(column).unwrap_or_default()
    }
}

/// The rows of one table, for those who want them cell by cell.
pub struct TableReader {
    rows: Rows<BufReader<Source>>,
    name: String,
}

impl TableReader {
    /// Opens a table and reads its header; `None` when there is not even that. `counters` follow what
    /// is read.
    ///
    /// # Errors
    /// An input that cannot be opened or decoded.
    pub fn open(
        input: &Input,
        sources: &SourceOptions,
        counters: &Arc<SourceCounters>,
    ) -> crate::error::Result<Option<Self>> {
        let sources = SourceOptions {
            format: TextFormat::Plain,
            documents: false,
            ..sources.clone()
        };
        let opener = Opener::new(&sources, Arc::clone(counters))?;
        let name = input.to_string();
        let place = opener.place(&name);
        let source = BufReader::new(opener.open(input)?);
        let rows = Rows::new(source, place).map_err(|error| failed(&name, error))?;
        Ok(rows.map(|rows| Self { rows, name }))
    }

    /// The names in the header.
    pub fn names(&self) -> &[String] {
        &self.rows.names
    }

    /// Where the column `name` stands.
    ///
    /// # Errors
    /// [`TextError::NoColumn`].
    pub fn column(&self, name: &str) -> crate::error::Result<usize> {
        let column = self.rows.column(name);
        column.map_err(|error| failed(&self.name, error))
    }

    /// Goes to the next row that has the first `least` columns, and no more than the header; false at the
    /// end.
    ///
    /// # Errors
    /// Another row, unless such rows are left out; a source that cannot be read on.
    pub fn next(&mut self, least: usize) -> crate::error::Result<bool> {
        let next = self.rows.next(least);
        next.map_err(|error| failed(&self.name, error))
    }

    /// A cell of the row, empty where the row has none; without white space around it.
    pub fn cell(&self, column: usize) -> Cow<'_, str> {
        match self.rows.place.text(self.rows.cell(column)) {
            Cow::Borrowed(cell) => Cow::Borrowed(cell.trim()),
            Cow::Owned(cell) => Cow::Owned(cell.trim().to_owned()),
        }
    }

    /// A cell of the row as it stands, empty where the row has none.
    pub fn raw(&self, column: usize) -> &[u8] {
        self.rows.cell(column)
    }

    /// Refuses the row, or counts it as left out.
    ///
    /// # Errors
    /// [`TextError::BadRecord`], unless such rows are left out.
    pub fn bad(&self, problem: String) -> crate::error::Result<()> {
        let refused = self.rows.bad(problem);
        refused.map_err(|error| failed(&self.name, error))
    }
}

/// One column of a table as text.
pub(super) struct Table<R> {
    rows: Rows<R>,
    column: usize,
}

impl<R: BufRead> Table<R> {
    /// Reads the header; `None` when there is not even that.
    pub(super) fn new(source: R, column: &str, place: Place) -> Result<Option<Self>> {
        let Some(rows) = Rows::new(source, place)? else {
            return Ok(None);
        };
        let column = rows.column(column)?;
        Ok(Some(Self { rows, column }))
    }
}

impl<R: BufRead> Records for Table<R> {
    fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        let found = self.rows.next(self.column + 1)?;
        if found {
            out.extend_from_slice(self.rows.cell(self.column));
        }
        Ok(found)
    }
}

/// Some columns of a table, each row a line of quoted items such as `"odor=f"`.
pub(super) struct Categories<R> {
    rows: Rows<R>,
    columns: Vec<(usize, Column)>,
    /// Cells that a row must have.
    least: usize,
    item: String,
}

impl<R: BufRead> Categories<R> {
    /// Reads the header; `None` when there is not even that.
    pub(super) fn new(source: R, columns: &[Column], place: Place) -> Result<Option<Self>> {
        let Some(rows) = Rows::new(source, place)? else {
            return Ok(None);
        };
        let found = columns
            .iter()
            .map(|column| Ok((rows.column(column.name())?, column.clone())));
        let columns = found.collect::<Result<Vec<_>>>()?;
        Ok(Some(Self {
            least: columns.iter().map(|(at, _)| at + 1).max().unwrap_or(0),
            rows,
            columns,
            item: String::new(),
        }))
    }
}

impl<R: BufRead> Records for Categories<R> {
    fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        if !self.rows.next(self.least)? {
            return Ok(false);
        }
        for (at, column) in &self.columns {
            self.item.clear();
            let cell = self.rows.place.text(self.rows.cell(*at));
            column.category(&cell, &mut self.item);
            put_item(&self.item, out);
        }
        Ok(true)
    }
}

/// Appends an item as the `items` tokenizer reads it, whatever it holds, and a tab.
pub(super) fn put_item(item: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in item.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\"\""),
            b'\n' | b'\r' => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out.extend_from_slice(b"\"\t");
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

fn name_of(delimiter: u8) -> &'static str {
    match delimiter {
        b'\t' => "tab",
        b';' => "semicolon",
        _ => "comma",
    }
}

fn io_error(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => Error::other(format!("{other:?}")),
    }
}
