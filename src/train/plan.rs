//! What a run will take of memory, said before it is taken.

use super::given::Given;
use super::options::TrainConfig;
use crate::corpus::Corpus;
use crate::error::{Result, TrainError};
use crate::memory::{SharedMatrix, available_bytes};

/// The large things of a run, in bytes.
///
/// Not among them are the copies of frequent words' rows that each of several workers has: some thousand rows of the
/// vocabulary, and a run for which there is no room for them goes without.
#[derive(Debug, Clone)]
pub struct MemoryPlan {
    /// Input and output matrix.
    pub matrices: u64,
    /// What is held beside them at most: copies of both while a checkpoint is written; at the end the rows of the result,
    /// those of given words that the text does not have among them.
    pub copies: u64,
    /// Words in the vocabulary.
    words: usize,
    /// Length of a vector.
    dim: usize,
    /// Options without which there are fewer copies.
    cures: Vec<&'static str>,
}

impl MemoryPlan {
    /// The plan for `corpus`, whose own memory and that of `given` is taken already, of a run that is `kept` in checkpoints or
    /// not.
    pub fn new(config: &TrainConfig, corpus: &Corpus, given: Option<&Given>, kept: bool) -> Self {
        let options = config.options();
        let (words, dim) = (corpus.vocab().len(), options.dim);
        let rows = given.map_or(words, |given| given.rows(corpus));
        let one = SharedMatrix::bytes_for(words, dim);
        let result = SharedMatrix::bytes_for(rows, dim);
        // The output rows are copied first, and their matrix goes before the input rows are.
        let at_end = match options.keep_output {
            true => result.max(result.saturating_mul(2).saturating_sub(one)),
            false => result.saturating_sub(one),
        };
        let checkpoint = if kept { one.saturating_mul(2) } else { 0 };
        let keeps = options.keep_output && given.is_none();
        let cures = [
            (kept, "--no-checkpoint"),
            (keeps && !options.input.is_items(), "no --keep-output"),
            (keeps && options.input.is_items(), "--vectors combined"),
            (rows > words, "--init-words text"),
        ];
        let cures = cures.into_iter().filter(|(helps, _)| *helps);
        Self {
            matrices: one.saturating_mul(2),
            copies: checkpoint.max(at_end),
            words,
            dim,
            cures: cures.map(|(_, cure)| cure).collect(),
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
                cure: match self.matrices > available || self.cures.is_empty() {
                    true => String::new(),
                    false => format!("give {}, ", self.cures.join(" and ")),
                },
            }
            .into()),
            _ => Ok(()),
        }
    }
}
