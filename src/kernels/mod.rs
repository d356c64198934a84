//! Arithmetic on rows of floats, chosen once a run for the processor at hand.
//!
//! Uses no other room; one of the two rooms with unsafe code.
//!
//! # How the training step works
//!
//! A centre word meets its `m` context rows (input matrix) and `n` output rows (its own and its
//! negatives). Word2vec walks the `m * n` pairs one by one, loading and storing two rows a pair.
//! Here the whole window is one small matrix problem:
//!
//! ```text
//! G    = Out . In^T                     n x m dot products
//! E    = lr * (label - sigmoid(G))      label 1 for the centre's row, 0 for negatives
//! In  += E^T . Out      Out += E . In   both with the rows as they were before the step
//! ```
//!
//! 1. `G` is computed in register tiles: a tile of rows is loaded once a column block and meets
//!    every other, so there are several multiplications a load.
//! 2. Four dot products are summed across lanes at once by a 4 x 4 transpose.
//! 3. Then come the sigmoids of all contexts, none of which waits for another: a polynomial on whole vectors; no table, no
//!    branch, no scalar code.
//! 4. Both updates happen in one pass over the columns: a column block of all output rows stays in
//!    registers while the context rows stream past.
//! 5. The rows of the next centre are prefetched during that pass, a cache line a column block.
//! 6. The loss is kept as a product of `1 + exp(-x)`, so it needs no logarithm in the loop.
//!
//! The algorithm is written once (`step`), generic over `lanes::Lanes`; the instruction sets
//! only supply vectors. `portable` is the plain version that all others are tested against. `bf16` does the same with
//! products of shorter numbers, which are packed in another way, and has a plain version of its own in its tests.
//!
//! # Shared rows
//!
//! Rows are shared by racing threads (Hogwild; Niu et al. 2011). All families access them only by
//! relaxed atomic operations on single floats, or by inline assembly that means exactly that; see
//! `lanes`.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod bf16;
#[cfg(test)]
mod bf16_tests;
mod bits;
mod cbow;
mod errors;
#[cfg(target_arch = "x86_64")]
mod instances;
mod lanes;
mod meet;
mod merge;
mod panel;
mod portable;
mod quantised;
#[cfg(test)]
mod repeat_tests;
mod scratch;
mod step;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use meet::Rows;
pub use merge::MergeFn;
pub use panel::{Directions, PANEL, Panel, TILE};
pub use quantised::largest_i16;
pub use scratch::{LossSum, MOST as MOST_ROWS, Scratch};
pub use step::{Step, StepFn};

/// Floats in a cache line; rows of shared matrices begin on one.
pub const LINE: usize = 16;

/// A family of kernels. The value itself proves nothing: functions are handed out by
/// [`Kernel::skipgram`] and its siblings, which ask the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// AVX-512 F, DQ, BW and BF16: skip-gram with 4, 6 or 8 outputs multiplies bf16, two at once in each of 16 lanes;
    /// all else as [`Self::Avx512`].
    Avx512Bf16,
    /// AVX-512 F and DQ: 16 floats at once.
    Avx512,
    /// AVX2 and FMA: 8 floats at once.
    Avx2,
    /// Plain Rust; runs everywhere and is the oracle of the others.
    Portable,
}

impl Kernel {
    /// All families, the fastest first.
    pub const ALL: [Self; 4] = [Self::Avx512Bf16, Self::Avx512, Self::Avx2, Self::Portable];

    /// Whether this processor runs the family.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bf16 => bf16::is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::is_available(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx512Bf16 | Self::Avx512 | Self::Avx2 => false,
            Self::Portable => true,
        }
    }

    /// The families that this processor runs, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kernel| kernel.is_available())
    }

    /// The fastest family that this processor runs.
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self::Portable)
    }

    /// Its name as typed and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512Bf16 => "avx512bf16",
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }

    /// The family whose instructions it takes for all but the products of skip-gram.
    fn vectors(self) -> Self {
        match self {
            Self::Avx512Bf16 => Self::Avx512,
            other => other,
        }
    }

    /// The skip-gram step for `outputs` output rows and vectors of `dim`; the portable one where
    /// this processor does not run the family.
    pub fn skipgram(self, outputs: usize, dim: usize) -> StepFn {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bf16 if self.is_available() => bf16::skipgram(outputs, dim),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 if self.is_available() => avx512::skipgram(outputs, dim),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 if self.is_available() => avx2::skipgram(outputs, dim),
            _ => portable::skipgram,
        }
    }

    /// The CBOW step for `outputs` output rows and vectors of `dim`, `weighted` by place or not; the portable one where this
    /// processor does not run the family.
    pub fn cbow(self, outputs: usize, dim: usize, weighted: bool) -> StepFn {
        match self.vectors() {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 if self.is_available() => avx512::cbow(outputs, dim, weighted),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 if self.is_available() => avx2::cbow(outputs, dim, weighted),
            _ if weighted => portable::weighted_cbow,
            _ => portable::cbow,
        }
    }

    /// The merge of a worker's own rows with shared ones; the portable one where this processor does not
    /// run the family.
    pub fn merge(self) -> MergeFn {
        match self.vectors() {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 if self.is_available() => avx512::merge,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 if self.is_available() => avx2::merge,
            _ => portable::merge,
        }
    }

    /// Sum of the products of two slices, as long as the shorter one.
    pub fn dot(self, a: &[f32], b: &[f32]) -> f32 {
        let n = a.len().min(b.len());
        match self.vectors() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor was asked, and both slices hold `n` floats.
            Self::Avx512 if self.is_available() => unsafe {
                avx512::dot(a.as_ptr(), b.as_ptr(), n)
            },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor was asked, and both slices hold `n` floats.
            Self::Avx2 if self.is_available() => unsafe { avx2::dot(a.as_ptr(), b.as_ptr(), n) },
            _ => portable::dot(&a[..n], &b[..n]),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No family has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no kernel is called {0:?}: choose avx512bf16, avx512, avx2 or portable")]
pub struct UnknownKernel(pub String);

impl FromStr for Kernel {
    type Err = UnknownKernel;

    fn from_str(name: &str) -> Result<Self, UnknownKernel> {
        Self::ALL
            .into_iter()
            .find(|kernel| kernel.name() == name)
            .ok_or_else(|| UnknownKernel(name.to_owned()))
    }
}
