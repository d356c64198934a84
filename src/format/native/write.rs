//! Writing: each section is made twice, first for its length and checksum, then for the file, so
//! that nothing need be kept and the output need not be seekable.

use std::io::{self, Write};
use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

use super::header::{self, Header, Section};
use super::{ALIGN, MAGIC, PREFIX, VERSION, name};
use crate::embeddings::{Embeddings, row_sum};
use crate::error::{Error, FormatError, Result};

/// Writes `bytes`-making sections; called twice with the same result.
type Body<'a> = Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'a>;

/// Writes `embeddings` to `out`, which shall become `path`.
pub(in crate::format) fn write(
    path: &Path,
    embeddings: &Embeddings,
    out: &mut dyn Write,
) -> Result<()> {
    let index = word_index(embeddings).map_err(|source| FormatError::Index {
        path: path.to_path_buf(),
        source,
    })?;
    let bodies = bodies(embeddings, &index);
    let mut header = Header {
        words: embeddings.len() as u64,
        dim: embeddings.dim() as u64,
        metadata: embeddings.metadata().clone(),
        sections: Vec::with_capacity(bodies.len()),
    };
    let failed = |e| Error::io(path, "write", e);
    for (name, stride, body) in &bodies {
        let mut measure = Measure::default();
        body(&mut measure).map_err(failed)?;
        header.sections.push(Section {
            name: (*name).to_owned(),
            offset: 0,
            length: measure.length,
            stride: *stride,
            checksum: measure.hash.digest(),
        });
    }
    let encoded = place(&mut header).map_err(|source| FormatError::HeaderTooLarge {
        path: path.to_path_buf(),
        source,
    })?;
    write_all(&header, &encoded, &bodies, out).map_err(failed)
}

fn write_all(
    header: &Header,
    encoded: &[u8],
    bodies: &[(&str, u64, Body)],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut fixed = Vec::with_capacity(8);
    fixed.extend(VERSION.to_le_bytes());
    fixed.extend(u32::try_from(encoded.len()).unwrap_or(0).to_le_bytes());
    out.write_all(MAGIC)?;
    out.write_all(&fixed)?;
    out.write_all(&header::checksum(&fixed, encoded).to_le_bytes())?;
    out.write_all(encoded)?;
    let mut at = (PREFIX as u64).saturating_add(encoded.len() as u64);
    for (section, (_, _, body)) in header.sections.iter().zip(bodies) {
        let padding = [0; ALIGN];
        let gap = usize::try_from(section.offset.saturating_sub(at)).unwrap_or(0);
        out.write_all(&padding[..gap])?;
        body(out)?;
        at = section.offset.saturating_add(section.length);
    }
    Ok(())
}

/// Gives each section its place, and returns the encoded header.
fn place(header: &mut Header) -> Result<Vec<u8>, bincode::error::EncodeError> {
    let mut at = PREFIX as u64;
    at = at.saturating_add(header.encode()?.len() as u64);
    for section in &mut header.sections {
        section.offset = at.next_multiple_of(ALIGN as u64);
        at = section.offset.saturating_add(section.length);
    }
    header.encode()
}

fn word_index(embeddings: &Embeddings) -> Result<Vec<u8>, fst::Error> {
    let mut words: Vec<(&str, u64)> = ids(embeddings)
        .map(|id| (embeddings.word(id), u64::from(id)))
        .collect();
    words.sort_unstable();
    let mut index = fst::MapBuilder::memory();
    index.extend_iter(words)?;
    index.into_inner()
}

fn bodies<'a>(embeddings: &'a Embeddings, index: &'a [u8]) -> Vec<(&'static str, u64, Body<'a>)> {
    let e = embeddings;
    let row_bytes = (e.dim() as u64).saturating_mul(4);
    vec![
        (
            name::ENDS,
            8,
            Box::new(|out| {
                let mut end = 0u64;
                ids(e).try_for_each(|id| {
                    end = end.saturating_add(e.word(id).len() as u64);
                    out.write_all(&end.to_le_bytes())
                })
            }),
        ),
        (
            name::TEXT,
            0,
            Box::new(|out| ids(e).try_for_each(|id| out.write_all(e.word(id).as_bytes()))),
        ),
        (name::INDEX, 0, Box::new(|out| out.write_all(index))),
        (
            name::COUNTS,
            8,
            Box::new(|out| ids(e).try_for_each(|id| out.write_all(&e.count(id).to_le_bytes()))),
        ),
        (
            name::NORMS,
            4,
            Box::new(|out| floats(out, e.inverse_norms())),
        ),
        (
            name::SUMS,
            4,
            Box::new(|out| {
                ids(e).try_for_each(|id| out.write_all(&row_sum(e.row(id)).to_le_bytes()))
            }),
        ),
        (
            name::MATRIX,
            row_bytes,
            Box::new(|out| ids(e).try_for_each(|id| floats(out, e.row(id)))),
        ),
    ]
}

fn floats(out: &mut dyn Write, values: &[f32]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(values.len().saturating_mul(4));
    bytes.extend(values.iter().flat_map(|x| x.to_le_bytes()));
    out.write_all(&bytes)
}

fn ids(embeddings: &Embeddings) -> std::ops::Range<u32> {
    0..u32::try_from(embeddings.len()).unwrap_or(u32::MAX)
}

/// Counts and hashes what is written.
#[derive(Default)]
struct Measure {
    length: u64,
    hash: Xxh3,
}

impl Write for Measure {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.length = self.length.saturating_add(bytes.len() as u64);
        self.hash.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
