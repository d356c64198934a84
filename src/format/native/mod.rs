//! The native file.
//!
//! ```text
//! byte 0   magic, 8 bytes: 0x89 "w2v" CR LF 0x1A LF (shows a file mangled by a text transfer)
//!      8   version, u32 (all numbers little-endian): 1, or 2 where the rows are no f32
//!     12   length of the header in bytes, u32
//!     16   XXH3-64 of bytes 8..16 and of the header, u64
//!     24   header
//!      …   sections, each at a multiple of 64, zeros between; the file ends with the last one
//! ```
//!
//! The header's table names each section with its offset, length, checksum and row stride.
//! Sections of an unknown name are skipped, so later versions may add some without a new
//! version number. Opening reads the header and checks every number in it against the file's
//! size; the sections' checksums are read by the first question (the small ones) and by
//! [`crate::embeddings::Embeddings::verify`] (all), and each row has a sum of its own that a
//! scan checks as it goes.

mod header;
mod read;
mod write;

pub(super) use read::open;
pub use write::Extra;
pub(super) use write::{write, write_with};

/// First bytes of the file.
pub(super) const MAGIC: &[u8; 8] = b"\x89w2v\r\n\x1A\n";
/// Version of files whose rows are f32.
const VERSION: u32 = 1;
/// Version of files whose rows are f16 or i8, which readers of version 1 do not know.
const NEWEST: u32 = 2;
/// Bytes before the header.
const PREFIX: usize = 24;
/// Sections begin at multiples of this, so that rows can be used where they lie.
const ALIGN: usize = 64;

/// Names in the section table.
mod name {
    pub(super) const ENDS: &str = "word-ends";
    pub(super) const TEXT: &str = "words";
    pub(super) const INDEX: &str = "word-index";
    pub(super) const COUNTS: &str = "counts";
    pub(super) const NORMS: &str = "inverse-norms";
    pub(super) const SUMS: &str = "row-sums";
    /// One of the three holds the rows.
    pub(super) const MATRIX: &str = "matrix-f32";
    pub(super) const MATRIX_F16: &str = "matrix-f16";
    pub(super) const MATRIX_I8: &str = "matrix-i8";
    /// Factor of each row of i8.
    pub(super) const FACTORS: &str = "row-factors";
    /// The rows once more as i8, where a fast search was asked for.
    pub(super) const QUICK: &str = "quick-i8";
    pub(super) const QUICK_SUMS: &str = "quick-sums";
    pub(super) const QUICK_FACTORS: &str = "quick-factors";
    /// Rows of the prediction side; only where they were asked to be kept.
    pub(super) const OUTPUT: &str = "output-f32";
}

#[cfg(test)]
mod numbers_tests;
#[cfg(test)]
mod tests;
