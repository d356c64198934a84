//! Everything that can go wrong, one enum per room.
//!
//! Each message is one line that says where, what was expected, what was found and what to do.
//! Fields are typed so that a caller can match on them; causes are kept as `source()`.

mod checkpoint;
mod corpus;
mod eval;
mod format;
mod graph;
mod map;
mod options;
mod query;
mod text;
mod train;

use std::path::{Path, PathBuf};

pub use checkpoint::CheckpointError;
pub use corpus::CorpusError;
pub use eval::EvalError;
pub use format::FormatError;
pub use graph::GraphError;
pub use map::MapError;
pub use options::OptionsError;
pub use query::QueryError;
pub use text::TextError;
pub use train::TrainError;

/// The result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused an operation on a file.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as a verb phrase: "open for reading".
        action: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Options out of range or at odds with each other.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The text could not be read or decoded.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The text holds nothing to train on.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A graph could not be read or walked.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A file of embeddings could not be understood.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A question could not be answered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A set of questions could not be scored.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// A map could not be drawn.
    #[error(transparent)]
    Map(#[from] MapError),
    /// Training could not start or had to stop.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A run could not be kept or gone on with.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl Error {
    /// An I/O failure of `action` ("open for reading", "write") on `path`.
    pub fn io(path: impl AsRef<Path>, action: &'static str, source: std::io::Error) -> Self {
        Self::Io {
            path: path.as_ref().to_path_buf(),
            action,
            source,
        }
    }
}
