//! Opening one input: a file or standard input, decompressed as its content says.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::Input;
use super::zstd::ZstdReader;
use crate::error::{Error, Result, TextError};

const BUFFER: usize = 256 << 10;

/// Counts the bytes that come from the system.
struct Counted<R> {
    inner: R,
    here: Arc<AtomicU64>,
    total: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.here.fetch_add(read as u64, Ordering::Relaxed);
        self.total.fetch_add(read as u64, Ordering::Relaxed);
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
    /// Opens `input`; what it reads from the system is added to `total`.
    pub(super) fn open(input: &Input, total: &Arc<AtomicU64>) -> Result<Self> {
        let offset = Arc::new(AtomicU64::new(0));
        let name = input.to_string();
        let raw: Box<dyn Read + Send> = match input {
            Input::Stdin => Box::new(std::io::stdin()),
            Input::Path(path) => Box::new(open_file(path)?),
        };
        let counted = Counted {
            inner: raw,
            here: Arc::clone(&offset),
            total: Arc::clone(total),
        };
        let mut buffered = BufReader::with_capacity(BUFFER, counted);
        let head = peek(&mut buffered).map_err(|source| TextError::Read {
            name: name.clone(),
            offset: 0,
            source,
        })?;
        let (format, reader): (_, Box<dyn Read + Send>) = if head.starts_with(&[0x1F, 0x8B]) {
            (Some("gzip"), Box::new(MultiGzDecoder::new(buffered)))
        } else if is_zstd(head) {
            (Some("zstd"), Box::new(ZstdReader::new(buffered)))
        } else {
            (None, Box::new(buffered))
        };
        Ok(Self {
            name,
            format,
            reader,
            offset,
        })
    }

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

    fn failure(&self, source: std::io::Error) -> Error {
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

/// Opens a file that is no folder.
fn open_file(path: &std::path::Path) -> Result<File> {
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
    Ok(file)
}

/// The first bytes, without consuming them.
fn peek<R: Read>(reader: &mut BufReader<R>) -> std::io::Result<&[u8]> {
    loop {
        match reader.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(reader.buffer())
}

/// Whether a zstd frame or a skippable one begins here.
fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD])
        || (head.len() >= 4 && head[0] & 0xF0 == 0x50 && head[1..4] == [0x2A, 0x4D, 0x18])
}
