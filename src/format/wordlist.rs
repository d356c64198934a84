//! Words in a file of their own, one a line, beside a matrix that cannot hold them.

use std::fs;
use std::path::{Path, PathBuf};

use super::Format;
use super::beside::Beside;
use super::bytes::to_bytes;
use super::select::Selection;
use crate::error::{Error, FormatError, Result};

pub(super) const BESIDE: Beside = Beside {
    paths: |path| vec![path_beside(path)],
    contents: |selection| vec![list(selection)],
    words_of,
    formats: &[Format::Npy, Format::Safetensors],
    apart: "name",
};

/// The list that belongs to the matrix at `path`: `vectors.npy` has `vectors.vocab.txt`.
pub(super) fn path_beside(path: &Path) -> PathBuf {
    let packed = path.extension().is_some_and(|e| e == "gz" || e == "zst");
    let plain = if packed {
        path.with_extension("")
    } else {
        path.to_path_buf()
    };
    plain.with_extension("vocab.txt")
}

/// The list of the matrix at `path`: its own, or a `vocab.txt` in its folder.
fn words_of(path: &Path) -> Option<PathBuf> {
    let shared = path.with_file_name("vocab.txt");
    [path_beside(path), shared]
        .into_iter()
        .find(|list| list.exists())
}

/// The words of the matrix at `path`, and where they stand.
pub(super) fn read(path: &Path) -> Result<(PathBuf, Vec<u8>)> {
    let list = words_of(path).ok_or_else(|| FormatError::NoWordList {
        path: path.to_path_buf(),
        expected: path_beside(path),
    })?;
    let bytes = fs::read(&list).map_err(|e| Error::io(&list, "read", e))?;
    Ok((list, bytes))
}

/// The lines of a list.
pub(super) fn words(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = list.strip_suffix(b"\n").unwrap_or(list);
    let lines = whole.split(|&b| b == b'\n');
    let lines = lines.take(if list.is_empty() { 0 } else { usize::MAX });
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Checks that the list has a word for each of `rows` rows.
pub(super) fn check_length(list: (&Path, &[u8]), rows: u64) -> Result<()> {
    let found = words(list.1).count();
    if found as u64 == rows {
        return Ok(());
    }
    Err(FormatError::Content {
        path: list.0.to_path_buf(),
        place: "the word list".into(),
        at: 0,
        expected: format!("{rows} lines, one for each vector"),
        found: format!("{found}; take the list that belongs to the vectors"),
    }
    .into())
}

pub(super) fn cannot_hold(word: &str) -> bool {
    word.contains(['\n', '\r'])
}

fn list(selection: &Selection) -> Vec<u8> {
    let mut list = Vec::new();
    for word in selection.words() {
        list.extend_from_slice(&to_bytes(word));
        list.push(b'\n');
    }
    list
}
