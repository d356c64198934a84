//! Opening: the header and the section table are checked, nothing else is read.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::header::{self, Header, Section};
use super::{ALIGN, MAGIC, NEWEST, PREFIX, VERSION, name};
use crate::embeddings::{Dtype, Embeddings, MappedEmbeddings, MappedParts, Matrix, Part};
use crate::error::{FormatError, Result};
use crate::memory::MappedFile;

/// Uses `map`, the native file `path`, where it lies.
pub(in crate::format) fn open(path: &Path, map: MappedFile) -> Result<Embeddings> {
    let header_end = check_prefix(path, map.bytes())?;
    let bytes = &map.bytes()[PREFIX..header_end];
    let Header {
        words,
        dim,
        metadata,
        sections,
    } = Header::decode(bytes).map_err(|source| FormatError::Header {
        path: path.to_path_buf(),
        at: PREFIX as u64,
        source,
    })?;
    let mut reader = Reader {
        path,
        file: Arc::new(map),
        parts: Vec::with_capacity(sections.len()),
    };
    reader.lay_out(header_end, &sections)?;
    let parts = MappedParts {
        path: path.to_path_buf(),
        words: reader.number("number of words", words)?,
        dim: reader.number("vector length", dim)?,
        ends: reader.take(name::ENDS)?,
        text: reader.take(name::TEXT)?,
        index: reader.take(name::INDEX)?,
        counts: reader.take(name::COUNTS)?,
        inverse_norms: reader.take(name::NORMS)?,
        matrix: reader.matrix(&sections)?,
        quick: reader.quick(&sections)?,
        output: reader.take_if_there(name::OUTPUT),
        others: reader.parts.into_iter().map(|(_, part)| part).collect(),
    };
    Ok(Embeddings::from_mapped(
        MappedEmbeddings::new(parts)?,
        metadata,
    ))
}

/// Checks magic, version, length and checksum; returns where the header ends.
fn check_prefix(path: &Path, bytes: &[u8]) -> Result<usize, FormatError> {
    let cut = |expected: usize| FormatError::Size {
        path: path.to_path_buf(),
        expected: expected as u64,
        found: bytes.len() as u64,
    };
    let u32_at = |at: usize| {
        let found = bytes.get(at..)?.first_chunk::<4>();
        found.map(|b| u32::from_le_bytes(*b))
    };
    let fixed = bytes.get(MAGIC.len()..PREFIX).ok_or_else(|| cut(PREFIX))?;
    let version = u32_at(MAGIC.len()).ok_or_else(|| cut(PREFIX))?;
    if version > NEWEST {
        return Err(FormatError::Newer {
            path: path.to_path_buf(),
            found: version,
            newest: NEWEST,
        });
    }
    if version < VERSION {
        return Err(FormatError::Layout {
            path: path.to_path_buf(),
            what: "version".into(),
            at: MAGIC.len() as u64,
            expected: u64::from(VERSION),
            found: u64::from(version),
        });
    }
    let length = u32_at(12).ok_or_else(|| cut(PREFIX))? as usize;
    let end = PREFIX.saturating_add(length.min(header::LIMIT.saturating_add(1)));
    let header = bytes.get(PREFIX..end).ok_or_else(|| cut(end))?;
    let stored = fixed
        .last_chunk::<8>()
        .map_or(0, |b| u64::from_le_bytes(*b));
    let found = header::checksum(&fixed[..8], header);
    if length > header::LIMIT || stored != found {
        return Err(FormatError::Damaged {
            path: path.to_path_buf(),
            part: "header".into(),
            start: MAGIC.len() as u64,
            end: end as u64,
            expected: stored,
            found,
        });
    }
    Ok(end)
}

struct Reader<'a> {
    path: &'a Path,
    file: Arc<MappedFile>,
    parts: Vec<(String, Part)>,
}

