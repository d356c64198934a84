//! Words in a file of their own, one a line, beside a matrix that cannot hold them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::atomic::AtomicFile;
use super::bytes::to_bytes;
use super::select::Selection;
use crate::error::{Error, FormatError, Result};

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

/// The words of the matrix at `path`: from its own list, or from a `vocab.txt` in its folder.
pub(super) fn read(path: &Path) -> Result<(PathBuf, Vec<u8>)> {
    let own = path_beside(path);
    let shared = path.with_file_name("vocab.txt");
    let list = if own.exists() { &own } else { &shared };
    if !list.exists() {
        return Err(FormatError::NoWordList {
            path: path.to_path_buf(),
            expected: own,
        }
        .into());
    }
    let bytes = fs::read(list).map_err(|e| Error::io(list, "read", e))?;
    Ok((list.clone(), bytes))
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

/// Writes the words of `selection` beside its output.
pub(super) fn write_beside(selection: &Selection) -> Result<Vec<AtomicFile>> {
    let path = path_beside(selection.path());
    let mut file = AtomicFile::create(&path)?;
    for word in selection.words() {
        let line = file
            .write_all(&to_bytes(word))
            .and_then(|()| file.write_all(b"\n"));
        line.map_err(|e| Error::io(&path, "write", e))?;
    }
    Ok(vec![file])
}
