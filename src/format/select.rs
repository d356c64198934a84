//! What is written: all words or some, as they are or at length 1.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;

use crate::embeddings::{Dtype, Embeddings, Metadata, inverse_norm};
use crate::error::{Error, OptionsError, Result};

/// Words chosen from some embeddings, for an output at `path`.
pub(super) struct Selection<'a> {
    path: &'a Path,
    embeddings: &'a Embeddings,
    /// Rows before those of the words.
    first: Vec<First>,
    ids: Vec<u32>,
    normalize: bool,
    numbers: Stored,
}

/// A row before those of the words, with that of its prediction side where the words have such.
struct First {
    name: String,
    row: Vec<f32>,
    output: Vec<f32>,
}

/// In which numbers the native file holds the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stored {
    /// The type of the numbers.
    pub dtype: Dtype,
    /// The rows once more as i8, with which a search begins: a quarter more of an f32 file, and
    /// faster answers.
    pub quick: bool,
}

/// Which words are written, and how.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// Only this many of the most frequent words, in the order of their rows; of words equally frequent the
    /// first ones. `None` for all.
    pub limit: Option<usize>,
    /// Only these words; `None` for all.
    pub words: Option<HashSet<String>>,
    /// Rows at length 1. Rows without a direction stay as they are.
    pub normalize: bool,
    /// A first row of zeros by this name, as networks want it for padding.
    pub padding_row: Option<String>,
    /// A row by this name before the words, behind that for padding: the vector of that word, or
    /// where there is none the mean of all that are written and have a direction, for unknown words.
    pub unknown_row: Option<String>,
    /// Leave words out that the format cannot hold, instead of refusing to write.
    pub skip_unwritable: bool,
    /// In which numbers the native file holds them; other formats have types of their own.
    pub numbers: Stored,
}

impl WriteOptions {
    /// Checks that the rows before the words have two names.
    ///
    /// # Errors
    /// One name for both.
    pub fn check(&self) -> Result<()> {
        match (&self.padding_row, &self.unknown_row) {
            (Some(padding), Some(unknown)) if padding == unknown => {
                Err(OptionsError::SameName(padding.clone()).into())
            }
            _ => Ok(()),
        }
    }
}

impl<'a> Selection<'a> {
    pub(super) fn new(
        path: &'a Path,
        embeddings: &'a Embeddings,
        options: &WriteOptions,
    ) -> Result<Self> {
        options.check()?;
        embeddings.check_words()?;
        let wanted = |id: &u32| {
            let words = options.words.as_ref();
            words.is_none_or(|words| words.contains(embeddings.word(*id)))
        };
        let ids = embeddings.most_frequent(usize::MAX).into_iter();
        let limit = options.limit.unwrap_or(usize::MAX);
        let mut ids: Vec<u32> = ids.filter(wanted).take(limit).collect();
        ids.sort_unstable();
        let mut selection = Self {
            path,
            embeddings,
            first: Vec::new(),
            ids,
            normalize: options.normalize,
            numbers: options.numbers,
        };
        if let Some(name) = &options.padding_row {
            let zeros = vec![0.0; embeddings.dim()];
            selection.put_first(name, zeros.clone(), zeros);
        }
        if let Some(name) = &options.unknown_row {
            let (row, output) = match embeddings.id(name) {
                Some(id) => (selection.checked_row(id)?, selection.output_row(id)),
                None => (
                    selection.mean(|id| selection.checked_row(id))?.into(),
                    selection.mean(|id| Ok(selection.output_row(id)))?.into(),
                ),
            };
            selection.put_first(name, row.into_owned(), output.into_owned());
        }
        Ok(selection)
    }

    /// Puts a row before the words, in place of the one of that name.
    fn put_first(&mut self, name: &str, row: Vec<f32>, output: Vec<f32>) {
        self.first.push(First {
            name: name.to_owned(),
            row,
            output,
        });
        self.ids.retain(|id| self.embeddings.word(*id) != name);
    }

