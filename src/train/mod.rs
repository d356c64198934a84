//! The trainer: skip-gram with negative sampling, Hogwild-parallel.
//!
//! May use `vocab`, `corpus`, `embeddings`, `kernels`, `memory` and `format` (checkpoints).

mod options;
mod settings;

use std::ops::ControlFlow;
use std::time::Duration;

use crate::corpus::Corpus;
use crate::embeddings::Embeddings;
use crate::error::Result;
pub use options::{Objective, TrainConfig, TrainOptions};
pub use settings::{SETTINGS, Setting};

/// How far training has come; all of it true for all threads together.
#[derive(Debug, Clone, Copy)]
pub struct TrainProgress {
    /// Tokens trained so far, over all epochs.
    pub tokens: u64,
    /// Tokens to train in all: corpus tokens x epochs.
    pub tokens_total: u64,
    /// Epoch at work, from 1.
    pub epoch: usize,
    /// Learning rate now.
    pub lr: f64,
    /// Mean loss a trained pair, in nats, over the time since the last call; `None` before any.
    pub loss: Option<f64>,
    /// Wall time since training began.
    pub elapsed: Duration,
}

/// What comes out of training.
#[derive(Debug)]
pub struct Trained {
    /// The vectors, with their history in the metadata.
    pub embeddings: Embeddings,
    /// Mean loss a trained pair of each epoch, in nats.
    pub loss: Vec<f64>,
    /// Wall time of the training alone.
    pub elapsed: Duration,
}

/// Trains on `corpus`. `watch` is called from the calling thread about ten times a second;
/// [`ControlFlow::Break`] ends the run with [`crate::error::TrainError`].
///
/// # Errors
/// A vocabulary too small to draw noise from, a plan larger than the machine's memory, an
/// interruption.
pub fn train(
    config: &TrainConfig,
    corpus: &Corpus,
    watch: &mut dyn FnMut(&TrainProgress) -> ControlFlow<()>,
) -> Result<Trained> {
    let _ = (config, corpus, watch);
    unimplemented!()
}
