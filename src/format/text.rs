//! Text: each line a word and its numbers, as word2vec, fastText (`.vec`) and GloVe write it.
//!
//! Fields are parted by single spaces (or tabs, where the first row has them) and by nothing else:
//! words may hold no-break spaces and all that Unicode calls white. The last fields of a line are
//! the numbers and the rest is the word, so that words with spaces are read too.

use std::io::Write;

use memchr::memrchr;

use super::bytes::to_bytes;
use super::rows::Rows;
use super::select::Selection;
use super::source::Source;
use super::{Format, ReadOptions, ReadReport};
use crate::embeddings::Embeddings;
use crate::error::{Error, Result};

/// Bytes of the beginning that decide about the layout.
const HEAD: usize = 1 << 16;

/// The same where vectors are so long that this is less than two lines: the longest ones that are trained take a megabyte.
const LONG_HEAD: usize = 1 << 21;

/// What some editors put before UTF-8; no part of it.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The beginning of a file, enough of it to tell how it is made. A byte order mark before a header is skipped;
/// without a header the same bytes may begin the first word.
pub(super) fn head(source: &mut Source) -> Result<&[u8]> {
    let marked = source.peek(HEAD)?.strip_prefix(BYTE_ORDER_MARK);
    let is_headed = |rest| layout(rest).is_some_and(|layout| layout.header.is_some());
    if marked.is_some_and(is_headed) && source.at() == 0 {
        source.skip(BYTE_ORDER_MARK.len());
    }
    let lines = memchr::memchr_iter(b'\n', source.peek(HEAD)?);
    let want = match lines.take(2).count() {
        2 => HEAD,
        _ => LONG_HEAD,
    };
    source.peek(want)
}

/// How the lines of one file are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Number of words by the header, if there is one.
    pub(super) header: Option<u64>,
    pub(super) dim: usize,
    separator: u8,
}

/// Whether the first lines are numbers parted by tabs, without a word.
pub(super) fn is_numbers_only(head: &[u8]) -> bool {
    // The last number is whole only at the end of a file.
    let ends = |&b: &u8| b == b'\t' || b == b'\n';
    let cut = head.iter().rposition(ends).filter(|_| head.len() >= HEAD);
    let head = &head[..cut.unwrap_or(head.len())];
    let mut lines = head
        .split(|&b| b == b'\n')
        .filter(|line| !line.is_empty())
        .take(10);
    let numeric = |line: &[u8]| {
        line.split(|&b| b == b'\t')
            .all(|field| is_numeric(trim(field)))
    };
    !head.is_empty() && lines.all(numeric)
}

/// The layout of a file that begins with `head`; `None` when that is no text of vectors.
pub(super) fn layout(head: &[u8]) -> Option<Layout> {
    let second = trim(head.split(|&b| b == b'\n').nth(1).unwrap_or_default());
    let lines = first_lines(head.split(|&b| b == b'\n'), head);
    let first = lines.first()?;
    let headed = header(first).map(|(words, dim)| Layout {
        header: Some(words),
        dim,
        separator: separator(second, dim),
    });
    let is_whole = !second.is_empty() && lines.len() > 1;
    let fits =
        |with: &Layout| with.dim == 0 || !is_whole || fields_of(second, with.separator) > with.dim;
    if let Some(layout) = headed.filter(fits) {
        return Some(layout);
    }
    let separator = separator(first, usize::MAX);
    let lines: Vec<&[u8]> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    if let Some(dim) = common_dim(&lines, separator) {
        return Some(Layout {
            header: None,
            dim,
            separator,
        });
    }
    // Rows shorter than the header says: whoever reads them tells.
    headed.filter(|with| common_dim(&lines[1..], with.separator).is_some())
}

/// How many numbers most of `lines` have, where all of them end in as many.
fn common_dim(lines: &[&[u8]], separator: u8) -> Option<usize> {
    let dim = most_common(lines.iter().map(|line| fields_of(line, separator)))?.checked_sub(1)?;
    let numeric = |line: &&[u8]| ends_in_numbers(line, separator, dim);
    (dim > 0 && lines.iter().all(numeric)).then_some(dim)
}

