//! Opening one input: from its bytes on disk to its text in UTF-8.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::Encoding;

use super::compression::{BUFFER, Bytes, decompress};
use super::encoding::{by_name, to_utf8};
use super::records::{JsonLines, Place, RecordReader, join_lines};
use super::table::{Categories, Table};
use super::{Input, SourceCounters, SourceOptions, TextFormat};
use crate::error::{Error, Result, TextError};

/// Opens inputs as the options say.
pub(super) struct Opener {
    options: SourceOptions,
    encoding: Option<&'static Encoding>,
    counters: Arc<SourceCounters>,
}

impl Opener {
    pub(super) fn new(options: &SourceOptions, counters: Arc<SourceCounters>) -> Result<Self> {
        let name = options.encoding.as_deref();
        Ok(Self {
            options: options.clone(),
            encoding: name.map(by_name).transpose()?,
            counters,
        })
    }

    /// What records of an input need to know.
    pub(super) fn place(&self, name: &str) -> Place {
        Place {
            name: name.to_owned(),
            skip_bad_lines: self.options.skip_bad_lines,
            counters: Arc::clone(&self.counters),
        }
    }

    /// Text that was made of several inputs.
    pub(super) fn made(name: String, reader: Box<dyn Read + Send>) -> Source {
        Source {
            name,
            format: None,
            reader,
            offset: Arc::default(),
        }
    }

    pub(super) fn open(&self, input: &Input) -> Result<Source> {
        let offset = Arc::new(AtomicU64::new(0));
        let (raw, length): (Box<dyn Read + Send>, _) = match input {
            Input::Stdin => (Box::new(std::io::stdin()), None),
            Input::Path(path) => {
                let (file, length) = open_file(path)?;
                (Box::new(file), length)
            }
        };
        let counted = Counted {
            inner: raw,
            name: input.to_string(),
            length: length.unwrap_or(0),
            here: Arc::clone(&offset),
            counters: Arc::clone(&self.counters),
        };
        let mut source = Source {
            name: input.to_string(),
            format: None,
            reader: Box::new(std::io::empty()),
            offset,
        };
        let (format, bytes) = decompress(counted).map_err(|e| source.failure(e))?;
        source.format = format;
        let text = to_utf8(bytes, self.encoding, &self.counters).and_then(|text| {
            let counters = Arc::clone(&self.counters);
            self.extract(Text { text, counters }, &source.name)
        });
        source.reader = text.map_err(|e| source.failure(e))?;
        Ok(source)
    }

    /// The text that is in the bytes.
    fn extract(&self, bytes: Text, name: &str) -> std::io::Result<Box<dyn Read + Send>> {
        let place = self.place(name);
        let documents = self.options.documents;
        Ok(match &self.options.format {
            TextFormat::Plain if documents => Box::new(OneLine(bytes)),
            TextFormat::Plain => Box::new(bytes),
            TextFormat::JsonLines { field } => {
                let records = JsonLines::new(bytes, field, place);
                Box::new(RecordReader::new(records, documents))
            }
            TextFormat::Table { column } => {
                match Table::new(BufReader::new(bytes), column, place)? {
                    Some(records) => Box::new(RecordReader::new(records, documents)),
                    None => Box::new(std::io::empty()),
                }
            }
            // Events are sorted before: what comes here are rows, for [`super::TableReader`].
            TextFormat::Events(_) => Box::new(bytes),
            TextFormat::Categories { columns } => {
                match Categories::new(BufReader::new(bytes), columns, place)? {
                    Some(records) => Box::new(RecordReader::new(records, false)),
                    None => Box::new(std::io::empty()),
                }
            }
        })
    }
}

/// Counts the bytes that come from the system, and misses those that it promised.
struct Counted<R> {
    inner: R,
    name: String,
    /// Bytes that are there at least: a file may grow while it is read, and not shrink.
    length: u64,
    here: Arc<AtomicU64>,
    counters: Arc<SourceCounters>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.counters.stop.load(Ordering::Relaxed) {
            return Err(std::io::Error::other(TextError::Interrupted));
        }
        let read = self.inner.read(buffer)? as u64;
        let here = self.here.fetch_add(read, Ordering::Relaxed) + read;
        if read == 0 && here < self.length && !buffer.is_empty() {
            return Err(std::io::Error::other(TextError::Shrunk {
                name: self.name.clone(),
                expected: self.length,
                found: here,
            }));
        }
        self.counters.bytes_read.fetch_add(read, Ordering::Relaxed);
        Ok(read as usize)
    }
}

/// Counts the bytes of text.
struct Text {
    text: Bytes,
    counters: Arc<SourceCounters>,
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.text.read(buffer)?;
        self.count(read);
        Ok(read)
    }
}

impl BufRead for Text {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.text.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        self.count(length);
        self.text.consume(length);
    }
}

impl Text {
    fn count(&self, bytes: usize) {
        let counted = &self.counters.bytes_of_text;
        counted.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// A whole file as one line.
struct OneLine(Text);

impl Read for OneLine {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.0.read(buffer)?;
        join_lines(&mut buffer[..read]);
        Ok(read)
    }
}

/// One open input.
pub(super) struct Source {
    name: String,
    format: Option<&'static str>,
    reader: Box<dyn Read + Send>,
    offset: Arc<AtomicU64>,
}

impl Source {
    /// Fills `buffer` up to its end or the end of the input; returns the bytes read.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failure(error)),
            }
        }
        Ok(filled)
    }

    pub(super) fn failure(&self, source: std::io::Error) -> Error {
        let source = match source.downcast::<TextError>() {
            Ok(error) => return error.into(),
            Err(error) => error,
        };
        let name = self.name.clone();
        let offset = self.offset.load(Ordering::Relaxed);
        match self.format {
            Some(format) => TextError::Damaged {
                name,
                format,
                offset,
                source,
            },
            None => TextError::Read {
                name,
                offset,
                source,
            },
        }
        .into()
    }
}

/// The bytes of an input in UTF-8, decompressed. `counters` follow what is read.
///
/// # Errors
/// An input that cannot be opened; an encoding that nobody knows.
pub fn open_text(
    input: &Input,
    sources: &SourceOptions,
    counters: &Arc<SourceCounters>,
) -> Result<Box<dyn BufRead + Send>> {
    let source = Opener::new(sources, Arc::clone(counters))?.open(input)?;
    Ok(Box::new(BufReader::with_capacity(BUFFER, source)))
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer);
        read.map_err(|error| match (error.kind(), self.failure(error)) {
            (ErrorKind::Interrupted, _) => ErrorKind::Interrupted.into(),
            (_, Error::Text(error)) => std::io::Error::other(error),
            (_, error) => std::io::Error::other(error.to_string()),
        })
    }
}

/// The failure that came through readers, as it was.
pub(super) fn failed(name: &str, error: std::io::Error) -> Error {
    match error.downcast::<TextError>() {
        Ok(error) => error,
        Err(source) => TextError::Read {
            name: name.to_owned(),
            offset: 0,
            source,
        },
    }
    .into()
}

/// Opens a file that is no folder; its length, where that means something.
fn open_file(path: &std::path::Path) -> Result<(File, Option<u64>)> {
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => TextError::NotFound {
            path: path.to_path_buf(),
        }
        .into(),
        _ => Error::io(path, "open for reading", error),
    })?;
    let about = file.metadata().map_err(|e| Error::io(path, "look at", e))?;
    if about.is_dir() {
        return Err(TextError::Folder {
            path: path.to_path_buf(),
        }
        .into());
    }
    Ok((file, about.is_file().then_some(about.len())))
}
