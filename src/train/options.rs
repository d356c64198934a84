//! What can be asked of the trainer.

use serde::{Deserialize, Serialize};

/// What predicts what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// Each context word predicts the centre (Mikolov 2013b).
    SkipGram,
}

/// Options as typed: plain data, nothing checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainOptions {
    /// What predicts what.
    pub objective: Objective,
    /// Length of a vector.
    pub dim: usize,
    /// Words on each side at most.
    pub window: usize,
    /// Noise words a centre.
    pub negatives: usize,
    /// Passes over the corpus.
    pub epochs: usize,
    /// Learning rate at the start.
    pub lr: f64,
    /// Subsampling threshold; 0 = off.
    pub subsample: f64,
    /// Exponent of the noise distribution.
    pub noise_power: f64,
    /// Worker threads; 0 = all cores.
    pub threads: usize,
    /// Seed of all random choices.
    pub seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            objective: Objective::SkipGram,
            dim: 100,
            window: 5,
            negatives: 5,
            epochs: 5,
            lr: 0.05,
            subsample: 1e-3,
            noise_power: 0.75,
            threads: 0,
            seed: 1,
        }
    }
}

impl TrainOptions {
    /// Checks everything together and changes nothing.
    ///
    /// # Errors
    /// The first option out of range or at odds with another.
    pub fn validate(self) -> crate::error::Result<TrainConfig> {
        Ok(TrainConfig { options: self })
    }
}

/// Options that have passed [`TrainOptions::validate`].
#[derive(Debug, Clone, PartialEq)]
pub struct TrainConfig {
    options: TrainOptions,
}

impl TrainConfig {
    /// The options, all in range.
    pub fn options(&self) -> &TrainOptions {
        &self.options
    }
}
