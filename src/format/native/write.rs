//! Writing: each section is made twice, first for its length and checksum, then for the file, so
//! that nothing need be kept and the output need not be seekable.

use std::io::{self, Write};

use rayon::slice::ParallelSliceMut;
use xxhash_rust::xxh3::Xxh3;

use super::header::{self, Header, Section};
use super::name::{self, MATRIX, MATRIX_F16, MATRIX_I8, QUICK};
use super::{ALIGN, MAGIC, NEWEST, PREFIX, VERSION};
use crate::embeddings::{Dtype, inverse_norm, row_sum};
use crate::error::{FormatError, Result};
use crate::format::select::Selection;

/// Writes `bytes`-making sections; called twice with the same result.
type Body<'a> = Box<dyn Fn(&mut dyn Write) -> Result<()> + 'a>;

/// A section: its name, bytes from one row to the next, and what it holds.
type Part<'a> = (&'static str, u64, Body<'a>);

/// A section beside those of every file: readers that do not know it skip it.
pub struct Extra<'a> {
    /// Its name in the section table.
    pub name: &'static str,
    /// Bytes from one row to the next, 0 where there are no rows.
    pub stride: u64,
    /// Writes its bytes; called twice, with the same result.
    pub body: &'a dyn Fn(&mut dyn Write) -> io::Result<()>,
}

/// Writes the chosen words to `out`.
pub(in crate::format) fn write(selection: &Selection, out: &mut dyn Write) -> Result<()> {
    write_with(selection, &[], out)
}

/// As [`write`], with `extras` after the other sections.
pub(in crate::format) fn write_with(
    selection: &Selection,
    extras: &[Extra],
    out: &mut dyn Write,
) -> Result<()> {
    let path = selection.path();
    let (index, facts) = rayon::join(|| word_index(selection), || row_facts(selection));
    let index = index.map_err(|source| FormatError::Index {
        path: path.to_path_buf(),
        source,
    })?;
    let (rows, quick) = facts?;
    let mut bodies = bodies(selection, &index, &rows);
    if let Some(quick) = &quick {
        let row_bytes = quick.row_bytes(selection);
        let sums = || quick.sums.iter().map(|x| x.to_le_bytes());
        bodies.push((name::QUICK, row_bytes, matrix(selection, Dtype::I8)));
        bodies.push((name::QUICK_SUMS, 4, pieces(selection, sums)));
        bodies.push((name::QUICK_FACTORS, 4, factors(selection, quick)));
    }
    for extra in extras {
        let body = |out: &mut dyn Write| (extra.body)(out).map_err(selection.failed());
        bodies.push((extra.name, extra.stride, Box::new(body)));
    }
    let mut header = Header {
        words: selection.len() as u64,
        dim: selection.dim() as u64,
        metadata: selection.metadata().clone(),
        sections: Vec::with_capacity(bodies.len()),
    };
    for (name, stride, body) in &bodies {
        let measure = match *name {
            // Measured with the first look at the rows.
            MATRIX | MATRIX_F16 | MATRIX_I8 => rows.measure,
            QUICK => quick.as_ref().unwrap_or(&rows).measure,
            _ => Measure::of(body)?,
        };
        header.sections.push(Section {
            name: (*name).to_owned(),
            offset: 0,
            length: measure.length,
            stride: *stride,
            checksum: measure.checksum,
        });
    }
    let encoded = place(&mut header).map_err(|source| FormatError::HeaderTooLarge {
        path: path.to_path_buf(),
        source,
    })?;
    let failed = selection.failed();
    let version = match rows.dtype {
        Dtype::F32 => VERSION,
        Dtype::F16 | Dtype::I8 => NEWEST,
    };
    write_prefix(version, &encoded, out).map_err(&failed)?;
    let mut at = (PREFIX as u64).saturating_add(encoded.len() as u64);
    for (section, (_, _, body)) in header.sections.iter().zip(bodies) {
        let gap = usize::try_from(section.offset.saturating_sub(at)).unwrap_or(0);
        out.write_all(&[0; ALIGN][..gap]).map_err(&failed)?;
        body(out)?;
        at = section.offset.saturating_add(section.length);
    }
    Ok(())
}

fn write_prefix(version: u32, encoded: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut fixed = Vec::with_capacity(8);
    fixed.extend(version.to_le_bytes());
    fixed.extend(u32::try_from(encoded.len()).unwrap_or(0).to_le_bytes());
    out.write_all(MAGIC)?;
    out.write_all(&fixed)?;
    out.write_all(&header::checksum(&fixed, encoded).to_le_bytes())?;
    out.write_all(encoded)
}

/// What is stored of each row beside itself.
struct RowFacts {
    dtype: Dtype,
    /// Of the rows as they are stored.
    inverse_norms: Vec<f32>,
    sums: Vec<u32>,
    factors: Vec<f32>,
    /// Of all rows.
    measure: Measured,
}