/// Whether the line after the header ends in numbers, as a row of text does.
pub(super) fn is_row(head: &[u8], dim: usize) -> bool {
    let mut lines = head.split(|&b| b == b'\n').skip(1).map(trim);
    let row = lines.next().unwrap_or_default();
    // Where there is no third line the second may be cut.
    let cut = usize::from(head.len() >= HEAD && lines.next().is_none());
    let separator = separator(row, dim);
    let fields: Vec<&[u8]> = row.split(|&b| b == separator).skip(1).collect();
    let mut numbers = fields.iter().rev().skip(cut).take(dim);
    fields.len() > cut && numbers.all(|field| is_numeric(field))
}

/// Whether each of the first lines after the header is a word and `dim` numbers.
pub(super) fn all_rows(head: &[u8], dim: usize) -> bool {
    let mut lines = first_lines(head.split(|&b| b == b'\n').skip(1), head).into_iter();
    lines.all(|line| {
        let separator = separator(line, dim);
        let is_row = || fields_of(line, separator) > dim && ends_in_numbers(line, separator, dim);
        line.is_empty() || is_row()
    })
}

/// A dozen of the lines of `head`, without what [`trim`] takes; the last one is whole only at the end of a file.
fn first_lines<'h>(lines: impl Iterator<Item = &'h [u8]>, head: &[u8]) -> Vec<&'h [u8]> {
    let mut lines: Vec<&[u8]> = lines.take(13).map(trim).collect();
    let cut = head.len() >= HEAD || lines.len() > 12;
    if cut && lines.len() > 1 {
        lines.pop();
    }
    lines
}

/// Whether the last `dim` fields of a line look like numbers, and there are as many.
fn ends_in_numbers(line: &[u8], separator: u8, dim: usize) -> bool {
    let fields = line.rsplit(|&b| b == separator).take(dim);
    fields.filter(|field| is_numeric(field)).count() == dim
}

/// The number of words and of dimensions, where the file begins with two whole numbers.
pub(super) fn header(head: &[u8]) -> Option<(u64, usize)> {
    let line = trim(head.split(|&b| b == b'\n').next()?);
    let mut fields = line.split(|&b| b == b' ' || b == b'\t');
    let words = integer(fields.next()?)?;
    let dim = usize::try_from(integer(fields.next()?)?).ok()?;
    fields.next().is_none().then_some((words, dim))
}

fn most_common(counts: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts: Vec<usize> = counts.collect();
    counts.sort_unstable();
    let runs = counts.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| run.len())?.first().copied()
}

/// Like a number, even when it cannot be read as one: so that what is wrong can be said.
fn is_numeric(field: &[u8]) -> bool {
    let sign = |b: &u8| b.is_ascii_digit() || b"+-.,eE".contains(b);
    let word = field.to_ascii_lowercase();
    let word = word.strip_prefix(b"-").unwrap_or(&word);
    !field.is_empty() && field.iter().all(sign) || word == b"nan" || word == b"inf"
}

fn integer(field: &[u8]) -> Option<u64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

fn fields_of(line: &[u8], separator: u8) -> usize {
    line.split(|&b| b == separator).count()
}

/// Tab, when the line has more tabs than spaces or as many as it should have numbers; else space.
fn separator(line: &[u8], dim: usize) -> u8 {
    let tabs = line.iter().filter(|&&b| b == b'\t').count();
    let spaces = line.iter().filter(|&&b| b == b' ').count();
    if tabs > spaces || tabs == dim {
        b'\t'
    } else {
        b' '
    }
}

/// Without the spaces and the CR that some writers put after the last number.
fn trim(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let end = line.iter().rposition(|&b| b != b' ' && b != b'\t');
    &line[..end.map_or(0, |i| i.saturating_add(1))]
}

fn number(field: &[u8]) -> Option<f32> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

