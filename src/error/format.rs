//! Failures of files of embeddings.

use std::path::PathBuf;

/// Failures of files of embeddings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// There is no file.
    #[error(
        "{}: no such file; expected a file of vectors: train one with `w2v train` or name another",
        .0.display()
    )]
    NotFound(PathBuf),
    /// A folder where a file should be.
    #[error("{}: expected a file of vectors, found a folder; name a file in it", .0.display())]
    IsFolder(PathBuf),
    /// The folder of an output does not exist.
    #[error(
        "{}: cannot be written, there is no folder {}; create it or choose another place",
        path.display(), folder.display()
    )]
    NoFolder {
        /// The output.
        path: PathBuf,
        /// The folder that is missing.
        folder: PathBuf,
    },
    /// No format that is known.
    #[error("{}: expected a .w2v file, found {found}; {cure}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What the content looks like.
        found: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// Written by a later version of this program.
    #[error(
        "{}: format version {found}, this program reads up to {newest}; install a newer w2v",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's version.
        found: u32,
        /// The newest version that is understood.
        newest: u32,
    },
    /// Shorter or longer than its header says.
    #[error(
        "{}: expected {expected} bytes, found {found}; it was cut or changed while being written \
         or copied: copy it or train it again",
        path.display()
    )]
    Size {
        /// The file.
        path: PathBuf,
        /// Bytes by the header.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// A checksum that does not match.
    #[error(
        "{}: {part} (bytes {start} to {end}): expected checksum {expected:016x}, found \
         {found:016x}; the file is damaged: copy it or train it again",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The damaged part.
        part: String,
        /// Its first byte.
        start: u64,
        /// The byte after its last.
        end: u64,
        /// Checksum stored.
        expected: u64,
        /// Checksum computed.
        found: u64,
    },
    /// A row whose bits do not add up.
    #[error(
        "{}: vector {row} ({word}): expected sum {expected:08x}, found {found:08x}; the file is \
         damaged: copy it or train it again",
        path.display()
    )]
    DamagedRow {
        /// The file.
        path: PathBuf,
        /// The row, from 0.
        row: u32,
        /// Its word.
        word: String,
        /// Sum stored.
        expected: u32,
        /// Sum computed.
        found: u32,
    },
    /// Numbers of a header that contradict each other or the file.
    #[error(
        "{}: {what} at byte {at}: expected {expected}, found {found}; the file is damaged: copy \
         it or train it again",
        path.display()
    )]
    Layout {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
        /// Where in the file.
        at: u64,
        /// What it should be.
        expected: u64,
        /// What it is.
        found: u64,
    },
    /// A header that cannot be decoded.
    #[error(
        "{}: the header (byte {at}) cannot be read: {source}; the file is damaged: copy it or \
         train it again",
        path.display()
    )]
    Header {
        /// The file.
        path: PathBuf,
        /// Where the header begins.
        at: u64,
        /// The decoder's word.
        source: bincode::error::DecodeError,
    },
    /// Metadata too large for the header.
    #[error("{}: the header cannot be written: {source}; shorten the metadata", path.display())]
    HeaderTooLarge {
        /// The file.
        path: PathBuf,
        /// The encoder's word.
        source: bincode::error::EncodeError,
    },
    /// The words cannot be indexed.
    #[error("{}: the word index cannot be built: {source}; each word must occur once", path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// The index's word.
        source: fst::Error,
    },
    /// This machine cannot use the file's bytes in place.
    #[error(
        "{}: floats are little-endian and at multiples of 4 bytes, which this machine cannot map; \
         use a little-endian machine",
        .0.display()
    )]
    NotMappable(PathBuf),
}
