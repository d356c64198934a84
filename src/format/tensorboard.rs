//! TensorBoard's projector: numbers parted by tabs, and beside them `metadata.tsv` with the words
//! and `projector_config.pbtxt`, which names both.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::beside::Beside;
use super::bytes::to_bytes;
use super::rows::Rows;
use super::select::Selection;
use super::source::Source;
use super::text::{self, push_number};
use super::{Format, ReadOptions, ReadReport};
use crate::embeddings::Embeddings;
use crate::error::{Error, FormatError, Result};

const METADATA: &str = "metadata.tsv";
const CONFIG: &str = "projector_config.pbtxt";

pub(super) const BESIDE: Beside = Beside {
    paths: |path| {
        [METADATA, CONFIG]
            .map(|name| path.with_file_name(name))
            .into()
    },
    contents: |selection| vec![metadata(selection), config(selection)],
    words_of,
    formats: &[Format::TensorBoard],
    apart: "folder",
};

/// The words of the numbers at `path`, whatever its name.
fn words_of(path: &Path) -> Option<PathBuf> {
    Some(path.with_file_name(METADATA)).filter(|words| words.exists())
}

/// Reads the numbers at `source` and the words beside them. Without these the first number of each
/// line is taken for a word, as in any other text.
pub(super) fn read(source: &mut Source, options: &ReadOptions) -> Result<(Embeddings, ReadReport)> {
    let Some(path) = words_of(source.path()) else {
        return text::read(source, options);
    };
    let bytes = fs::read(&path).map_err(|e| Error::io(&path, "read", e))?;
    let words = words(&bytes);
    let dim = text::head(source)?.split(|&b| b == b'\n').next();
    let dim = dim.map_or(0, |line| line.split(|&b| b == b'\t').count());
    let mut rows = Rows::new(
        Format::TensorBoard,
        dim,
        (words.len() as u64, false),
        options,
    );
    let mut floats = Vec::with_capacity(dim);
    let mut lines = 0usize;
    loop {
        let at = source.at();
        let Some(line) = source.line()? else { break };
        let row = numbers(line, &mut floats);
        if row.is_none() || floats.len() != dim {
            let found = format!(
                "{:?}",
                String::from_utf8_lossy(line)
                    .chars()
                    .take(60)
                    .collect::<String>()
            );
            let place = format!("line {}", lines.saturating_add(1));
            return Err(source.wrong(place, at, format!("{dim} numbers parted by tabs"), found));
        }
        let word = words.get(lines).copied();
        lines = lines.saturating_add(1);
        if let Some((word, count)) = word.filter(|_| !rows.is_full())
            && rows.word(word, count)
        {
            rows.row(floats.iter().copied());
        }
    }
    if lines != words.len() {
        return Err(FormatError::Content {
            path,
            place: "the words".into(),
            at: 0,
            expected: format!("{lines} lines, one for each vector (and a line of headings)"),
            found: format!("{}; write both files again", words.len()),
        }
        .into());
    }
    rows.report().words_in = Some(path);
    rows.finish(source)
}

fn numbers(line: &[u8], floats: &mut Vec<f32>) -> Option<()> {
    floats.clear();
    for field in line.split(|&b| b == b'\t') {
        floats.push(std::str::from_utf8(field).ok()?.trim().parse().ok()?);
    }
    Some(())
}

/// One column has no headings; several have, and the first is the word.
fn words(metadata: &[u8]) -> Vec<(&[u8], u64)> {
    let whole = metadata.strip_suffix(b"\n").unwrap_or(metadata);
    let lines = whole.split(|&b| b == b'\n');
    let mut lines = lines
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .peekable();
    let headings = lines.next_if(|first| first.contains(&b'\t'));
    let mut headings = headings.unwrap_or_default().split(|&b| b == b'\t');
    let count = headings.position(|h| h.eq_ignore_ascii_case(b"count"));
    let row = |line| {
        let mut fields = <[u8]>::split(line, |&b| b == b'\t');
        let word = fields.next().unwrap_or_default();
        let field = count.and_then(|at| fields.nth(at.checked_sub(1)?));
        let number = field.and_then(|f| std::str::from_utf8(f).ok()?.parse().ok());
        (word, number.unwrap_or(0))
    };
    lines.map(row).collect()
}

pub(super) fn cannot_hold(word: &str) -> bool {
    word.contains(['\t', '\n', '\r'])
}

/// The numbers.
pub(super) fn write(selection: &Selection, out: &mut dyn Write) -> Result<()> {
    let failed = selection.failed();
    let mut line = Vec::new();
    selection.for_each(|_, row| {
        line.clear();
        for (i, x) in row.iter().enumerate() {
            if i > 0 {
                line.push(b'\t');
            }
            push_number(&mut line, *x).map_err(&failed)?;
        }
        line.push(b'\n');
        out.write_all(&line).map_err(&failed)
    })
}

/// The words, with their counts where there are any.
fn metadata(selection: &Selection) -> Vec<u8> {
    let known = selection.counts().any(|count| count > 0);
    let mut lines = Vec::new();
    // A single column must have no headings, two must have them.
    if known {
        lines.extend_from_slice(b"word\tcount\n");
    }
    for (word, count) in selection.words().zip(selection.counts()) {
        lines.extend_from_slice(&to_bytes(word));
        if known {
            lines.extend_from_slice(format!("\t{count}").as_bytes());
        }
        lines.push(b'\n');
    }
    lines
}

fn config(selection: &Selection) -> Vec<u8> {
    let name = selection.path().file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    format!("embeddings {{\n  tensor_path: {name:?}\n  metadata_path: {METADATA:?}\n}}\n").into()
}