impl RowFacts {
    fn of(selection: &Selection, dtype: Dtype) -> Result<Self> {
        let mut facts = Self {
            dtype,
            inverse_norms: Vec::with_capacity(selection.len()),
            sums: Vec::with_capacity(selection.len()),
            factors: Vec::new(),
            measure: Measured::default(),
        };
        let mut stored = vec![0.0; selection.dim()];
        let mut measure = Measure::default();
        selection.for_each_bytes(dtype, |_, bytes, factor| {
            dtype.decode(bytes, factor, &mut stored);
            facts.inverse_norms.push(inverse_norm(&stored));
            facts.sums.push(row_sum(bytes));
            if dtype == Dtype::I8 {
                facts.factors.push(factor);
            }
            measure.add(bytes);
            Ok(())
        })?;
        facts.measure = measure.end();
        Ok(facts)
    }

    fn row_bytes(&self, selection: &Selection) -> u64 {
        self.dtype.row_bytes(selection.dim()) as u64
    }
}

/// Of the rows, and of those that a search begins with.
fn row_facts(selection: &Selection) -> Result<(RowFacts, Option<RowFacts>)> {
    let numbers = selection.numbers();
    let rows = RowFacts::of(selection, numbers.dtype)?;
    let quick = numbers.quick.then(|| RowFacts::of(selection, Dtype::I8));
    Ok((rows, quick.transpose()?))
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

fn word_index(selection: &Selection) -> Result<Vec<u8>, fst::Error> {
    let mut words: Vec<(&str, u64)> = selection.words().zip(0..).collect();
    words.par_sort_unstable();
    let mut index = fst::MapBuilder::memory();
    index.extend_iter(words)?;
    index.into_inner()
}

fn bodies<'a>(selection: &'a Selection, index: &'a [u8], rows: &'a RowFacts) -> Vec<Part<'a>> {
    let s = selection;
    let ends = || {
        s.words().scan(0u64, |end, word| {
            *end = end.saturating_add(word.len() as u64);
            Some(end.to_le_bytes())
        })
    };
    let texts = || s.words().map(str::as_bytes);
    let counts = || s.counts().map(u64::to_le_bytes);
    let norms = || rows.inverse_norms.iter().map(|x| x.to_le_bytes());
    let sums = || rows.sums.iter().map(|x| x.to_le_bytes());
    let matrix_name = match rows.dtype {
        Dtype::F32 => name::MATRIX,
        Dtype::F16 => name::MATRIX_F16,
        Dtype::I8 => name::MATRIX_I8,
    };
    let mut all: Vec<Part> = vec![
        (name::ENDS, 8, pieces(s, ends)),
        (name::TEXT, 0, pieces(s, texts)),
        (name::INDEX, 0, pieces(s, move || std::iter::once(index))),
        (name::COUNTS, 8, pieces(s, counts)),
        (name::NORMS, 4, pieces(s, norms)),
        (name::SUMS, 4, pieces(s, sums)),
        (matrix_name, rows.row_bytes(s), matrix(s, rows.dtype)),
    ];
    if rows.dtype == Dtype::I8 {
        all.push((name::FACTORS, 4, factors(s, rows)));
    }
    if s.has_output() {
        let row_bytes = Dtype::F32.row_bytes(s.dim()) as u64;
        let body: Body = Box::new(|out| s.write_output_rows(out));
        all.push((name::OUTPUT, row_bytes, body));
    }
    all
}

fn matrix<'a>(selection: &'a Selection, dtype: Dtype) -> Body<'a> {
    Box::new(move |out| selection.write_rows_as(dtype, out))
}

fn factors<'a>(selection: &'a Selection, rows: &'a RowFacts) -> Body<'a> {
    pieces(selection, || rows.factors.iter().map(|x| x.to_le_bytes()))
}

/// A body that is made of small pieces.
fn pieces<'a, I>(selection: &'a Selection, pieces: impl Fn() -> I + 'a) -> Body<'a>
where
    I: Iterator<Item: AsRef<[u8]>>,
{
    Box::new(move |out| {
        for piece in pieces() {
            out.write_all(piece.as_ref()).map_err(selection.failed())?;
        }
        Ok(())
    })
}

/// Counts and hashes what is written.
#[derive(Default)]
struct Measure {
    length: u64,
    hash: Xxh3,
}

/// Length and checksum.
#[derive(Clone, Copy, Default)]
struct Measured {
    length: u64,
    checksum: u64,
}

impl Measure {
    fn of(body: &Body) -> Result<Measured> {
        let mut measure = Self::default();
        body(&mut measure)?;
        Ok(measure.end())
    }

    fn add(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len() as u64);
        self.hash.update(bytes);
    }

    fn end(&self) -> Measured {
        Measured {
            length: self.length,
            checksum: self.hash.digest(),
        }
    }
}

impl Write for Measure {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
