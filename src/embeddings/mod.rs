//! Words with vectors, owned or mapped from a file.
//!
//! May use `vocab`, `memory` and `kernels`.

mod eigen;
mod laid;
mod mapped;
mod near;
mod numbers;
mod owned;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2, CowArray, Ix2, ShapeBuilder, s};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::memory::le_bytes;
use crate::vocab::Vocab;

pub(crate) use eigen::leading;
pub use laid::LaidEmbeddings;
pub use mapped::{MappedEmbeddings, MappedParts, Part, catches_panics, row_sum};
pub use numbers::{Dtype, Matrix, Numbers, Query, RowsView};
pub use owned::{OwnedEmbeddings, WordList};

/// Where vectors come from. Stored in the native file's header.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// Name and version of the program that trained.
    pub tool: String,
    /// The text options, as JSON-like names and values ("tokenizer" -> "unicode").
    pub text: BTreeMap<String, String>,
    /// The training options by name ("dim" -> "100").
    pub training: BTreeMap<String, String>,
    /// Facts of the corpus by name ("bytes", "lines", "tokens", "types").
    pub corpus: BTreeMap<String, u64>,
    /// Mean loss of each epoch, nats a trained pair.
    pub loss: Vec<f64>,
}

/// A vocabulary and a matrix `[words x dim]`, f32, row-major.
///
/// The rows of a mapped file are read only when they are asked for, so damage shows late:
/// [`Embeddings::check_words`] must have passed before words or norms are believed, and
/// [`Embeddings::check_row`] before a row is. The `query` room does both.
#[derive(Debug)]
pub struct Embeddings {
    storage: Storage,
    metadata: Metadata,
    /// Rows of the prediction side, where they are kept and not mapped.
    output: Option<Array2<f32>>,
}

#[derive(Debug)]
enum Storage {
    Owned(OwnedEmbeddings),
    Mapped(Box<MappedEmbeddings>),
    Laid(Box<LaidEmbeddings>),
}

