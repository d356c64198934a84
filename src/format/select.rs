//! What is written: all words or some, as they are or at length 1.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;

use crate::embeddings::{Embeddings, Metadata};
use crate::error::{Error, Result};

/// Words chosen from some embeddings, for an output at `path`.
pub(super) struct Selection<'a> {
    path: &'a Path,
    embeddings: &'a Embeddings,
    ids: Vec<u32>,
    normalize: bool,
}

/// Which words are written, and how.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// Only this many of the most frequent words (the first rows); `None` for all.
    pub limit: Option<usize>,
    /// Only these words; `None` for all.
    pub words: Option<HashSet<String>>,
    /// Rows at length 1. Rows without a direction stay as they are.
    pub normalize: bool,
    /// Leave words out that the format cannot hold, instead of refusing to write.
    pub skip_unwritable: bool,
}

impl<'a> Selection<'a> {
    pub(super) fn new(
        path: &'a Path,
        embeddings: &'a Embeddings,
        options: &WriteOptions,
    ) -> Result<Self> {
        embeddings.check_words()?;
        let all = 0..u32::try_from(embeddings.len()).unwrap_or(u32::MAX);
        let wanted = |id: &u32| {
            let words = options.words.as_ref();
            words.is_none_or(|words| words.contains(embeddings.word(*id)))
        };
        Ok(Self {
            path,
            embeddings,
            ids: all
                .filter(wanted)
                .take(options.limit.unwrap_or(usize::MAX))
                .collect(),
            normalize: options.normalize,
        })
    }

    /// Removes the words that `cannot_hold` names, and returns them.
    pub(super) fn without(&mut self, cannot_hold: impl Fn(&str) -> bool) -> Vec<u32> {
        let embeddings = self.embeddings;
        let held = |id: &mut u32| cannot_hold(embeddings.word(*id));
        self.ids.extract_if(.., held).collect()
    }

    pub(super) fn path(&self) -> &Path {
        self.path
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn dim(&self) -> usize {
        self.embeddings.dim()
    }

    pub(super) fn metadata(&self) -> &Metadata {
        self.embeddings.metadata()
    }

    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(|&id| self.embeddings.word(id))
    }

    pub(super) fn counts(&self) -> impl Iterator<Item = u64> {
        self.ids.iter().map(|&id| self.embeddings.count(id))
    }

    /// Calls `each` with every word and its row.
    pub(super) fn for_each(&self, mut each: impl FnMut(&str, &[f32]) -> Result<()>) -> Result<()> {
        let mut unit = Vec::new();
        for &id in &self.ids {
            self.embeddings.check_row(id)?;
            let row = self.embeddings.row(id);
            let scale = self.embeddings.inverse_norms()[id as usize];
            let row = if self.normalize && scale != 0.0 {
                unit.clear();
                unit.extend(row.iter().map(|x| x * scale));
                &unit
            } else {
                row
            };
            each(self.embeddings.word(id), row)?;
        }
        Ok(())
    }

    /// Whether there are rows of the prediction side to write; they belong to vectors as they were
    /// trained, so not to those of length 1.
    pub(super) fn has_output(&self) -> bool {
        self.embeddings.has_output() && !self.normalize
    }

    /// Writes all rows of the prediction side, little-endian.
    pub(super) fn write_output_rows(&self, out: &mut dyn Write) -> Result<()> {
        let mut bytes = Vec::with_capacity(self.dim().saturating_mul(4));
        let rows = self.ids.iter().map(|&id| self.embeddings.output_row(id));
        for row in rows {
            bytes.clear();
            bytes.extend(row.into_iter().flatten().flat_map(|x| x.to_le_bytes()));
            out.write_all(&bytes).map_err(self.failed())?;
        }
        Ok(())
    }

    /// Writes all rows, little-endian.
    pub(super) fn write_rows(&self, out: &mut dyn Write) -> Result<()> {
        let mut bytes = Vec::with_capacity(self.dim().saturating_mul(4));
        self.for_each(|_, row| {
            bytes.clear();
            bytes.extend(row.iter().flat_map(|x| x.to_le_bytes()));
            out.write_all(&bytes).map_err(self.failed())
        })
    }

    /// Makes an error of what the system answered to a write.
    pub(super) fn failed(&self) -> impl Fn(io::Error) -> Error + use<'_> {
        |source| Error::io(self.path, "write", source)
    }
}
