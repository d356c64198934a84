//! finalfusion's `.fifu`: chunks of words, rows at length 1, and the norms they had.

use std::io::Write;

use super::dtype::{Dtype, check_left, each, read_matrix};
use super::rows::Rows;
use super::select::Selection;
use super::source::{LONGEST, Source};
use super::{Format, ReadOptions, ReadReport};
use crate::embeddings::{Embeddings, inverse_norm};
use crate::error::{Error, Result};

const MAGIC: &[u8; 4] = b"FiFu";
const F32: u32 = 10;

/// Kinds of chunks, by number.
mod chunk {
    pub(super) const SIMPLE_VOCAB: u32 = 1;
    pub(super) const MATRIX: u32 = 2;
    pub(super) const BUCKET_VOCAB: u32 = 3;
    pub(super) const METADATA: u32 = 5;
    pub(super) const NORMS: u32 = 6;
    pub(super) const FASTTEXT_VOCAB: u32 = 7;
}

pub(super) fn read(source: &mut Source, options: &ReadOptions) -> Result<(Embeddings, ReadReport)> {
    source.take(MAGIC.len())?;
    let version = number::<4>(source)?;
    if version != 0 {
        return Err(source.wrong("header", 4, "version 0", version.to_string()));
    }
    let chunks = number::<4>(source)?;
    for _ in 0..chunks {
        number::<4>(source)?;
    }
    let (mut words, mut matrix, mut norms) = (Vec::new(), None, None);
    for _ in 0..chunks {
        let at = source.at();
        let kind = number::<4>(source)?;
        let length = number::<8>(source)?;
        if let Some(left) = source.left().filter(|&left| left < length) {
            let expected = format!("{length} bytes");
            let found = format!("{left}; the file was cut: copy it again");
            return Err(source.wrong(format!("chunk {kind}"), at, expected, found));
        }
        let start = source.at();
        match u32::try_from(kind).unwrap_or(u32::MAX) {
            chunk::SIMPLE_VOCAB => words = vocab(source, 0)?,
            // Lengths of n-grams and the number of buckets; rows of known words stand first.
            chunk::BUCKET_VOCAB | chunk::FASTTEXT_VOCAB => words = vocab(source, 12)?,
            chunk::MATRIX => matrix = Some(read_rows(source, length, &words, options)?),
            chunk::NORMS => norms = Some((at, read_norms(source, length)?)),
            chunk::METADATA => source.skip_far(length)?,
            other => {
                let expected = "plain words and an unquantised matrix";
                let found = format!("a chunk of kind {other}; convert it with finalfusion first");
                return Err(source.wrong("chunk", at, expected, found));
            }
        }
        if source.at().saturating_sub(start) != length {
            let found = source.at().saturating_sub(start).to_string();
            return Err(source.wrong("length of a chunk", at, length.to_string(), found));
        }
    }
    source.expect_end()?;
    let Some(mut rows) = matrix else {
        return Err(source.wrong("the file", 0, "a matrix", "none"));
    };
    if let Some((at, norms)) = norms {
        if norms.len() < words.len() {
            let expected = format!("{}, one for each word", words.len());
            let found = format!("{}; the file is damaged: copy it again", norms.len());
            return Err(source.wrong("the norms", at, expected, found));
        }
        rows.scale(&norms);
    }
    rows.finish(source)
}

/// The next little-endian number of `N` bytes.
fn number<const N: usize>(source: &mut Source) -> Result<u64> {
    let at = source.at();
    match source.take(N)? {
        Some(bytes) => Ok(bytes.iter().rev().fold(0, |n, &b| (n << 8) | u64::from(b))),
        None => Err(cut(source, at)),
    }
}

fn cut(source: &Source, at: u64) -> Error {
    source.wrong("the file", at, "more", "its end; it was cut: copy it again")
}

/// The words, each after its length; `facts` bytes after their number are of no use here.
fn vocab(source: &mut Source, facts: usize) -> Result<Vec<Vec<u8>>> {
    let count = number::<8>(source)?;
    source.take(facts)?;
    let mut words = Vec::new();
    for n in 1..=count {
        let at = source.at();
        let length = usize::try_from(number::<4>(source)?).unwrap_or(usize::MAX);
        if length > LONGEST {
            let found = format!("{length}; copy the file again");
            return Err(source.wrong(format!("length of word {n}"), at, "at most 1 MiB", found));
        }
        match source.take(length)? {
            Some(word) => words.push(word.to_vec()),
            None => return Err(cut(source, at)),
        }
    }
    Ok(words)
}

