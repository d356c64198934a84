//! Word embeddings from any text.
//!
//! The data flows one way, and each module is one room on that way:
//!
//! ```text
//! bytes ─text─> lines of tokens ─corpus─> ids + vocabulary ─train─> embeddings ─format─> file
//!                                                                       │
//!                                       query · eval · map <────────────┘
//! ```
//!
//! The library knows no terminal, no argument parser and no exit code; those live in the binary,
//! behind the feature `cli`.

pub mod compose;
pub mod corpus;
pub mod embeddings;
pub mod error;
pub mod eval;
pub mod format;
pub mod graph;
pub mod kernels;
pub mod map;
pub mod memory;
pub mod query;
pub mod text;
pub mod train;
pub mod vocab;

pub use error::{Error, Result};

/// The README's library example, compiled with the other examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