pub(super) fn read(source: &mut Source, options: &ReadOptions) -> Result<(Embeddings, ReadReport)> {
    let Some(layout) = layout(head(source)?) else {
        let expected = "a word and its numbers";
        return Err(source.wrong("line 1", 0, expected, "something else"));
    };
    if layout.dim == 0 {
        return Err(source.wrong("header", 0, "a vector length of at least 1", "0"));
    }
    let format = match layout.header {
        Some(_) => Format::Word2vecText,
        None => Format::Glove,
    };
    let expected = (layout.header.unwrap_or(0), false);
    let mut rows = Rows::new(format, layout.dim, expected, options);
    let mut number = 0u64;
    let mut buffer = Vec::new();
    if layout.header.is_some() {
        source.line()?;
        number = 1;
    }
    loop {
        let at = source.at();
        let Some(line) = source.line()? else { break };
        number = number.saturating_add(1);
        if rows.is_full() {
            break;
        }
        if line.is_empty() {
            continue;
        }
        match parse(trim(line), layout, &mut buffer) {
            Ok(word) => {
                if rows.word(word, 0) {
                    rows.row(buffer.iter().rev().copied());
                }
            }
            Err(found) => return Err(bad_row(source, (number, at), layout.dim, &found)),
        }
    }
    if let (0, Some(words @ 1..)) = (rows.len(), layout.header) {
        let expected = format!("{words} words");
        return Err(source.wrong(
            "after the header",
            source.at(),
            expected,
            "none; copy it again",
        ));
    }
    let kept = (rows.len() as u64).saturating_add(rows.report().duplicates);
    if !rows.is_full() {
        rows.report().header_words = layout.header.filter(|&words| words != kept);
    }
    rows.finish(source)
}

fn bad_row(source: &Source, (number, at): (u64, u64), dim: usize, found: &str) -> Error {
    let expected = format!("a word and {dim} numbers");
    source.wrong(format!("line {number}"), at, expected, found)
}

/// Puts the numbers into `buffer`, the last first, and returns the word.
fn parse<'a>(line: &'a [u8], layout: Layout, buffer: &mut Vec<f32>) -> Result<&'a [u8], String> {
    buffer.clear();
    let mut left = line;
    while buffer.len() < layout.dim {
        let Some(at) = memrchr(layout.separator, left) else {
            let header = match layout.header {
                Some(_) => format!(", or correct the {} in its header", layout.dim),
                None => String::new(),
            };
            let found = buffer.len();
            return Err(format!("{found} numbers; write the file again{header}"));
        };
        let field = left.get(at.saturating_add(1)..).unwrap_or_default();
        match number(field) {
            Some(x) => buffer.push(x),
            None => {
                let shown = String::from_utf8_lossy(field)
                    .chars()
                    .take(40)
                    .collect::<String>();
                let cure = if field.contains(&b',') {
                    "; numbers need decimal points, not commas: export them again"
                } else {
                    "; write the file again"
                };
                return Err(format!("{shown:?}{cure}"));
            }
        }
        left = &left[..at];
    }
    // A word may hold spaces, but hardly a decimal fraction at its end.
    let mut rest = left.rsplit(|&b| b == layout.separator);
    let extra = rest.next().filter(|_| rest.next().is_some());
    if extra.is_some_and(|field| field.contains(&b'.') && number(field).is_some()) {
        return Err("more numbers; write the file again".into());
    }
    Ok(left)
}

/// The words that the format cannot hold so that every reader finds them again.
pub(super) fn cannot_hold(word: &str) -> bool {
    word.is_empty() || word.contains([' ', '\t', '\n', '\r'])
}

/// Numbers have as many digits as it takes to read back the same bits.
pub(super) fn write(selection: &Selection, out: &mut dyn Write) -> Result<()> {
    let header = format!("{} {}\n", selection.len(), selection.dim());
    out.write_all(header.as_bytes())
        .map_err(selection.failed())?;
    write_rows(selection, out)
}

/// As [`write`], without the header: GloVe's way.
pub(super) fn write_rows(selection: &Selection, out: &mut dyn Write) -> Result<()> {
    let failed = selection.failed();
    let mut line = Vec::new();
    selection.for_each(|word, row| {
        line.clear();
        line.extend_from_slice(&to_bytes(word));
        for x in row {
            line.push(b' ');
            push_number(&mut line, *x).map_err(&failed)?;
        }
        line.push(b'\n');
        out.write_all(&line).map_err(&failed)
    })
}

/// The shortest digits that read back as the same float.
pub(super) fn push_number(line: &mut Vec<u8>, x: f32) -> std::io::Result<()> {
    let size = x.abs();
    // Far from 1 the plain form grows long.
    if size != 0.0 && !(1e-6..1e9).contains(&size) && x.is_finite() {
        write!(line, "{x:e}")
    } else {
        write!(line, "{x}")
    }
}
