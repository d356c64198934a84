//! The schedule: the corpus cut into units of work, and the learning rate at each token.
//!
//! Units are dealt to workers one by one, in order, so no thread idles before the very end. What a
//! unit draws at random and at which learning rate depends on its place alone, not on the thread that gets it.

use crate::corpus::{Corpus, Piece, SENTENCE_START};

/// Tokens a unit aims at: milliseconds of work.
pub(super) const UNIT: usize = 1 << 15;

/// Tokens after which a longer sentence is cut, as word2vec does.
pub(super) const MAX_SENTENCE: usize = 1_000;

/// The learning rate never falls below this share of its start.
const LR_FLOOR: f64 = 1e-4;

/// A run of whole sentences (or of whole pieces of a long one).
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    pub(super) piece: Piece,
    /// Tokens of the corpus before this unit.
    pub(super) before: u64,
}

/// All units of a corpus, in order.
#[derive(Debug)]
pub(super) struct Schedule {
    units: Vec<Unit>,
    tokens: u64,
    epochs: u64,
    lr: f64,
}

impl Schedule {
    /// Units aim at `aim` tokens.
    pub(super) fn new(corpus: &Corpus, aim: usize, epochs: usize, lr: f64) -> Self {
        let mut before = 0;
        let unit = |piece: Piece| {
            let unit = Unit { piece, before };
            before += piece.tokens() as u64;
            unit
        };
        let pieces = corpus.cut(|ids| unit_len(ids, aim));
        let units = pieces.into_iter().map(unit).collect();
        Self {
            units,
            tokens: before,
            epochs: epochs as u64,
            lr,
        }
    }

    /// The epoch (from 0) and unit of the `index`-th piece of work; `None` when all is done.
    pub(super) fn unit(&self, index: usize) -> Option<(usize, usize, Unit)> {
        let epoch = index / self.units.len().max(1);
        let unit = index % self.units.len().max(1);
        ((epoch as u64) < self.epochs)
            .then(|| self.units.get(unit).map(|u| (epoch, unit, *u)))
            .flatten()
    }

    /// Tokens of the longest unit.
    pub(super) fn longest(&self) -> usize {
        let tokens = self.units.iter().map(|unit| unit.piece.tokens());
        tokens.max().unwrap_or(0)
    }

    /// Pieces of work of all epochs.
    pub(super) fn pieces(&self) -> usize {
        self.units.len() * self.epochs as usize
    }

    /// Tokens of all pieces of work below `index`.
    pub(super) fn tokens_before(&self, index: usize) -> u64 {
        match self.unit(index) {
            Some((epoch, _, unit)) => epoch as u64 * self.tokens + unit.before,
            None => self.total(),
        }
    }

    /// Tokens of all epochs.
    pub(super) fn total(&self) -> u64 {
        self.tokens * self.epochs
    }

    /// The learning rate after `tokens` of all epochs: falls linearly over all of them.
    pub(super) fn lr(&self, tokens: u64) -> f64 {
        let done = tokens as f64 / self.total().max(1) as f64;
        self.lr * (1.0 - done).max(LR_FLOOR)
    }
}

/// Length of the first unit of `ids`: about `aim`, ended before a sentence starts or where a
/// long sentence is cut anyway.
fn unit_len(ids: &[u32], aim: usize) -> usize {
    let Some(rest) = ids.get(aim..) else {
        return ids.len();
    };
    let starts = |id: &u32| id & SENTENCE_START != 0;
    let ahead = rest.iter().take(MAX_SENTENCE).position(starts);
    if let Some(ahead) = ahead {
        return aim + ahead;
    }
    // A sentence longer than any: cut where its pieces end, counted from its start if that is here.
    let begun = ids[..aim].iter().rposition(starts).unwrap_or(0);
    begun
        + (aim - begun)
            .next_multiple_of(MAX_SENTENCE)
            .min(ids.len() - begun)
}

/// Cuts tokens into sentences of at most [`MAX_SENTENCE`]; each with what comes after it.
pub(super) fn sentences(mut tokens: &[u32]) -> impl Iterator<Item = (&[u32], &[u32])> {
    std::iter::from_fn(move || {
        let most = tokens.len().min(MAX_SENTENCE);
        let (first, rest) = tokens[..most].split_first().map(|(_, rest)| (1, rest))?;
        let len = rest
            .iter()
            .position(|id| id & SENTENCE_START != 0)
            .map_or(most, |at| at + first);
        let (sentence, left) = tokens.split_at(len);
        tokens = left;
        Some((sentence, left))
    })
}