/// Where words are looked up.
enum Words<'a> {
    List(&'a WordList),
    Mapped(&'a MappedEmbeddings),
}

impl Embeddings {
    /// Words with their counts beside rows of `matrix` `[vocab.len() x dim]`.
    ///
    /// # Panics
    /// When `matrix` has not one row a word.
    pub fn new(vocab: Vocab, matrix: Array2<f32>, metadata: Metadata) -> Self {
        Self::from_owned(OwnedEmbeddings::from_vocab(&vocab, matrix), metadata)
    }
    /// Words in an order of their own, in memory.
    pub fn from_owned(owned: OwnedEmbeddings, metadata: Metadata) -> Self {
        Self {
            storage: Storage::Owned(owned),
            metadata,
            output: None,
        }
    }
    /// Words and rows of a mapped file whose layout has been checked.
    pub fn from_mapped(mapped: MappedEmbeddings, metadata: Metadata) -> Self {
        Self {
            storage: Storage::Mapped(Box::new(mapped)),
            metadata,
            output: None,
        }
    }
    /// Words in memory, rows where they lie in a file of another tool.
    pub fn from_laid(laid: LaidEmbeddings, metadata: Metadata) -> Self {
        Self {
            storage: Storage::Laid(Box::new(laid)),
            metadata,
            output: None,
        }
    }
    fn words(&self) -> Words<'_> {
        match &self.storage {
            Storage::Owned(owned) => Words::List(owned.words()),
            Storage::Laid(laid) => Words::List(laid.words()),
            Storage::Mapped(mapped) => Words::Mapped(mapped),
        }
    }
    /// Keeps `output`, the rows of the prediction side, with the vectors, so that they can be trained
    /// further.
    ///
    /// # Panics
    /// When `output` has not the shape of the vectors.
    pub fn with_output(self, output: Array2<f32>) -> Self {
        assert_eq!(output.dim(), (self.len(), self.dim()), "one row a word");
        Self {
            output: Some(match output.is_standard_layout() {
                true => output,
                false => output.as_standard_layout().into_owned(),
            }),
            ..self
        }
    }
    /// The row of the prediction side of row `id`, where these are kept. Only
    /// [`Embeddings::verify`] sees whether a mapped file is damaged there.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn output_row(&self, id: u32) -> Option<&[f32]> {
        let floats = match (&self.output, &self.storage) {
            (Some(output), _) => output.as_slice()?,
            (None, Storage::Mapped(mapped)) => mapped.output()?,
            (None, Storage::Owned(_) | Storage::Laid(_)) => return None,
        };
        Some(&floats[id as usize * self.dim()..][..self.dim()])
    }
    /// Whether the rows of the prediction side are kept.
    pub fn has_output(&self) -> bool {
        !self.is_empty() && self.output_row(0).is_some()
    }
    /// Number of words.
    pub fn len(&self) -> usize {
        match self.words() {
            Words::List(list) => list.len(),
            Words::Mapped(mapped) => mapped.len(),
        }
    }
    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Length of a vector.
    pub fn dim(&self) -> usize {
        match &self.storage {
            Storage::Owned(owned) => owned.dim(),
            Storage::Mapped(mapped) => mapped.dim(),
            Storage::Laid(laid) => laid.dim(),
        }
    }
    /// The word of row `id`. A mapped file gives U+FFFD where there is none, or a damaged one.
    ///
    /// # Panics
    /// When there is no such row, and the words lie in no mapped file.
    pub fn word(&self, id: u32) -> &str {
        match self.words() {
            Words::List(list) => list.word(id),
            Words::Mapped(mapped) => mapped.word(id),
        }
    }
    /// The row of `word`.
    pub fn id(&self, word: &str) -> Option<u32> {
        match self.words() {
            Words::List(list) => list.id(word),
            Words::Mapped(mapped) => mapped.id(word),
        }
    }
    /// Occurrences of the word of row `id` in the corpus, 0 where that is unknown or there is no such row.
    pub fn count(&self, id: u32) -> u64 {
        match self.words() {
            Words::List(list) => list.count(id),
            Words::Mapped(mapped) => mapped.count(id),
        }
    }
    /// The rows of the `most` most frequent words, those first, and of equals the lower; `None` where that is
    /// the order of the rows, as in all models but those that were trained further.
    pub fn frequent(&self, most: usize) -> Option<Vec<u32>> {
        let rows = 0..self.len() as u32;
        if rows.clone().is_sorted_by_key(|id| Reverse(self.count(id))) {
            return None;
        }
        let mut ids: Vec<u32> = rows.collect();
        self.sort_by_frequency(&mut ids);
        ids.truncate(most);
        Some(ids)
    }
    /// Puts rows of the most frequent words first; equals stay in their order.
    pub fn sort_by_frequency(&self, ids: &mut [u32]) {
        ids.sort_by_key(|id| Reverse(self.count(*id)));
    }
    /// The same, whatever their order.
    pub fn most_frequent(&self, most: usize) -> Vec<u32> {
        let first = || (0..self.len().min(most) as u32).collect();
        self.frequent(most).unwrap_or_else(first)
    }
    /// How the numbers are stored.
    pub fn dtype(&self) -> Dtype {
        match &self.storage {
            Storage::Owned(_) | Storage::Laid(_) => Dtype::F32,
            Storage::Mapped(mapped) => mapped.dtype(),
        }
    }
    /// The vector of row `id`; copied only where the numbers are no f32.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn vector(&self, id: u32) -> Cow<'_, [f32]> {
        match &self.storage {
            Storage::Mapped(mapped) if self.dtype() != Dtype::F32 => mapped.numbers(id).floats(),
            Storage::Laid(laid) => laid.vector(id),
            _ => Cow::Borrowed(self.row(id)),
        }
    }
    /// The bytes of row `id` as little-endian f32; copied only on machines of another order, `None` where
    /// the numbers are stored otherwise.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row_bytes(&self, id: u32) -> Option<Cow<'_, [u8]>> {
        match &self.storage {
            Storage::Laid(laid) => Some(Cow::Borrowed(laid.bytes(id))),
            _ if self.dtype() != Dtype::F32 => None,
            _ => Some(le_bytes(self.row(id))),
        }
    }
    /// The vectors of the rows `range`; copied only where the numbers are no f32.
    ///
    /// # Panics
    /// When there are no such rows.
    pub fn block(&self, range: std::ops::Range<usize>) -> CowArray<'_, f32, Ix2> {
        match &self.storage {
            Storage::Mapped(mapped) if self.dtype() != Dtype::F32 => {
                let mut block = Array2::zeros((range.len(), self.dim()));
                for (id, mut row) in range.zip(block.rows_mut()) {
                    let floats = mapped.numbers(id as u32).floats();
                    row.iter_mut()
                        .zip(floats.iter())
                        .for_each(|(to, x)| *to = *x);
                }
                block.into()
            }
            _ => self.matrix().slice_move(s![range, ..]).into(),
        }
    }
    /// Whether a search can begin with numbers smaller than f32.
    pub fn has_quick(&self) -> bool {
        self.quick().is_some()
    }
    /// All rows as they are stored.
    pub fn view(&self) -> RowsView<'_> {
        match &self.storage {
            Storage::Mapped(mapped) => mapped.rows(),
            _ => RowsView::owned(self.floats().0, self.dim()),
        }
    }
    /// The rows that a search begins with, in numbers smaller than f32; the vectors are what decides.
    pub fn quick_view(&self) -> Option<RowsView<'_>> {
        Some(self.quick()?.1.view(self.dim()))
    }
    /// Checks row `id` of [`Embeddings::quick_view`] against its sum of bits.
    ///
    /// # Errors
    /// A mapped file that is damaged there.
    pub fn check_quick(&self, id: u32) -> Result<()> {
        self.quick()
            .map_or(Ok(()), |(mapped, _)| mapped.check_quick(id))
    }
    fn quick(&self) -> Option<(&MappedEmbeddings, &Matrix)> {
        match &self.storage {
            Storage::Owned(_) | Storage::Laid(_) => None,
            Storage::Mapped(mapped) => Some((mapped, mapped.quick()?)),
        }
    }
    /// All vectors, `[words x dim]`. Where they are no f32, this and [`Embeddings::row`] widen all of
    /// them once and keep them; [`Embeddings::vector`] and [`Embeddings::block`] do not.
    pub fn matrix(&self) -> ArrayView2<'_, f32> {
        let (floats, stride) = self.floats();
        let shape = (self.len(), self.dim()).strides((stride, 1));
        ArrayView2::from_shape(shape, floats)
            .unwrap_or_else(|_| unreachable!("both storages check lengths when they are made"))
    }
    /// The vector of row `id`.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, id: u32) -> &[f32] {
        let (floats, stride) = self.floats();
        &floats[id as usize * stride..][..self.dim()]
    }
    /// The rows `range` in order, with their ids.
    pub fn rows(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = (u32, &[f32])> {
        let ((floats, stride), dim) = (self.floats(), self.dim());
        let rows = floats.chunks_exact(stride).skip(range.start);
        let ids = range.start as u32..range.end as u32;
        ids.zip(rows.map(move |row| &row[..dim]))
    }
    /// All floats, and how many there are from one row to the next.
    fn floats(&self) -> (&[f32], usize) {
        match &self.storage {
            Storage::Owned(owned) => owned.floats(),
            Storage::Mapped(mapped) => mapped.floats(),
            Storage::Laid(laid) => (laid.floats(), laid.dim().max(1)),
        }
    }
    /// 1 / Euclidean norm of each row; 0 for rows without a direction (zeros, NaN, infinities).
    pub fn inverse_norms(&self) -> &[f32] {
        match &self.storage {
            Storage::Owned(owned) => owned.inverse_norms(),
            Storage::Mapped(mapped) => mapped.inverse_norms(),
            Storage::Laid(laid) => laid.inverse_norms(),
        }
    }
    /// Where the vectors come from.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }
    /// Up to `most` words spelt nearly as `word`, the nearest and most frequent first.
    pub fn near_misses(&self, word: &str, most: usize) -> Vec<String> {
        let mut found = match self.words() {
            Words::List(list) => list.near_misses(word),
            Words::Mapped(mapped) => mapped.near_misses(word),
        };
        found.sort_unstable();
        let ids = found.into_iter().map(|(_, id)| id).take(most);
        ids.map(|id| self.word(id).to_owned()).collect()
    }
    /// The rows of the words that begin with `prefix`, in their order.
    pub fn with_prefix(&self, prefix: &str) -> Vec<u32> {
        if prefix.is_empty() {
            return (0..self.len() as u32).collect();
        }
        let mut found = match self.words() {
            Words::List(list) => list.with_prefix(prefix),
            Words::Mapped(mapped) => mapped.with_prefix(prefix),
        };
        found.sort_unstable();
        found
    }
    /// Checks, once, the checksums of everything but the rows.
    ///
    /// # Errors
    /// A mapped file that is damaged there.
    pub fn check_words(&self) -> Result<()> {
        match &self.storage {
            Storage::Owned(_) | Storage::Laid(_) => Ok(()),
            Storage::Mapped(mapped) => mapped.check_words(),
        }
    }
    /// Checks row `id` against its sum of bits; cheap enough for every row of a scan.
    ///
    /// # Errors
    /// A mapped file that is damaged there.
    pub fn check_row(&self, id: u32) -> Result<()> {
        match &self.storage {
            Storage::Owned(_) | Storage::Laid(_) => Ok(()),
            Storage::Mapped(mapped) => mapped.check_row(id),
        }
    }
    /// A section of a mapped file that is beside those of every file; `None` where there is none of
    /// this name.
    ///
    /// # Errors
    /// A section whose checksum does not match.
    pub fn extra(&self, name: &str) -> Result<Option<&Part>> {
        match &self.storage {
            Storage::Owned(_) | Storage::Laid(_) => Ok(None),
            Storage::Mapped(mapped) => mapped.extra(name),
        }
    }

    /// Reads everything and checks every checksum.
    ///
    /// # Errors
    /// The first damage found in a mapped file.
    pub fn verify(&self) -> Result<()> {
        match &self.storage {
            Storage::Owned(_) | Storage::Laid(_) => Ok(()),
            Storage::Mapped(mapped) => mapped.verify(),
        }
    }
}

/// 1 / norm of `row`, 0 where it has no direction.
pub fn inverse_norm(row: &[f32]) -> f32 {
    // Lanes of their own let the compiler use whole vector registers.
    let mut lanes = [0.0f64; 8];
    let (chunks, rest) = row.as_chunks::<8>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += f64::from(x) * f64::from(x);
        }
    }
    let rest = rest.iter().map(|&x| f64::from(x) * f64::from(x));
    let square: f64 = lanes.into_iter().chain(rest).sum();
    let inverse = (1.0 / square.sqrt()) as f32;
    if square > 0.0 && inverse.is_normal() {
        inverse
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests;
