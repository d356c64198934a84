//! Files of embeddings, one file a format.
//!
//! May use `embeddings`, `vocab` and `memory`.
#![cfg_attr(
    not(test),
    warn(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)
)]

mod atomic;
mod beside;
mod bytes;
mod claim;
mod detect;
mod dtype;
mod fasttext;
mod finalfusion;
mod formats;
mod native;
mod npy;
mod place;
mod report;
mod rows;
mod safetensors;
mod select;
mod source;
mod tensorboard;
mod text;
mod word2vec_binary;
mod wordlist;

use std::fs::File;
use std::path::Path;

pub use atomic::{AtomicFile, Registration, probe_output, remove_unfinished};
pub use bytes::to_text as word_of_bytes;
pub use claim::Claim;
pub use formats::Format;
pub use native::Extra;
pub use npy::npy_header;
pub use place::{check_name, folder_of, follow_links};
pub use report::ReadReport;
pub use select::{Stored, WriteOptions};

use crate::embeddings::{Dtype, Embeddings};
use crate::error::{Error, FormatError, Result};
use crate::memory::MappedFile;
use detect::Content;
use select::Selection;
use source::Source;

/// How much of a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOptions {
    /// Words at most. The native format opens in no time whatever its size, and ignores this.
    pub limit: usize,
    /// Rows stay in the file where they can, for whoever reads each of them once, as
    /// [`save_as`] does.
    pub in_place: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            limit: usize::MAX,
            in_place: false,
        }
    }
}

/// Opens a file of embeddings; its format is told by its content.
///
/// # Errors
/// No such file, an unknown format, or a damaged file.
pub fn open(path: &Path) -> Result<Embeddings> {
    read(path, &ReadOptions::default()).map(|(embeddings, _)| embeddings)
}

/// As [`open`], with a report on what was found.
///
/// # Errors
/// No such file, an unknown format, or a damaged file.
pub fn read(path: &Path, options: &ReadOptions) -> Result<(Embeddings, ReadReport)> {
    let file = open_file(path)?;
    let native = file.try_clone().map_err(|e| Error::io(path, "read", e))?;
    let mut source = Source::open(path, file)?;
    match detect::recognise(text::head(&mut source)?) {
        Content::Known(Format::Native) if source.left().is_some() => {
            let map = MappedFile::map(&native, path)
                .map_err(|e| Error::io(path, "map into memory", e))?;
            Ok((native::open(path, map)?, ReadReport::new(Format::Native)))
        }
        Content::Known(Format::Native) => Err(FormatError::Unknown {
            path: path.to_path_buf(),
            found: match source.packed() {
                Some(_) => "one that is packed",
                None => "a native one that comes through a pipe",
            },
            cure: match source.packed() {
                Some(_) => "unpack it first, it is used where it lies",
                None => "name the file itself, it is used where it lies",
            },
        }
        .into()),
        Content::Known(format) => {
            // What cannot be mapped (a pipe) is read.
            if let (true, None, Ok(map)) = (
                options.in_place,
                source.packed(),
                MappedFile::map(&native, path),
            ) {
                source.map(map);
            }
            format.read(&mut source, options)
        }
        Content::Unknown(found, cure) => Err(FormatError::Unknown {
            path: path.to_path_buf(),
            found,
            cure,
        }
        .into()),
    }
}

/// The format of a file, told by its content.
fn format_of(path: &Path) -> Result<Option<Format>> {
    let mut source = Source::open(path, open_file(path)?)?;
    match detect::recognise(text::head(&mut source)?) {
        Content::Known(format) => Ok(Some(format)),
        Content::Unknown(..) => Ok(None),
    }
}

fn open_file(path: &Path) -> Result<File> {
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
    Ok(file)
}

/// Writes the native format to a temporary sibling of `path`, syncs it and renames it.
///
/// # Errors
/// Whatever the system refuses; an older file at `path` is then untouched.
pub fn save(path: &Path, embeddings: &Embeddings) -> Result<()> {
    save_as(path, Format::Native, embeddings, &WriteOptions::default()).map(drop)
}

/// As [`save`], with further sections, which [`Embeddings::extra`] gives back. An older file at
/// `path` goes to `backup`.
///
/// # Errors
/// Whatever the system refuses; an older file at `path` is then untouched.
pub fn save_keeping(
    path: &Path,
    embeddings: &Embeddings,
    extras: &[Extra],
    backup: &Path,
) -> Result<()> {
    let selection = Selection::new(path, embeddings, &WriteOptions::default())?;
    let mut file = AtomicFile::create(path)?;
    native::write_with(&selection, extras, &mut file)?;
    file.commit_keeping(backup)
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// How many words.
    pub words: usize,
    /// Words that the format cannot hold, left out by [`WriteOptions::skip_unwritable`].
    pub left_out: Vec<String>,
    /// Rows with numbers beyond what [`WriteOptions::numbers`] holds; its largest stands for these.
    pub beyond: usize,
    /// Whether the native file lost its rows of the prediction side, which do not belong to vectors of
    /// length 1.
    pub output_left_out: bool,
}

/// As [`save`], in any format.
///
/// # Errors
/// Words that the format cannot hold; whatever the system refuses.
pub fn save_as(
    path: &Path,
    format: Format,
    embeddings: &Embeddings,
    options: &WriteOptions,
) -> Result<Written> {
    let mut selection = Selection::new(path, embeddings, options)?;
    let unwritable = selection.without(|word| format.cannot_hold(word));
    let refused = |count, first: &str| FormatError::Unwritable {
        path: path.to_path_buf(),
        format: format.name(),
        count,
        first: first.to_owned(),
        why: format.cannot_hold_why(),
    };
    if let Some(name) = selection.first_names().find(|n| format.cannot_hold(n)) {
        return Err(refused(1, name).into());
    }
    if let (Some(&first), false) = (unwritable.first(), options.skip_unwritable) {
        return Err(refused(unwritable.len(), embeddings.word(first)).into());
    }
    let mut beyond = 0usize;
    let dtype = options.numbers.dtype;
    if dtype == Dtype::F16 {
        selection.for_each(|_, row| {
            beyond = beyond.saturating_add(usize::from(dtype.is_beyond(row)));
            Ok(())
        })?;
    }
    // Last, so that nothing is left to fail or to wait for once the file is there.
    format.write(path, &selection)?;
    let left_out = unwritable.into_iter();
    Ok(Written {
        words: selection.len(),
        left_out: left_out.map(|id| embeddings.word(id).to_owned()).collect(),
        beyond,
        output_left_out: format == Format::Native && selection.loses_output(),
    })
}

#[cfg(test)]
mod matrix_tests;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod text_tests;
