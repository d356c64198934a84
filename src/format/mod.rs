//! Files of embeddings, one file a format.
//!
//! May use `embeddings`, `vocab` and `memory`.

use std::path::Path;

use crate::embeddings::Embeddings;
use crate::error::Result;

/// Opens a file of embeddings; its format is told by its content.
///
/// # Errors
/// No such file, an unknown format, or a damaged file.
pub fn open(path: &Path) -> Result<Embeddings> {
    let _ = path;
    unimplemented!()
}

/// Writes the native format to a temporary sibling of `path`, syncs it and renames it.
///
/// # Errors
/// Whatever the system refuses; an older file at `path` is then untouched.
pub fn save(path: &Path, embeddings: &Embeddings) -> Result<()> {
    let _ = (path, embeddings);
    unimplemented!()
}

/// Checks that a file can be written at `path`, leaving no trace: to be called before hours of work.
///
/// # Errors
/// What the system would refuse.
pub fn probe_output(path: &Path) -> Result<()> {
    let _ = path;
    unimplemented!()
}
