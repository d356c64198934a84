//! What a run will take of memory, said before it is taken.

use super::options::TrainConfig;
use crate::corpus::Corpus;
use crate::error::{Result, TrainError};
use crate::memory::{SharedMatrix, available_bytes};

/// The large things of a run, in bytes.
///
/// Not among them are the copies of frequent words' rows that each of several workers has: some thousand rows of the
/// vocabulary, and a run for which there is no room for them goes without.
#[derive(Debug, Clone, Copy)]
pub struct MemoryPlan {
    /// Input and output matrix.
    pub matrices: u64,
    /// Copies of them: of both while a checkpoint is written, of the output matrix at the end where it is
    /// kept.
    pub copies: u64,
    /// Words in the vocabulary.
    words: usize,
    /// Length of a vector.
    dim: usize,
}

impl MemoryPlan {
    /// The plan for `corpus`, whose own memory is taken already, of a run that is `kept` in checkpoints or not.
    pub fn new(config: &TrainConfig, corpus: &Corpus, kept: bool) -> Self {
        let (words, dim) = (corpus.vocab().len(), config.options().dim);
        let one = SharedMatrix::bytes_for(words, dim);
        let copies = match kept {
            true => 2,
            false => u64::from(config.options().keep_output),
        };
        Self {
            matrices: one.saturating_mul(2),
            copies: one.saturating_mul(copies),
            words,
            dim,
        }
    }

    /// Compares the plan with what the machine has.
    ///
    /// # Errors
    /// [`TrainError::Plan`] with the numbers when it cannot work.
    pub fn check(&self) -> Result<()> {
        let needed = self.matrices.saturating_add(self.copies);
        match available_bytes() {
            Some(available) if needed > available => Err(TrainError::Plan {
                needed,
                available,
                words: self.words,
                dim: self.dim,
                cure: match self.matrices > available {
                    true => "",
                    false => "give --no-checkpoint and no --keep-output, ",
                },
            }
            .into()),
            _ => Ok(()),
        }
    }
}
