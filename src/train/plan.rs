//! What a run will take of memory, said before it is taken.

use super::options::TrainConfig;
use crate::corpus::Corpus;
use crate::error::{Result, TrainError};
use crate::memory::{SharedMatrix, available_bytes};

/// The large things of a run, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct MemoryPlan {
    /// Input and output matrix.
    pub matrices: u64,
    /// Words in the vocabulary.
    words: usize,
    /// Length of a vector.
    dim: usize,
}

impl MemoryPlan {
    /// The plan for `corpus`, whose own memory is taken already.
    pub fn new(config: &TrainConfig, corpus: &Corpus) -> Self {
        let (words, dim) = (corpus.vocab().len(), config.options().dim);
        Self {
            matrices: SharedMatrix::bytes_for(words, dim).saturating_mul(2),
            words,
            dim,
        }
    }

    /// Compares the plan with what the machine has.
    ///
    /// # Errors
    /// [`TrainError::Plan`] with the numbers when it cannot work.
    pub fn check(&self) -> Result<()> {
        match available_bytes() {
            Some(available) if self.matrices > available => Err(TrainError::Plan {
                needed: self.matrices,
                available,
                words: self.words,
                dim: self.dim,
            }
            .into()),
            _ => Ok(()),
        }
    }
}