fn read_rows(
    source: &mut Source,
    length: u64,
    words: &[Vec<u8>],
    options: &ReadOptions,
) -> Result<Rows> {
    let at = source.at();
    let count = number::<8>(source)?;
    let dim = number::<4>(source)?;
    let kind = number::<4>(source)?;
    if kind != u64::from(F32) {
        return Err(source.wrong("the matrix", at, "floats (type 10)", format!("type {kind}")));
    }
    let numbers = count.saturating_mul(dim).saturating_mul(4);
    padding(source, length, numbers.saturating_add(16))?;
    let dim = check_left(source, (count, dim, Dtype::F32), false)?;
    if count < words.len() as u64 {
        let expected = format!("at least {} rows, one for each word", words.len());
        return Err(source.wrong("the matrix", at, expected, count.to_string()));
    }
    let certain = source.left().is_some();
    let kept = (words.len() as u64, certain);
    let mut rows = Rows::new(Format::Finalfusion, dim, kept, options);
    let known = words.iter().map(Vec::as_slice);
    read_matrix(source, &mut rows, (dim, Dtype::F32), known)?;
    // The rows of n-grams come after those of the words.
    let rest = count.saturating_sub(words.len() as u64);
    source.skip_far(rest.saturating_mul(dim as u64).saturating_mul(4))?;
    Ok(rows)
}

fn read_norms(source: &mut Source, length: u64) -> Result<Vec<f32>> {
    let count = number::<8>(source)?;
    number::<4>(source)?;
    padding(source, length, count.saturating_mul(4).saturating_add(12))?;
    let mut norms = Vec::new();
    for _ in 0..count {
        let at = source.at();
        match source.take(4)? {
            Some(bytes) => norms.extend(each(bytes).map(f32::from_le_bytes)),
            None => return Err(cut(source, at)),
        }
    }
    Ok(norms)
}

/// Skips what a chunk of `length` bytes has more than the `used` ones: up to 4 bytes.
fn padding(source: &mut Source, length: u64, used: u64) -> Result<()> {
    match length.checked_sub(used) {
        Some(padding @ 0..=4) => source.skip_far(padding),
        _ => {
            let expected = format!("{used} bytes and at most 4 of padding");
            let found = format!("{length}; copy the file again");
            Err(source.wrong("length of a chunk", source.at(), expected, found))
        }
    }
}

pub(super) fn write(selection: &Selection, out: &mut dyn Write) -> Result<()> {
    let failed = selection.failed();
    let head = head(selection);
    out.write_all(&head).map_err(&failed)?;
    let (mut norms, mut bytes) = (Vec::new(), Vec::new());
    selection.for_each(|_, row| {
        let inverse = inverse_norm(row);
        let (scale, norm) = match inverse {
            0.0 => (1.0, 1.0),
            _ => (inverse, 1.0 / inverse),
        };
        norms.extend(f32::to_le_bytes(norm));
        bytes.clear();
        bytes.extend(row.iter().flat_map(|x| (x * scale).to_le_bytes()));
        out.write_all(&bytes).map_err(&failed)
    })?;
    let mut tail = Vec::new();
    tail.extend(chunk::NORMS.to_le_bytes());
    // The rows end at a multiple of 4, so only this chunk's own head counts.
    let pad = padding_at(4 + 8 + 8 + 4);
    let length = norms.len().saturating_add(12).saturating_add(pad.len());
    tail.extend((length as u64).to_le_bytes());
    tail.extend((selection.len() as u64).to_le_bytes());
    tail.extend(F32.to_le_bytes());
    tail.extend(pad);
    tail.extend(norms);
    out.write_all(&tail).map_err(&failed)
}

/// Everything before the rows.
fn head(selection: &Selection) -> Vec<u8> {
    let mut head = Vec::new();
    head.extend(MAGIC);
    for number in [0, 3, chunk::SIMPLE_VOCAB, chunk::MATRIX, chunk::NORMS] {
        head.extend(u32::to_le_bytes(number));
    }
    let (rows, dim) = (selection.len() as u64, selection.dim() as u64);
    let words = selection.words();
    let text = words.fold(8u64, |all, w| {
        all.saturating_add(w.len() as u64).saturating_add(4)
    });
    head.extend(chunk::SIMPLE_VOCAB.to_le_bytes());
    head.extend(text.to_le_bytes());
    head.extend(rows.to_le_bytes());
    for word in selection.words() {
        head.extend(u32::try_from(word.len()).unwrap_or(u32::MAX).to_le_bytes());
        head.extend(word.as_bytes());
    }
    head.extend(chunk::MATRIX.to_le_bytes());
    // Length, rows, columns and type come before the padding.
    let pad = padding_at(head.len().saturating_add(8 + 8 + 4 + 4));
    let length = rows
        .saturating_mul(dim)
        .saturating_mul(4)
        .saturating_add(16);
    head.extend(length.saturating_add(pad.len() as u64).to_le_bytes());
    head.extend(rows.to_le_bytes());
    head.extend(u32::try_from(dim).unwrap_or(u32::MAX).to_le_bytes());
    head.extend(F32.to_le_bytes());
    head.extend(pad);
    head
}

/// The format's own rule: 1 to 4 zeros up to a multiple of 4.
fn padding_at(position: usize) -> &'static [u8] {
    let length = 4usize.saturating_sub(position % 4);
    &[0; 4][..length]
}