impl Reader<'_> {
    /// Checks that the sections follow each other without a gap and end with the file.
    fn lay_out(&mut self, header_end: usize, sections: &[Section]) -> Result<()> {
        let size = self.file.bytes().len() as u64;
        let mut end = header_end as u64;
        for section in sections {
            let start = end.checked_next_multiple_of(ALIGN as u64);
            if start != Some(section.offset) {
                return Err(self.layout("start of a section", start.unwrap_or(0), section.offset));
            }
            let next = section.offset.checked_add(section.length);
            let next = next.filter(|&next| next <= size);
            let next = next.ok_or_else(|| FormatError::Size {
                path: self.path.to_path_buf(),
                expected: section.offset.saturating_add(section.length),
                found: size,
            })?;
            let padding = self.range(end..section.offset)?;
            if self.file.bytes()[padding].iter().any(|&b| b != 0) {
                return Err(self.layout("padding before a section", 0, 1));
            }
            let part = Part::new(
                Arc::clone(&self.file),
                section.name.clone(),
                self.range(section.offset..next)?,
                section.checksum,
            );
            self.parts.push((section.name.clone(), part));
            end = next;
        }
        if end != size {
            return Err(FormatError::Size {
                path: self.path.to_path_buf(),
                expected: end,
                found: size,
            }
            .into());
        }
        Ok(())
    }

    /// The rows, in whichever numbers they are.
    fn matrix(&mut self, sections: &[Section]) -> Result<Matrix> {
        let stored = [(name::MATRIX_F16, Dtype::F16), (name::MATRIX_I8, Dtype::I8)];
        let there = |(name, _): &(&str, _)| sections.iter().any(|s| s.name == *name);
        let (name, dtype) = stored
            .into_iter()
            .find(there)
            .unwrap_or((name::MATRIX, Dtype::F32));
        let factors = match dtype {
            Dtype::I8 => Some(self.take(name::FACTORS)?),
            Dtype::F32 | Dtype::F16 => None,
        };
        Ok(Matrix {
            dtype,
            stride: self.stride(sections, name)?,
            rows: self.take(name)?,
            sums: self.take(name::SUMS)?,
            factors,
        })
    }

    /// The rows once more, for a fast search.
    fn quick(&mut self, sections: &[Section]) -> Result<Option<Matrix>> {
        let Some(rows) = self.take_if_there(name::QUICK) else {
            return Ok(None);
        };
        Ok(Some(Matrix {
            dtype: Dtype::I8,
            rows,
            stride: self.stride(sections, name::QUICK)?,
            sums: self.take(name::QUICK_SUMS)?,
            factors: Some(self.take(name::QUICK_FACTORS)?),
        }))
    }

    /// Bytes from one row to the next in the section `name`.
    fn stride(&self, sections: &[Section], name: &str) -> Result<usize> {
        let section = sections.iter().find(|s| s.name == name);
        let stride = section.map_or(0, |s| s.stride);
        if stride == 0 || stride % 4 != 0 {
            return Err(self.layout("bytes from row to row", 4, stride));
        }
        self.number("bytes from row to row", stride)
    }

    fn take(&mut self, name: &'static str) -> Result<Part> {
        let part = self.take_if_there(name);
        part.ok_or_else(|| self.layout(name, 1, 0))
    }

    fn take_if_there(&mut self, name: &'static str) -> Option<Part> {
        let at = self.parts.iter().position(|(found, _)| found == name)?;
        Some(self.parts.swap_remove(at).1)
    }

    fn range(&self, range: Range<u64>) -> Result<Range<usize>> {
        Ok(self.number("offset", range.start)?..self.number("offset", range.end)?)
    }

    fn number(&self, what: &'static str, number: u64) -> Result<usize> {
        usize::try_from(number).map_err(|_| self.layout(what, usize::MAX as u64, number))
    }

    fn layout(&self, what: &'static str, expected: u64, found: u64) -> crate::Error {
        FormatError::Layout {
            path: self.path.to_path_buf(),
            what: what.into(),
            at: PREFIX as u64,
            expected,
            found,
        }
        .into()
    }
}
