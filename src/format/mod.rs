//! Files of embeddings, one file a format.
//!
//! May use `embeddings`, `vocab` and `memory`.
#![cfg_attr(
    not(test),
    warn(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)
)]

mod atomic;
mod detect;
mod native;

use std::fs::File;
use std::path::Path;

pub use atomic::{AtomicFile, probe_output, remove_unfinished};

use crate::embeddings::Embeddings;
use crate::error::{Error, FormatError, Result};
use crate::memory::MappedFile;

/// Opens a file of embeddings; its format is told by its content.
///
/// # Errors
/// No such file, an unknown format, or a damaged file.
pub fn open(path: &Path) -> Result<Embeddings> {
    let file = File::open(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => FormatError::NotFound(path.to_path_buf()).into(),
        _ => Error::io(path, "open for reading", source),
    })?;
    let kind = file
        .metadata()
        .map_err(|e| Error::io(path, "ask about", e))?;
    if kind.is_dir() {
        return Err(FormatError::IsFolder(path.to_path_buf()).into());
    }
    let map = MappedFile::map(&file).map_err(|e| Error::io(path, "map into memory", e))?;
    if native::recognises(map.bytes()) {
        return native::open(path, map);
    }
    let (found, cure) = detect::describe(map.bytes());
    Err(FormatError::Unknown {
        path: path.to_path_buf(),
        found,
        cure,
    }
    .into())
}

/// Writes the native format to a temporary sibling of `path`, syncs it and renames it.
///
/// # Errors
/// Whatever the system refuses; an older file at `path` is then untouched.
pub fn save(path: &Path, embeddings: &Embeddings) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    native::write(path, embeddings, &mut file)?;
    file.commit()
}
