//! Reading a file front to back, unpacked where it is packed, always knowing the place.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use memchr::memchr;

use crate::error::{Error, FormatError, Result};
use crate::memory::MappedFile;

const BUFFER: usize = 1 << 18;
/// No word is longer, nor any line of a header: what goes on is no file of that format.
pub(super) const LONGEST: usize = 1 << 20;
/// No line of text is longer: it has room for some million numbers.
const LONGEST_LINE: usize = 1 << 26;

/// Where the bytes are.
enum Inner {
    /// Read into a buffer.
    Read(Box<dyn Read>, Vec<u8>),
    /// All of them in the mapped file.
    Mapped(Arc<MappedFile>),
}

/// A file being read.
pub(super) struct Source {
    path: PathBuf,
    inner: Inner,
    /// Bytes held and not yet taken: `held()[start..end]`.
    start: usize,
    end: usize,
    /// Place of `held()[start]` in the file, or in what was packed.
    at: u64,
    /// Bytes that `inner` yields in all, where that is known beforehand.
    size: Option<u64>,
    packed: Option<&'static str>,
}

impl Source {
    pub(super) fn open(path: &Path, file: File) -> Result<Self> {
        let failed = |e| Error::io(path, "read", e);
        let about = file.metadata().map_err(failed)?;
        let mut head = Vec::with_capacity(4);
        (&file).take(4).read_to_end(&mut head).map_err(failed)?;
        // A pipe cannot be wound back.
        let whole = io::Cursor::new(head.clone()).chain(file);
        let buffered = |whole| BufReader::with_capacity(BUFFER, whole);
        let (packed, inner): (_, Box<dyn Read>) = match head[..] {
            [0x1F, 0x8B, ..] => (Some("gzip"), Box::new(MultiGzDecoder::new(buffered(whole)))),
            [0x28, 0xB5, 0x2F, 0xFD] => {
                let frames = zstd::Decoder::with_buffer(buffered(whole)).map_err(failed)?;
                (Some("zstd"), Box::new(frames))
            }
            _ => (None, Box::new(whole)),
        };
        let is_sized = about.is_file() && packed.is_none();
        Ok(Self {
            path: path.to_path_buf(),
            inner: Inner::Read(inner, vec![0; BUFFER]),
            start: 0,
            end: 0,
            at: 0,
            size: is_sized.then_some(about.len()),
            packed,
        })
    }

    /// Goes on in `map`, the same file, from where it is.
    pub(super) fn map(&mut self, map: MappedFile) {
        self.end = map.bytes().len();
        self.start = usize::try_from(self.at).map_or(self.end, |at| at.min(self.end));
        self.inner = Inner::Mapped(Arc::new(map));
    }

    /// The file, where it is mapped: a place in it is that of a byte.
    pub(super) fn mapped(&self) -> Option<&Arc<MappedFile>> {
        match &self.inner {
            Inner::Read(..) => None,
            Inner::Mapped(map) => Some(map),
        }
    }

