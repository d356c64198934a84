//! What the inputs are and how they are read: folders, formats, encodings.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};

use glob::{MatchOptions, Pattern};
use walkdir::{DirEntry, WalkDir};

use super::columns::Column;
use super::events::EventOptions;
use crate::error::{Error, Result, TextError};

/// Where text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, or a folder of files; compression is told by content.
    Path(PathBuf),
}

impl std::fmt::Display for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

/// What the bytes of an input, decompressed, hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum TextFormat {
    /// Text, a sentence a line.
    #[default]
    Plain,
    /// A JSON object a line, the text in one of its fields.
    JsonLines {
        /// Name of the field; `a.b` is field `b` of the object in field `a`, or else field `a.b`.
        field: String,
    },
    /// Comma-, semicolon- or tab-separated values with a header line; the delimiter is the one
    /// that occurs most in the header.
    Table {
        /// Name of the column.
        column: String,
    },
    /// The same kind of table; each row is a line of items, a category of each of these columns.
    Categories {
        /// The columns.
        columns: Vec<Column>,
    },
    /// The same kind of table; each row is an event. The items of a user in the order of time are a
    /// line, over all inputs together.
    Events(EventOptions),
}

/// How inputs are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceOptions {
    /// What the inputs hold.
    pub format: TextFormat,
    /// Of the files in folders, only those that match one of these patterns (`*.txt`); a pattern
    /// with a `/` is compared with the path within the folder, any other with the name. Empty:
    /// all files.
    pub include: Vec<String>,
    /// Files that are left out of folders: those that are written while these are read, by this run or the one before.
    pub without: Vec<PathBuf>,
    /// Name of the character encoding ("latin1", "gb18030"...); `None` is UTF-8, or UTF-16 where
    /// a byte order mark says so.
    pub encoding: Option<String>,
    /// Records without a readable text are counted and left out.
    pub skip_bad_lines: bool,
    /// Whole files (or records) are sentences: line ends count as white space. A scan sets this
    /// for [`Sentences::Document`](super::Sentences::Document).
    pub documents: bool,
}

impl SourceOptions {
    /// Names and values of what is not as usual, for people and for models.
    pub fn describe(&self) -> Vec<(&'static str, String)> {
        let mut all = match &self.format {
            TextFormat::Plain | TextFormat::Categories { .. } => Vec::new(),
            TextFormat::JsonLines { field } => vec![("field", field.clone())],
            TextFormat::Table { column } => vec![("column", column.clone())],
            TextFormat::Events(events) => vec![
                ("user", events.user.clone()),
                ("item", events.item.clone()),
                ("time", events.time.clone()),
            ],
        };
        if !self.include.is_empty() {
            all.push(("include", self.include.join(",")));
        }
        all.extend(self.encoding.clone().map(|name| ("encoding", name)));
        if self.skip_bad_lines {
            all.push(("skip-bad-lines", "yes".to_owned()));
        }
        all
    }
}

/// What happens while sources are read.
#[derive(Debug, Default)]
pub struct SourceCounters {
    /// Bytes read from the system, compressed ones as they are.
    pub bytes_read: AtomicU64,
    /// Bytes of text in UTF-8, after decompression.
    pub bytes_of_text: AtomicU64,
    /// Malformed sequences replaced while decoding another encoding than UTF-8, and in cells of tables.
    pub replaced: AtomicU64,
    /// Records left out.
    pub skipped: AtomicU64,
    /// Set to end reading with [`TextError::Interrupted`].
    pub stop: AtomicBool,
}

/// Replaces folders by the files in them: recursively, sorted by name, without hidden ones and those that
/// `sources` leave out. Links are followed, except those that lead back into a folder they are in.
///
/// # Errors
/// A name that is not there, a folder without files, a pattern that is none.
pub fn expand(inputs: &[Input], sources: &SourceOptions) -> Result<Vec<Input>> {
    let patterns = sources
        .include
        .iter()
        .map(|pattern| {
            Pattern::new(pattern).map_err(|source| TextError::Pattern {
                pattern: pattern.clone(),
                source,
            })
        })
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let without = sources.without.iter();
    let without: Vec<PathBuf> = without.filter_map(|p| p.canonicalize().ok()).collect();
    let mut files = Vec::with_capacity(inputs.len());
    for input in inputs {
        match input {
            Input::Path(path) if path.is_dir() => walk(path, (&patterns, &without), &mut files)?,
            Input::Path(path) => match path.try_exists() {
                Ok(true) => files.push(input.clone()),
                Ok(false) => return Err(TextError::NotFound { path: path.clone() }.into()),
                // Links in a circle, or a folder on the way that is shut.
                Err(source) => return Err(Error::io(path, "look at", source)),
            },
            Input::Stdin => files.push(input.clone()),
        }
    }
    Ok(files)
}

fn walk(
    folder: &Path,
    (patterns, without): (&[Pattern], &[PathBuf]),
    files: &mut Vec<Input>,
) -> Result<()> {
    let before = files.len();
    let entries = WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry));
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.loop_ancestor().is_some() => continue,
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_path_buf();
                let source = error.into_io_error().unwrap_or(ErrorKind::Other.into());
                return Err(TextError::InFolder { path, source }.into());
            }
        };
        let left_out = |path: &Path| {
            path.canonicalize()
                .is_ok_and(|path| without.contains(&path))
        };
        let wanted = patterns.is_empty() || patterns.iter().any(|p| matches(p, folder, &entry));
        if entry.file_type().is_file() && wanted && (without.is_empty() || !left_out(entry.path()))
        {
            files.push(Input::Path(entry.into_path()));
        }
    }
    if files.len() == before {
        return Err(TextError::EmptyFolder {
            path: folder.to_path_buf(),
            filtered: !patterns.is_empty(),
        }
        .into());
    }
    Ok(())
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn matches(pattern: &Pattern, folder: &Path, entry: &DirEntry) -> bool {
    if !pattern.as_str().contains('/') {
        return pattern.matches(&entry.file_name().to_string_lossy());
    }
    let options = MatchOptions {
        require_literal_separator: true,
        ..MatchOptions::default()
    };
    let inner = entry.path().strip_prefix(folder).unwrap_or(entry.path());
    pattern.matches_path_with(inner, options)
}
