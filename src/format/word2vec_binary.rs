//! word2vec's binary file: `words dim\n`, then each word, a space and its little-endian floats.
//!
//! Some writers put a line feed after each row and some do not, so line feeds are dropped before
//! a word, never after a row.

use std::io::Write;

use super::bytes::to_bytes;
use super::rows::Rows;
use super::select::Selection;
use super::source::{LONGEST, Source};
use super::{Format, ReadOptions, ReadReport};
use crate::embeddings::{Dtype, Embeddings};
use crate::error::{Error, Result};

pub(super) fn read(source: &mut Source, options: &ReadOptions) -> Result<(Embeddings, ReadReport)> {
    let (words, dim) = header(source)?;
    let row_bytes = dim.saturating_mul(4);
    // A word, even an empty one, is ended by a space.
    let least = words.saturating_mul((row_bytes as u64).saturating_add(1));
    if let Some(left) = source.left().filter(|&left| least > left) {
        let expected = format!("at least {least} bytes for {words} words of {dim} floats");
        return Err(source.wrong("header", 0, expected, format!("{left}; {CUT}")));
    }
    let certain = source.left().is_some();
    let expected = (words, certain);
    let mut rows = Rows::in_file(Format::Word2vecBinary, dim, expected, (source, options));
    for number in 1..=words {
        if rows.is_full() {
            return rows.finish(source);
        }
        while matches!(source.peek(1)?, b"\n")
            || (source.peek(2)?.len() == 2 && matches!(source.peek(2)?, b"\r\n"))
        {
            source.skip(1);
        }
        let at = source.at();
        let Some(word) = source.until(b' ')? else {
            return Err(cut(source, number, at, "a word and a space"));
        };
        let added = rows.word(word, 0);
        let at = source.at();
        let Some(floats) = source.take(row_bytes)? else {
            let expected = format!("{dim} floats");
            return Err(cut(source, number, at, &expected));
        };
        if added {
            rows.row_at(at, floats);
        }
    }
    while matches!(source.peek(1)?, b"\n" | b"\r") {
        source.skip(1);
    }
    if !source.peek(1)?.is_empty() {
        let expected = format!("the file's end after {words} words");
        let found = "more; the header's count is too low: write the file again";
        return Err(source.wrong("after the last row", source.at(), expected, found));
    }
    rows.finish(source)
}

const CUT: &str = "the file was cut: copy it or write it again";

fn header(source: &mut Source) -> Result<(u64, usize)> {
    let line = source.until(b'\n')?.map(<[u8]>::to_vec).unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    let mut fields = line.split_ascii_whitespace();
    let words = fields.next().and_then(|f| f.parse().ok());
    let dim = fields.next().and_then(|f| f.parse().ok());
    match (words, dim) {
        (Some(words), Some(dim @ 1..)) if u32::try_from(words).is_ok() => Ok((words, dim)),
        _ => {
            let expected = "number of words (below 2^32) and vector length (at least 1)";
            Err(source.wrong("header", 0, expected, format!("{:?}", line.trim_end())))
        }
    }
}

fn cut(source: &mut Source, number: u64, at: u64, expected: &str) -> Error {
    let left = source.peek(LONGEST).map_or(0, <[u8]>::len);
    let place = format!("word {number}");
    source.wrong(place, at, expected, format!("{left} bytes; {CUT}"))
}

/// The words that the format cannot hold.
pub(super) fn cannot_hold(word: &str) -> bool {
    word.contains([' ', '\n']) || word.starts_with('\r')
}

pub(super) fn write(selection: &Selection, out: &mut dyn Write) -> Result<()> {
    let failed = selection.failed();
    writeln!(out, "{} {}", selection.len(), selection.dim()).map_err(&failed)?;
    let mut bytes = Vec::new();
    selection.for_each_bytes(Dtype::F32, |word, row, _| {
        bytes.clear();
        bytes.extend_from_slice(&to_bytes(word));
        bytes.push(b' ');
        bytes.extend_from_slice(row);
        bytes.push(b'\n');
        out.write_all(&bytes).map_err(&failed)
    })
}
