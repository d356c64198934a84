//! Words and rows of a mapped file.

use std::cell::Cell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use fst::automaton::{Automaton, Str};
use fst::{IntoStreamer, Streamer};
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::near::NearMiss;
use super::numbers::{Dtype, Matrix, Numbers, RowsView};
use crate::error::{Error, FormatError, Result};
use crate::kernels::Kernel;
use crate::memory::MappedFile;

/// A named range of a mapped file with the checksum (XXH3-64) it should have.
#[derive(Debug, Clone)]
pub struct Part {
    file: Arc<MappedFile>,
    name: String,
    range: Range<usize>,
    checksum: u64,
}

impl Part {
    /// Bytes `range` of `file`.
    pub fn new(file: Arc<MappedFile>, name: String, range: Range<usize>, checksum: u64) -> Self {
        Self {
            file,
            name,
            range,
            checksum,
        }
    }

    /// The bytes; none when the range is outside the file.
    pub fn bytes(&self) -> &[u8] {
        self.file.bytes().get(self.range.clone()).unwrap_or(&[])
    }

    /// The bytes as floats, where that is possible.
    pub fn floats(&self) -> Option<&[f32]> {
        self.file.f32s(self.range.clone())
    }

    /// The bytes as f16 by their bits, where that is possible.
    pub fn halves(&self) -> Option<&[u16]> {
        self.file.u16s(self.range.clone())
    }

    /// The bytes as signed ones.
    pub fn i8s(&self) -> Option<&[i8]> {
        self.file.i8s(self.range.clone())
    }

    fn u64(&self, index: usize) -> u64 {
        let bytes = self.bytes().chunks_exact(8).nth(index);
        bytes.map_or(0, |b| u64::from_le_bytes(std::array::from_fn(|i| b[i])))
    }

