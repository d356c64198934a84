//! Failures of scoring.

use std::path::PathBuf;

/// Failures of scoring.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A file without one line that is a question.
    #[error(
        "{}: expected lines of {expected}, found none in {lines} lines; check that it is the \
         right file",
        path.display()
    )]
    NoQuestions {
        /// The file.
        path: PathBuf,
        /// What a line should be.
        expected: &'static str,
        /// Lines read.
        lines: usize,
    },
}
