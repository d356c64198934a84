//! Files beside a matrix that cannot hold its words, and whose they are.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::atomic::{AtomicFile, probe_output};
use super::place::folder_of;
use super::select::Selection;
use super::{Format, ReadOptions};
use crate::error::{Error, FormatError, Result};

/// What stands beside the matrix of a format.
pub(super) struct Beside {
    /// The files beside the matrix at a path, that of the words first.
    pub(super) paths: fn(&Path) -> Vec<PathBuf>,
    /// What they hold, in the same order.
    pub(super) contents: fn(&Selection) -> Vec<Vec<u8>>,
    /// The file where the words of a matrix at this path are, if there is one.
    pub(super) words_of: fn(&Path) -> Option<PathBuf>,
    /// The formats that have their words there.
    pub(super) formats: &'static [Format],
    /// What another matrix needs that shall have words of its own.
    pub(super) apart: &'static str,
}

impl Beside {
    /// Checks that the files beside the matrix at `path` can be written, before the words are known.
    pub(super) fn probe(&self, path: &Path) -> Result<()> {
        (self.paths)(path)
            .iter()
            .try_for_each(|p| probe_output(p))?;
        self.check(path, None)
    }

    /// Writes the files beside the output of `selection`; they wait for their names.
    pub(super) fn write(&self, selection: &Selection) -> Result<Vec<AtomicFile>> {
        let contents = (self.contents)(selection);
        self.check(selection.path(), contents.first().map(Vec::as_slice))?;
        let paths = (self.paths)(selection.path()).into_iter();
        let files = paths.zip(contents).map(|(path, content)| {
            let mut file = AtomicFile::create(&path)?;
            let written = file.write_all(&content);
            written.map_err(|e| Error::io(&path, "write", e))?;
            Ok(file)
        });
        files.collect()
    }

    /// Refuses a matrix in whose own place its words belong, and one whose words would take the
    /// place of another's; the same `words` may be shared.
    fn check(&self, path: &Path, words: Option<&[u8]>) -> Result<()> {
        let paths = (self.paths)(path);
        if paths.iter().any(|beside| is_same(beside, path)) {
            return Err(FormatError::OwnWords(path.to_path_buf()).into());
        }
        let held = |other: &PathBuf| fs::read((self.words_of)(other)?).ok();
        let loses = |other: &PathBuf| words.is_none() || held(other).as_deref() != words;
        match self.others(path, &paths).find(loses) {
            Some(other) => Err(FormatError::WordsOfAnother {
                path: path.to_path_buf(),
                other,
                apart: self.apart,
            }
            .into()),
            None => Ok(()),
        }
    }

    /// Other matrices that have their words in `paths`, by name or behind a link, and can be read with those that
    /// are there. What stands in `paths` is none, even where the words are numbers.
    fn others(&self, path: &Path, paths: &[PathBuf]) -> impl Iterator<Item = PathBuf> {
        let entries = fs::read_dir(folder_of(path))
            .into_iter()
            .flatten()
            .flatten();
        let files = entries.map(|entry| path.with_file_name(entry.file_name()));
        let shares = move |other: &Path| {
            let words = (self.words_of)(other);
            let is_ours = |words: &PathBuf| paths.first().is_some_and(|own| is_same(words, own));
            words.is_some_and(|words| (self.paths)(other) == paths || is_ours(&words))
        };
        files.filter(move |other| {
            other.is_file()
                && shares(other)
                && !is_same(other, path)
                && !paths.iter().any(|beside| is_same(other, beside))
                && self.is_read(other)
        })
    }

    fn is_read(&self, path: &Path) -> bool {
        let first = ReadOptions {
            limit: 1,
            in_place: true,
        };
        super::format_of(path).is_ok_and(|found| found.is_some_and(|f| self.formats.contains(&f)))
            && super::read(path, &first).is_ok()
    }
}

/// Whether two names are those of one file.
fn is_same(a: &Path, b: &Path) -> bool {
    let real = |path| fs::canonicalize(path).ok();
    a == b || real(a).is_some_and(|a| Some(a) == real(b))
}
