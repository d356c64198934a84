//! Failures of maps.

use std::path::PathBuf;

/// Failures of maps.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// Too few words for a plane.
    #[error(
        "a map needs at least {least} words with a direction, found {found}; ask for more words"
    )]
    TooFew {
        /// Words needed.
        least: usize,
        /// Words found.
        found: usize,
    },
    /// A picture that cannot be made from the drawing.
    #[error("{}: the picture cannot be made: {why}; write it as .svg", path.display())]
    Picture {
        /// The output.
        path: PathBuf,
        /// What the renderer says.
        why: String,
    },
}