    fn checked_row(&self, id: u32) -> Result<Cow<'a, [f32]>> {
        self.embeddings.check_row(id)?;
        Ok(self.embeddings.vector(id))
    }

    /// The row of the prediction side, empty where there is none.
    fn output_row(&self, id: u32) -> Cow<'a, [f32]> {
        self.embeddings.output_row(id).unwrap_or_default().into()
    }

    /// The mean of one row of each word, those without a direction left out.
    fn mean(&self, row: impl Fn(u32) -> Result<Cow<'a, [f32]>>) -> Result<Vec<f32>> {
        let mut sum = vec![0.0_f64; self.dim()];
        let mut rows = 0_u32;
        for &id in &self.ids {
            if self.embeddings.inverse_norms()[id as usize] != 0.0 {
                let row = row(id)?;
                sum.iter_mut()
                    .zip(row.iter())
                    .for_each(|(sum, x)| *sum += f64::from(*x));
                rows = rows.saturating_add(1);
            }
        }
        let mean = |sum: f64| sum / f64::from(rows.max(1));
        #[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
        Ok(sum.into_iter().map(|sum| mean(sum) as f32).collect())
    }

    /// Names of the rows before the words.
    pub(super) fn first_names(&self) -> impl Iterator<Item = &str> {
        self.first.iter().map(|first| first.name.as_str())
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

    pub(super) fn numbers(&self) -> Stored {
        self.numbers
    }

    pub(super) fn len(&self) -> usize {
        self.first.len().saturating_add(self.ids.len())
    }

    pub(super) fn dim(&self) -> usize {
        self.embeddings.dim()
    }

    pub(super) fn metadata(&self) -> &Metadata {
        self.embeddings.metadata()
    }

    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        let words = self.ids.iter().map(|&id| self.embeddings.word(id));
        self.first_names().chain(words)
    }

    pub(super) fn counts(&self) -> impl Iterator<Item = u64> {
        let counts = self.ids.iter().map(|&id| self.embeddings.count(id));
        self.first.iter().map(|_| 0).chain(counts)
    }

    /// Calls `each` with every word and its row.
    pub(super) fn for_each(&self, mut each: impl FnMut(&str, &[f32]) -> Result<()>) -> Result<()> {
        let mut unit = Vec::new();
        let mut pass = |word: &str, row: &[f32], scale: f32| {
            if !self.normalize || scale == 0.0 {
                return each(word, row);
            }
            unit.clear();
            unit.extend(row.iter().map(|x| x * scale));
            each(word, &unit)
        };
        for First { name, row, .. } in &self.first {
            pass(name, row, inverse_norm(row))?;
        }
        for &id in &self.ids {
            let scale = self.embeddings.inverse_norms()[id as usize];
            pass(self.embeddings.word(id), &self.checked_row(id)?, scale)?;
        }
        Ok(())
    }

    /// Calls `each` with every word, the bytes of its row in numbers of `dtype`, and their factor.
    pub(super) fn for_each_bytes(
        &self,
        dtype: Dtype,
        mut each: impl FnMut(&str, &[u8], f32) -> Result<()>,
    ) -> Result<()> {
        let plain = dtype == Dtype::F32 && !self.normalize && self.first.is_empty();
        if !plain || self.embeddings.dtype() != Dtype::F32 {
            let mut bytes = Vec::with_capacity(dtype.row_bytes(self.dim()));
            return self.for_each(|word, row| {
                let factor = dtype.encode(row, &mut bytes);
                each(word, &bytes, factor)
            });
        }
        for &id in &self.ids {
            self.embeddings.check_row(id)?;
            let row = self.embeddings.row_bytes(id).unwrap_or_default();
            each(self.embeddings.word(id), &row, 1.0)?;
        }
        Ok(())
    }

    /// Whether there are rows of the prediction side to write.
    pub(super) fn has_output(&self) -> bool {
        self.embeddings.has_output() && !self.normalize
    }

    /// Whether there are such rows that cannot be written: they belong to vectors as they were trained,
    /// so not to those of length 1.
    pub(super) fn loses_output(&self) -> bool {
        self.embeddings.has_output() && self.normalize
    }

    /// Writes all rows of the prediction side, little-endian.
    pub(super) fn write_output_rows(&self, out: &mut dyn Write) -> Result<()> {
        let mut bytes = Vec::with_capacity(self.dim().saturating_mul(4));
        let first = self.first.iter().map(|first| Cow::from(&first.output));
        let rows = self.ids.iter().map(|&id| self.output_row(id));
        for row in first.chain(rows) {
            bytes.clear();
            bytes.extend(row.iter().flat_map(|x| x.to_le_bytes()));
            out.write_all(&bytes).map_err(self.failed())?;
        }
        Ok(())
    }

    /// Writes all rows as f32, little-endian.
    pub(super) fn write_rows(&self, out: &mut dyn Write) -> Result<()> {
        self.write_rows_as(Dtype::F32, out)
    }

    /// Writes all rows in numbers of `dtype`, little-endian.
    pub(super) fn write_rows_as(&self, dtype: Dtype, out: &mut dyn Write) -> Result<()> {
        self.for_each_bytes(dtype, |_, bytes, _| {
            out.write_all(bytes).map_err(self.failed())
        })
    }

    /// Makes an error of what the system answered to a write.
    pub(super) fn failed(&self) -> impl Fn(io::Error) -> Error + use<'_> {
        |source| Error::io(self.path, "write", source)
    }
}
