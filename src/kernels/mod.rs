//! Arithmetic on rows of floats, chosen once a run for the processor at hand.
//!
//! Uses no other room; one of the two rooms with unsafe code.
#![allow(unsafe_code)]

use serde::{Deserialize, Serialize};

/// A family of kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// Plain Rust; runs everywhere and is the oracle of the others.
    Portable,
}

impl Kernel {
    /// The fastest family that this processor runs.
    pub fn best() -> Self {
        Self::Portable
    }

    /// Sum of the products of two slices of one length.
    pub fn dot(self, a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }
}
