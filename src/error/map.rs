//! Failures of maps.

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
}
