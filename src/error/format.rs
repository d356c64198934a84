//! Failures of files of embeddings.

/// Failures of files of embeddings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {}
