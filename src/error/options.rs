//! Failures of what the user asked for.

/// Failures of what the user asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {}
