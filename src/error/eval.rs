//! Failures of scoring.

use std::path::PathBuf;

/// Failures of scoring.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A file that is no text: vectors, say, that stand behind the sets.
    #[error(
        "{}: expected questions as lines of UTF-8, found NUL bytes; check that it is the \
         right file (`w2v eval` takes vectors before the sets)",
        .0.display()
    )]
    NotText(PathBuf),
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