    fn check(&self) -> Result<(), Damage> {
        let found = xxh3_64(self.bytes());
        if found == self.checksum {
            return Ok(());
        }
        Err(Damage {
            part: self.clone(),
            found,
        })
    }
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

#[derive(Debug, Clone)]
struct Damage {
    part: Part,
    found: u64,
}

/// What a mapped file must hold, each part checked to be inside the file.
#[derive(Debug, Clone)]
pub struct MappedParts {
    /// The file's name, for messages.
    pub path: PathBuf,
    /// Number of words.
    pub words: usize,
    /// Length of a vector.
    pub dim: usize,
    /// End of each word in `text`, u64.
    pub ends: Part,
    /// All words, one after the other, UTF-8.
    pub text: Part,
    /// From a word to its row: an `fst` map.
    pub index: Part,
    /// Occurrences, u64.
    pub counts: Part,
    /// 1 / norm of each row, f32.
    pub inverse_norms: Part,
    /// The rows.
    pub matrix: Matrix,
    /// The rows once more in smaller numbers, to be searched fast; few files have them.
    pub quick: Option<Matrix>,
    /// The rows of the prediction side, f32, without gaps; few files have them.
    pub output: Option<Part>,
    /// Parts that only [`super::Embeddings::verify`] reads.
    pub others: Vec<Part>,
}

/// Words and rows of a mapped file; opening it reads nothing but the end of the word index.
#[derive(Debug)]
pub struct MappedEmbeddings {
    parts: MappedParts,
    index: fst::Map<Part>,
    checked: OnceLock<Result<(), Damage>>,
    checked_index: OnceLock<Result<(), Damage>>,
    /// All rows as floats, where they are stored otherwise and somebody asked for them as such.
    widened: OnceLock<Vec<f32>>,
}

/// What `search` finds in a word index. `fst` trusts the bytes of an index, and panics where one that was
/// made to deceive it, its checksum right, leads out of itself.
fn caught<T>(search: impl FnOnce() -> T) -> Option<T> {
    CATCHES.set(true);
    let found = catch_unwind(AssertUnwindSafe(search)).ok();
    CATCHES.set(false);
    found
}

thread_local! {
    static CATCHES: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic in this thread would be caught here, and told as damage to a file: a program's panic hook may
/// then be silent.
pub fn catches_panics() -> bool {
    CATCHES.get()
}

/// Sum of the bits of a row, by which damage to it is seen: see [`Kernel::sum_words`].
pub fn row_sum(row: &[u8]) -> u32 {
    Kernel::best().sum_words(row)
}

impl MappedEmbeddings {
    /// Takes `parts` as they are; lengths that contradict each other are refused.
    ///
    /// # Errors
    /// Parts too short for the number of words, or a word index that is none.
    pub fn new(parts: MappedParts) -> Result<Self> {
        let MappedParts { words, dim, .. } = parts;
        let plain = [
            (&parts.ends, words.checked_mul(8)),
            (&parts.counts, words.checked_mul(8)),
            (&parts.inverse_norms, words.checked_mul(4)),
        ];
        for (part, expected) in plain {
            if expected != Some(part.range.len()) || part.bytes().len() != part.range.len() {
                return Err(parts.layout(part, expected.unwrap_or(usize::MAX) as u64));
            }
        }
        if dim == 0 || u32::try_from(words).is_err() {
            return Err(parts.layout(&parts.matrix.rows, dim as u64));
        }
        let matrices = || std::iter::once(&parts.matrix).chain(&parts.quick);
        if let Some((part, expected)) = matrices().find_map(|m| m.misfit(words, dim)) {
            return Err(parts.layout(part, expected as u64));
        }
        if let Some(output) = &parts.output {
            let expected = words.saturating_mul(dim).saturating_mul(4);
            if output.bytes().len() != expected {
                return Err(parts.layout(output, expected as u64));
            }
        }
        let mut floats = std::iter::once(&parts.inverse_norms).chain(&parts.output);
        if floats.any(|part| part.floats().is_none()) || !matrices().all(Matrix::is_mappable) {
            return Err(FormatError::NotMappable(parts.path.clone()).into());
        }
        let index = caught(|| fst::Map::new(parts.index.clone()));
        let index = index
            .and_then(Result::ok)
            .filter(|index| index.len() == words);
        let index = index.ok_or_else(|| parts.layout(&parts.index, words as u64))?;
        Ok(Self {
            parts,
            index,
            checked: OnceLock::new(),
            checked_index: OnceLock::new(),
            widened: OnceLock::new(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.parts.words
    }

    /// The word, or U+FFFD when there is no such row, or the file's bytes are no word: damage that `check_words` reports.
    pub(super) fn word(&self, id: u32) -> &str {
        let id = id as usize;
        let start = id
            .checked_sub(1)
            .map_or(0, |before| self.parts.ends.u64(before));
        let end = self.parts.ends.u64(id);
        let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        range
            .filter(|_| id < self.len())
            .and_then(|(start, end)| self.parts.text.bytes().get(start..end))
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or("\u{FFFD}")
    }

    pub(super) fn id(&self, word: &str) -> Option<u32> {
        let index = self.index()?;
        let id = caught(|| index.get(word)).flatten()?;
        let id = u32::try_from(id).ok()?;
        ((id as usize) < self.len() && self.word(id) == word).then_some(id)
    }

    pub(super) fn count(&self, id: u32) -> u64 {
        self.parts.counts.u64(id as usize)
    }

    pub(super) fn dim(&self) -> usize {
        self.parts.dim
    }

    /// All floats, and how many there are from one row to the next.
    pub(super) fn floats(&self) -> (&[f32], usize) {
        let MappedParts { matrix, dim, .. } = &self.parts;
        match matrix.dtype {
            Dtype::F32 => (matrix.floats(), matrix.stride / 4),
            Dtype::F16 | Dtype::I8 => (self.widened.get_or_init(|| self.widen()), *dim),
        }
    }

    fn widen(&self) -> Vec<f32> {
        let mut all = Vec::with_capacity(self.len() * self.dim());
        for id in 0..self.len() as u32 {
            all.extend_from_slice(&self.numbers(id).floats());
        }
        all
    }

    pub(super) fn dtype(&self) -> Dtype {
        self.parts.matrix.dtype
    }

    /// The numbers of a row, as they are stored.
    pub(super) fn numbers(&self, id: u32) -> Numbers<'_> {
        self.parts.matrix.row(id as usize, self.parts.dim)
    }

    /// The smallest numbers that there are of a row, where they are smaller than f32.
    pub(super) fn quick(&self) -> Option<&Matrix> {
        let MappedParts { matrix, quick, .. } = &self.parts;
        let small = (matrix.dtype != Dtype::F32).then_some(matrix);
        quick.as_ref().or(small)
    }

    pub(super) fn output(&self) -> Option<&[f32]> {
        self.parts.output.as_ref()?.floats()
    }

    pub(super) fn inverse_norms(&self) -> &[f32] {
        self.parts.inverse_norms.floats().unwrap_or(&[])
    }

    /// The word index, where its checksum is right: `fst` may panic on a damaged one.
    fn index(&self) -> Option<&fst::Map<Part>> {
        let check = || self.parts.index.check();
        let checked = self.checked_index.get_or_init(check);
        checked.is_ok().then_some(&self.index)
    }

    pub(super) fn with_prefix(&self, prefix: &str) -> Vec<u32> {
        let mut found = Vec::new();
        let Some(index) = self.index() else {
            return found;
        };
        caught(|| {
            let mut stream = index.search(Str::new(prefix).starts_with()).into_stream();
            while let Some((_, id)) = stream.next() {
                found.extend(self.row(id));
                // As many as there are words, whatever an index says.
                if found.len() >= self.len() {
                    break;
                }
            }
        });
        found
    }

    pub(super) fn near_misses(&self, word: &str) -> Vec<(u8, u32)> {
        let mut found = Vec::new();
        let Some(index) = self.index() else {
            return found;
        };
        caught(|| {
            let search = index.search_with_state(NearMiss::new(word));
            let mut stream = search.into_stream();
            while let Some((_, id, state)) = stream.next() {
                found.extend(self.row(id).map(|id| (state.distance(), id)));
                if found.len() >= self.len() {
                    break;
                }
            }
        });
        found
    }

    /// The row that the index names, where there is one.
    fn row(&self, id: u64) -> Option<u32> {
        u32::try_from(id)
            .ok()
            .filter(|&id| (id as usize) < self.len())
    }

    pub(super) fn check_words(&self) -> Result<()> {
        let MappedParts {
            ends,
            text,
            index,
            counts,
            inverse_norms,
            matrix,
            quick,
            ..
        } = &self.parts;
        let matrices = std::iter::once(matrix).chain(quick);
        let small = [ends, text, index, counts, inverse_norms].into_iter();
        let small: Vec<&Part> = small.chain(matrices.flat_map(Matrix::small)).collect();
        let check = || small.par_iter().try_for_each(|part| part.check());
        let checked = self.checked.get_or_init(check);
        checked.as_ref().map_err(|e| self.damaged(e)).copied()
    }

    pub(super) fn check_row(&self, id: u32) -> Result<()> {
        self.check_row_of(&self.parts.matrix, id)
    }

    pub(super) fn rows(&self) -> RowsView<'_> {
        self.parts.matrix.view(self.parts.dim)
    }

    /// Checks the row that [`MappedEmbeddings::quick`] has.
    pub(super) fn check_quick(&self, id: u32) -> Result<()> {
        self.quick()
            .map_or(Ok(()), |matrix| self.check_row_of(matrix, id))
    }

    fn check_row_of(&self, matrix: &Matrix, id: u32) -> Result<()> {
        let (found, expected) = matrix.sums(id as usize, self.parts.dim);
        if found == expected {
            return Ok(());
        }
        Err(FormatError::DamagedRow {
            path: self.parts.path.clone(),
            row: id,
            word: self.word(id).to_owned(),
            expected,
            found,
        }
        .into())
    }

    pub(super) fn extra(&self, name: &str) -> Result<Option<&Part>> {
        let part = self.parts.others.iter().find(|part| part.name == name);
        match part.map(Part::check) {
            Some(Err(damage)) => Err(self.damaged(&damage)),
            _ => Ok(part),
        }
    }

    pub(super) fn verify(&self) -> Result<()> {
        self.check_words()?;
        let quick = self.parts.quick.as_ref().map(|quick| &quick.rows);
        let rest = std::iter::once(&self.parts.matrix.rows).chain(quick);
        for part in rest.chain(&self.parts.others).chain(&self.parts.output) {
            part.check().map_err(|e| self.damaged(&e))?;
        }
        (0..self.len() as u32).try_for_each(|id| {
            self.check_row(id)?;
            self.check_quick(id)
        })
    }

    fn damaged(&self, damage: &Damage) -> Error {
        FormatError::Damaged {
            path: self.parts.path.clone(),
            part: damage.part.name.clone(),
            start: damage.part.range.start as u64,
            end: damage.part.range.end as u64,
            expected: damage.part.checksum,
            found: damage.found,
        }
        .into()
    }
}

impl MappedParts {
    fn layout(&self, part: &Part, expected: u64) -> Error {
        FormatError::Layout {
            path: self.path.clone(),
            what: part.name.clone(),
            at: part.range.start as u64,
            expected,
            found: part.range.len() as u64,
        }
        .into()
    }
}
