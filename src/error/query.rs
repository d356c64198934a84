//! Failures of questions.

/// Failures of questions.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {}
