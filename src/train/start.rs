//! Where a run's matrices come from, and at which place of its schedule it begins.

use std::time::Duration;

use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use super::SHARE;
use super::given::Given;
use super::options::TrainConfig;
use super::positions;
use super::sampler::Random;
use super::worker::Loss;
use crate::corpus::Corpus;
use crate::error::Result;
use crate::memory::{RowSet, SharedMatrix};

/// What a run begins with.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) input: SharedMatrix,
    pub(super) output: SharedMatrix,
    /// Weights of the positions in a window, where there are any.
    pub(super) positions: Option<SharedMatrix>,
    pub(super) freezing: Freezing,
    pub(super) place: Place,
}

/// Input rows that stay as they are: until so many tokens of all epochs are trained these, then until
/// so many those.
#[derive(Debug, Default)]
pub(super) struct Freezing(pub(super) [(u64, RowSet); 2]);

impl Freezing {
    /// Whether no row ever stays as it is.
    pub(super) fn is_none(&self) -> bool {
        self.0.iter().all(|(_, rows)| rows.is_empty())
    }

    /// The rows that stay as they are during a unit of so many `tokens`, before which there are `done`: those of the
    /// middle, so that a short run of few units is not at rest for more than its share.
    pub(super) fn during(&self, done: u64, tokens: u64) -> Option<&RowSet> {
        let mut stages = self.0.iter();
        let stage = stages.find(|(until, _)| done + tokens / 2 < *until);
        stage.map(|(_, rows)| rows)
    }

    /// XXH3-64 of the rows and of how long they stay as they are.
    pub(super) fn checksum(&self) -> u64 {
        let mut sum = Xxh3::new();
        for (until, rows) in &self.0 {
            sum.update(&until.to_le_bytes());
            sum.update(&(rows.len() as u64).to_le_bytes());
            rows.rows().for_each(|row| sum.update(&row.to_le_bytes()));
        }
        sum.digest()
    }
}

/// How far a run has come.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Pieces of work that are done: all below this one.
    pub(super) next: usize,
    /// Loss of each epoch so far.
    pub(super) loss: Vec<Loss>,
    /// Time of training so far.
    pub(super) elapsed: Duration,
}

impl Place {
    /// The beginning.
    pub(super) fn first(epochs: usize) -> Self {
        Self {
            next: 0,
            loss: vec![(0.0, 0); epochs],
            elapsed: Duration::ZERO,
        }
    }
}

impl Start {
    /// Input rows at random, output rows zero, nothing done.
    pub(super) fn fresh(config: &TrainConfig, corpus: &Corpus) -> Result<Self> {
        let (words, options) = (corpus.vocab().len(), config.options());
        let input = SharedMatrix::zeroed(words, options.dim)?;
        initialise(&input, options.seed);
        Ok(Self {
            input,
            output: SharedMatrix::zeroed(words, options.dim)?,
            positions: positions::fresh(options)?,
            freezing: Freezing::default(),
            place: Place::first(options.epochs),
        })
    }

    /// As [`Start::fresh`], with the rows of `given` where it has any.
    pub(super) fn given(config: &TrainConfig, corpus: &Corpus, given: &Given) -> Result<Self> {
        given.check(config.options())?;
        let start = Self::fresh(config, corpus)?;
        given.fill(corpus, &start.input, &start.output);
        Ok(start)
    }
}

/// Input rows uniform in `+-0.5 / dim`, as in word2vec; a row's floats depend on the seed and its id alone.
pub(super) fn initialise(input: &SharedMatrix, seed: u64) {
    let scale = 1.0 / input.dim() as f32;
    let ids = (0..input.rows() as u32).into_par_iter();
    ids.with_min_len(SHARE).for_each_init(
        || vec![0.0; input.dim()],
        |row, id| {
            let mut random = Random::stream(seed, [u64::MAX - 1, u64::from(id)]);
            row.iter_mut().for_each(|x| *x = random.centred() * scale);
            input.write_row(id, row);
        },
    );
}
