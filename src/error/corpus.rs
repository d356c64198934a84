//! Failures of the text as a corpus.

/// Failures of the text as a corpus.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {}
