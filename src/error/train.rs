//! Failures of training.

use std::path::PathBuf;

/// Failures of training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// No memory for a copy of the vectors to look at.
    #[error(
        "expected {} MB of memory for a copy of the vectors, found {} MB; ask for scores at the end \
         only, by `w2v eval`",
        needed / 1_000_000, available / 1_000_000
    )]
    Copy {
        /// Bytes of the copy.
        needed: u64,
        /// Bytes that the machine has free or can make free.
        available: u64,
    },
    /// The system gave no memory for a matrix.
    #[error(
        "no memory for a matrix of {rows} rows of {dim} floats: {source}; lower --dim or raise --min-count"
    )]
    Memory {
        /// Rows of the matrix.
        rows: usize,
        /// Floats a row.
        dim: usize,
        /// The system's answer.
        source: std::io::Error,
    },
    /// What training would take is more than the machine has.
    #[error(
        "training needs about {} MB of memory for {words} words of {dim} floats, and this machine has {} MB; {cure}lower --dim, raise --min-count or set --max-vocab",
        needed / 1_000_000, available / 1_000_000
    )]
    Plan {
        /// Bytes that the run would take.
        needed: u64,
        /// Bytes that the machine has free or can make free.
        available: u64,
        /// Words in the vocabulary.
        words: usize,
        /// Length of a vector.
        dim: usize,
        /// What can be done about the copies, where these are too much; ends with a comma.
        cure: String,
    },
    /// The system gave no thread.
    #[error(
        "no thread for training: {0}; lower --threads, or the limits of this system are too narrow"
    )]
    Thread(#[source] std::io::Error),
    /// Noise needs another word than the centre.
    #[error(
        "the vocabulary has {words} word(s), and training needs at least 2: one to learn and one to tell it from; lower --min-count, raise --max-vocab or give more text"
    )]
    Vocabulary {
        /// Words in the vocabulary.
        words: usize,
    },
    /// Vectors to begin with of another length than the one that is trained.
    #[error(
        "{}: expected vectors of {expected} numbers, found {found}; choose --dim {found} or other vectors",
        path.display()
    )]
    GivenDim {
        /// The file.
        path: PathBuf,
        /// The length that is trained.
        expected: usize,
        /// The file's.
        found: usize,
    },
    /// Vectors to begin with that are no numbers.
    #[error(
        "{}, vector {row} ({word:?}): expected finite numbers, found NaN or infinity; training would spread them: leave the word out with `w2v convert --words`",
        path.display()
    )]
    GivenNotFinite {
        /// The file.
        path: PathBuf,
        /// The row, from 0.
        row: u32,
        /// Its word.
        word: String,
    },
    /// Vectors to train further whose output rows are not there.
    #[error(
        "{}: expected vectors with their output rows, found none; train with --keep-output, or give the file to --init, which learns them anew",
        .0.display()
    )]
    NoOutput(PathBuf),
    /// None of the words to freeze has a vector.
    #[error(
        "--freeze: expected words of the given vectors, found none of them among the {words} words of the list ({first:?} is the first); correct the list, or freeze all or none"
    )]
    NothingToFreeze {
        /// Words of the list.
        words: usize,
        /// The first of them in the order of the alphabet.
        first: String,
    },
    /// No centre had a word beside it.
    #[error(
        "no word had a neighbour within its line, so nothing was trained: expected lines of two words or more after rare words (--min-count) and some of the frequent ones (--subsample) were dropped; lower --min-count, or set --subsample 0 for a small vocabulary"
    )]
    NoPairs,
    /// Numbers left the range of floats.
    #[error(
        "training diverged in epoch {epoch} ({found}): no vectors were written; lower --lr (it is {lr})"
    )]
    Diverged {
        /// Epoch, from 1.
        epoch: usize,
        /// What is not sane.
        found: String,
        /// Learning rate at the start.
        lr: f64,
    },
    /// The caller asked to stop.
    #[error(
        "training was interrupted after {tokens} of {total} tokens; {}",
        match checkpoint {
            Some(path) => format!("go on with `w2v resume {}`", path.display()),
            None => "nothing was written".to_owned(),
        }
    )]
    Interrupted {
        /// Tokens trained.
        tokens: u64,
        /// Tokens to train in all.
        total: u64,
        /// Where to go on from.
        checkpoint: Option<PathBuf>,
    },
}
