//! Words in memory, rows where they lie in a mapped file of another tool.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::inverse_norm;
use super::owned::WordList;
use crate::memory::MappedFile;

/// Rows of little-endian f32 at any places of a mapped file, for whoever reads each of them once:
/// nothing is copied but what is asked for.
#[derive(Debug)]
pub struct LaidEmbeddings {
    words: WordList,
    file: Arc<MappedFile>,
    /// First byte of each row.
    starts: Vec<usize>,
    dim: usize,
    inverse_norms: OnceLock<Vec<f32>>,
    /// All rows, where somebody asked for them as a matrix.
    copied: OnceLock<Vec<f32>>,
}

impl LaidEmbeddings {
    /// Rows of `dim` floats in `file`, each beginning at its own of `starts`; `None` when there is not one
    /// a word, or one is not inside the file.
    pub fn new(
        words: WordList,
        file: Arc<MappedFile>,
        starts: Vec<usize>,
        dim: usize,
    ) -> Option<Self> {
        let bytes = dim.checked_mul(4)?;
        let size = file.bytes().len();
        let inside = |start: &usize| start.checked_add(bytes).is_some_and(|end| end <= size);
        let fits = words.len() == starts.len() && starts.iter().all(inside);
        fits.then(|| Self {
            words,
            file,
            starts,
            dim,
            inverse_norms: OnceLock::new(),
            copied: OnceLock::new(),
        })
    }

    pub(super) fn words(&self) -> &WordList {
        &self.words
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    /// The bytes of a row.
    pub(super) fn bytes(&self, id: u32) -> &[u8] {
        &self.file.bytes()[self.starts[id as usize]..][..self.dim * 4]
    }

    /// The floats of a row; copied only where they are not aligned.
    pub(super) fn vector(&self, id: u32) -> Cow<'_, [f32]> {
        let start = self.starts[id as usize];
        match self.file.f32s(start..start + self.dim * 4) {
            Some(row) => Cow::Borrowed(row),
            None => Cow::Owned(floats(self.bytes(id)).collect()),
        }
    }

    pub(super) fn inverse_norms(&self) -> &[f32] {
        self.inverse_norms.get_or_init(|| {
            let ids = (0..self.starts.len() as u32).into_par_iter();
            ids.map(|id| inverse_norm(&self.vector(id))).collect()
        })
    }

    pub(super) fn floats(&self) -> &[f32] {
        self.copied.get_or_init(|| {
            let mut all = Vec::with_capacity(self.starts.len() * self.dim);
            let ids = 0..self.starts.len() as u32;
            ids.for_each(|id| all.extend(floats(self.bytes(id))));
            all
        })
    }
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    let chunks = bytes.as_chunks::<4>().0;
    chunks.iter().map(|b| f32::from_le_bytes(*b))
}
