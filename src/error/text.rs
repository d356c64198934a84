//! Failures of reading and decoding text.

/// Failures of reading and decoding text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {}
