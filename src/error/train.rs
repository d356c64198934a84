//! Failures of training.

/// Failures of training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {}