    fn held(&self) -> &[u8] {
        match &self.inner {
            Inner::Read(_, buffer) => buffer,
            Inner::Mapped(map) => map.bytes(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Place of the next byte.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Bytes from here to the end, where that is known beforehand.
    pub(super) fn left(&self) -> Option<u64> {
        self.size.map(|size| size.saturating_sub(self.at))
    }

    /// How the file is packed.
    pub(super) fn packed(&self) -> Option<&'static str> {
        self.packed
    }

    /// The next bytes, `want` of them or all that are left, without taking them. Memory grows only
    /// with bytes that are really there.
    pub(super) fn peek(&mut self, want: usize) -> Result<&[u8]> {
        while self.end.saturating_sub(self.start) < want {
            let Inner::Read(inner, buffer) = &mut self.inner else {
                break;
            };
            if self.start > 0 {
                buffer.copy_within(self.start..self.end, 0);
                self.end = self.end.saturating_sub(self.start);
                self.start = 0;
            }
            if self.end == buffer.len() {
                let longer = buffer.len().saturating_mul(2);
                buffer.resize(longer, 0);
            }
            match inner.read(&mut buffer[self.end..]) {
                Ok(0) => break,
                Ok(read) => self.end = self.end.saturating_add(read),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.unreadable(source)),
            }
        }
        let end = self.end.min(self.start.saturating_add(want));
        Ok(&self.held()[self.start..end])
    }

    /// Takes `count` bytes that were peeked.
    pub(super) fn skip(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
        self.at = self.at.saturating_add(count as u64);
    }

    /// The next `count` bytes; `None` when the file ends before.
    pub(super) fn take(&mut self, count: usize) -> Result<Option<&[u8]>> {
        if self.peek(count)?.len() < count {
            return Ok(None);
        }
        let start = self.start;
        self.skip(count);
        Ok(Some(&self.held()[start..self.start]))
    }

    /// The bytes up to `end`, which is taken too; `None` when it does not come in [`LONGEST`]
    /// bytes or before the file's end.
    pub(super) fn until(&mut self, end: u8) -> Result<Option<&[u8]>> {
        let mut seen = 0usize;
        let mut want = 1;
        while want <= LONGEST {
            self.peek(want)?;
            // Whatever lies in the buffer may be searched, not just what was asked for.
            let most = self.end.min(self.start.saturating_add(LONGEST));
            let bytes = &self.held()[self.start..most];
            if let Some(found) = memchr(end, &bytes[seen..]) {
                let length = seen.saturating_add(found);
                let start = self.start;
                self.skip(length.saturating_add(1));
                return Ok(Some(&self.held()[start..start.saturating_add(length)]));
            }
            if bytes.len() < want {
                return Ok(None);
            }
            seen = bytes.len();
            want = seen.saturating_add(1);
        }
        Ok(None)
    }

    /// The next line without its end, CR LF or LF or the file's; `None` after the last.
    pub(super) fn line(&mut self) -> Result<Option<&[u8]>> {
        self.line_within(LONGEST_LINE)
    }

    fn line_within(&mut self, longest: usize) -> Result<Option<&[u8]>> {
        let mut seen = 0usize;
        let (length, skip) = loop {
            let before = seen;
            self.peek(seen.saturating_add(1))?;
            let bytes = &self.held()[self.start..self.end];
            if let Some(found) = memchr(b'\n', &bytes[seen..]) {
                let length = seen.saturating_add(found);
                break (length, length.saturating_add(1));
            }
            seen = bytes.len();
            if seen == before || seen > longest {
                break (seen, seen);
            }
        };
        if length > longest {
            let expected = format!("its end within {longest} bytes");
            let found = "none; write the file again";
            return Err(self.wrong("a line", self.at, expected, found));
        }
        if skip == 0 {
            return Ok(None);
        }
        let start = self.start;
        self.skip(skip);
        let line = &self.held()[start..start.saturating_add(length)];
        Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    /// Checks that nothing is left.
    pub(super) fn expect_end(&mut self) -> Result<()> {
        if self.peek(1)?.is_empty() {
            return Ok(());
        }
        let found = "more bytes; the file was changed: copy it or write it again";
        Err(self.wrong("the end", self.at, "the file's end", found))
    }

    /// Skips `count` bytes.
    pub(super) fn skip_far(&mut self, mut count: u64) -> Result<()> {
        while count > 0 {
            let step = usize::try_from(count).unwrap_or(usize::MAX).min(BUFFER);
            if self.take(step)?.is_none() {
                let found = "the file's end; it was cut: copy it again";
                return Err(self.wrong("the data", self.at, format!("{count} bytes more"), found));
            }
            count = count.saturating_sub(step as u64);
        }
        Ok(())
    }

    /// What is wrong at byte `at`, and where that is for people.
    pub(super) fn wrong(
        &self,
        place: impl Into<String>,
        at: u64,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Error {
        FormatError::Content {
            path: self.path.clone(),
            place: place.into(),
            at,
            expected: expected.into(),
            found: found.into(),
        }
        .into()
    }

    fn unreadable(&self, source: io::Error) -> Error {
        match self.packed {
            Some(packing) => FormatError::Packing {
                path: self.path.clone(),
                packing,
                at: self.at,
                source,
            }
            .into(),
            None => Error::io(&self.path, "read", source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_an_end_is_not_kept_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        let open = |text: &str, mapped: bool| {
            std::fs::write(&path, text).unwrap();
            let file = File::open(&path).unwrap();
            let mut source = Source::open(&path, file).unwrap();
            if mapped {
                source.map(MappedFile::open(&path).unwrap());
            }
            source
        };
        let long = "9".repeat(3 * BUFFER);
        for mapped in [false, true] {
            for (longest, line) in [(4, "four"), (long.len(), &long)] {
                for (rest, is_whole) in [("", true), ("\n", true), ("5", false), ("5\n", false)] {
                    let mut source = open(&format!("a\n{line}{rest}"), mapped);
                    assert_eq!(source.line_within(longest).unwrap(), Some(&b"a"[..]));
                    match source.line_within(longest) {
                        Ok(found) => assert!(is_whole && found == Some(line.as_bytes())),
                        Err(error) => {
                            let found = error.to_string();
                            let said =
                                format!("a line (byte 2): expected its end within {longest}");
                            assert!(!is_whole && found.contains(&said), "{found}");
                        }
                    }
                }
            }
            // Memory is taken for what may be there, not for all that is.
            let mut source = open(&"9".repeat(16 * BUFFER), mapped);
            source.line_within(BUFFER).unwrap_err();
            assert!(mapped || source.held().len() <= 2 * BUFFER);
        }
    }
}
