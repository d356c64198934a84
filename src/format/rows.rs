//! Words and rows as they come out of a file.

use std::borrow::Cow;
use std::sync::Arc;

use ndarray::Array2;

use super::bytes;
use super::source::Source;
use super::{Format, ReadOptions, ReadReport};
use crate::embeddings::{Embeddings, LaidEmbeddings, Metadata, OwnedEmbeddings, WordList};
use crate::error::Result;

/// A matrix that grows row by row, each row with its word.
pub(super) struct Rows {
    words: WordList,
    /// Places in the file of the rows that were left out, as their words had come before.
    again: Vec<usize>,
    floats: Vec<f32>,
    /// First byte of each row in the mapped file, where rows stay there.
    starts: Option<Vec<usize>>,
    dim: usize,
    limit: usize,
    /// Words are UTF-8 by the format's rules, and stand for nothing else.
    literal: bool,
    report: ReadReport,
}

impl Rows {
    /// Rows of `dim` floats. Memory for `expected` rows is taken at once only where the file is
    /// known to be long enough for them.
    pub(super) fn new(
        format: Format,
        dim: usize,
        (expected, certain): (u64, bool),
        options: &ReadOptions,
    ) -> Self {
        const UNCERTAIN: usize = 1 << 16;
        let rows = usize::try_from(expected).unwrap_or(usize::MAX);
        let rows = rows.min(options.limit);
        let rows = if certain {
            rows
        } else {
            rows.min(UNCERTAIN.checked_div(dim).unwrap_or(0))
        };
        Self {
            words: WordList::default(),
            again: Vec::new(),
            floats: Vec::with_capacity(rows.saturating_mul(dim)),
            starts: None,
            dim,
            limit: options.limit,
            literal: format == Format::Finalfusion,
            report: ReadReport::new(format),
        }
    }

    /// As [`Rows::new`], with rows that stay in the file where `source` has it mapped; they have to
    /// be f32.
    pub(super) fn in_file(
        format: Format,
        dim: usize,
        (expected, certain): (u64, bool),
        (source, options): (&Source, &ReadOptions),
    ) -> Self {
        if source.mapped().is_none() {
            return Self::new(format, dim, (expected, certain), options);
        }
        let mut rows = Self::new(format, dim, (0, certain), options);
        let expected = usize::try_from(expected).unwrap_or(0).min(options.limit);
        rows.words.reserve(expected, 0);
        rows.starts = Some(Vec::with_capacity(expected));
        rows
    }

    /// Whether as many words have been read as were asked for.
    pub(super) fn is_full(&self) -> bool {
        self.words.len() >= self.limit
    }

    /// Words read and kept so far.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn report(&mut self) -> &mut ReadReport {
        &mut self.report
    }

    /// Adds a word; `false` when it was there before, so that its row must be left out.
    ///
    /// Bytes that are no UTF-8 become characters that writers turn back.
    pub(super) fn word(&mut self, bytes: &[u8], count: u64) -> bool {
        let word = match std::str::from_utf8(bytes) {
            Ok(word) if self.literal => Cow::Borrowed(word),
            _ => bytes::to_text(bytes),
        };
        if matches!(word, Cow::Owned(_)) {
            self.report.not_utf8 = self.report.not_utf8.saturating_add(1);
        }
        let added = self.words.push(&word, count);
        if !added {
            let place = self.words.len().saturating_add(self.again.len());
            self.again.push(place);
            self.report.duplicates = self.report.duplicates.saturating_add(1);
        }
        added
    }

    /// Adds the floats of the last word: `bytes`, little-endian, which begin at byte `at` of the file.
    pub(super) fn row_at(&mut self, at: u64, bytes: &[u8]) {
        match &mut self.starts {
            // A mapped file's places are those of its bytes in memory.
            Some(starts) => starts.push(usize::try_from(at).unwrap_or(usize::MAX)),
            None => self.row(f32s(bytes)),
        }
    }

    /// Adds the floats of the last word.
    pub(super) fn row(&mut self, floats: impl Iterator<Item = f32>) {
        self.floats.extend(floats.take(self.dim));
    }

    /// Multiplies each row by its own of `scales`, which are those of all rows of the file.
    pub(super) fn scale(&mut self, scales: &[f32]) {
        let mut again = self.again.iter().copied().peekable();
        let kept = scales.iter().enumerate();
        let kept = kept.filter(|(at, _)| again.next_if_eq(at).is_none());
        for (row, (_, scale)) in self.floats.chunks_mut(self.dim.max(1)).zip(kept) {
            row.iter_mut().for_each(|x| *x *= scale);
        }
    }

    pub(super) fn finish(mut self, source: &Source) -> Result<(Embeddings, ReadReport)> {
        let shape = (self.words.len(), self.dim);
        self.report.packed = source.packed();
        if let (Some(starts), Some(map)) = (self.starts, source.mapped()) {
            let laid = LaidEmbeddings::new(self.words, Arc::clone(map), starts, self.dim);
            let laid = laid.ok_or_else(|| {
                let expected = format!("{} rows of {} floats", shape.0, shape.1);
                source.wrong("the matrix", 0, expected, "fewer; copy the file again")
            })?;
            let embeddings = Embeddings::from_laid(laid, Metadata::default());
            return Ok((embeddings, self.report));
        }
        let found = self.floats.len();
        let matrix = Array2::from_shape_vec(shape, self.floats).map_err(|_| {
            let expected = format!("{} rows of {} floats", shape.0, shape.1);
            source.wrong("the matrix", 0, expected, format!("{found} floats"))
        })?;
        let owned = OwnedEmbeddings::from_list(self.words, matrix);
        Ok((
            Embeddings::from_owned(owned, Metadata::default()),
            self.report,
        ))
    }
}

/// Little-endian floats.
pub(super) fn f32s(bytes: &[u8]) -> impl Iterator<Item = f32> {
    let chunks = bytes.as_chunks::<4>().0;
    chunks.iter().map(|b| f32::from_le_bytes(*b))
}
