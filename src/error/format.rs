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
    /// Another process has claimed the output.
    #[error(
        "{}: another w2v is about to write it; wait for that run, or choose another output",
        .0.display()
    )]
    Claimed(PathBuf),
    /// No format that is known.
    #[error("{}: expected a file of vectors, found {found}; {cure}", path.display())]
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
    /// Content that is not what its format wants.
    #[error("{}: {place} (byte {at}): expected {expected}, found {found}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The part of the file, for people: "word 1,204", "line 3".
        place: String,
        /// The byte, of the unpacked file.
        at: u64,
        /// What should be there.
        expected: String,
        /// What is there, and what to do about it.
        found: String,
    },
    /// Compressed data that cannot be unpacked.
    #[error(
        "{}: the {packing} data cannot be unpacked (near byte {at} of what is packed): {source}; \
         copy the file again",
        path.display()
    )]
    Packing {
        /// The file.
        path: PathBuf,
        /// How it is packed.
        packing: &'static str,
        /// The last place that could be read, in unpacked bytes.
        at: u64,
        /// The unpacker's word.
        source: std::io::Error,
    },
    /// Words that an output format cannot hold.
    #[error(
        "{}: {count} words cannot be written as {format}, which {why} (the first is {first:?}); \
         leave them out with --skip-unwritable, or choose the native format",
        path.display()
    )]
    Unwritable {
        /// The output.
        path: PathBuf,
        /// The output's format.
        format: &'static str,
        /// How many words.
        count: usize,
        /// The first of them.
        first: String,
        /// What the format cannot hold.
        why: &'static str,
    },
    /// A matrix that would lie where its own words belong.
    #[error("{}: its words would be written into the same file; choose another name", .0.display())]
    OwnWords(PathBuf),
    /// Words that would be written over those of another matrix.
    #[error(
        "{}: its words would take the place of those of {}; choose another {apart}, or remove that \
         file first",
        path.display(), other.display()
    )]
    WordsOfAnother {
        /// The output.
        path: PathBuf,
        /// The matrix that would lose its words.
        other: PathBuf,
        /// What keeps their words apart: "name", "folder".
        apart: &'static str,
    },
    /// A format that can be read but not written.
    #[error("{}: {format} cannot be written; choose one of {writable}", path.display())]
    ReadOnly {
        /// The output.
        path: PathBuf,
        /// The format asked for.
        format: &'static str,
        /// The formats that can be written.
        writable: String,
    },
    /// Vectors whose words are in a file of their own, which is not there.
    #[error(
        "{}: holds no words; expected one a line in {}; write that file, or name the vectors' \
         own word list so",
        path.display(), expected.display()
    )]
    NoWordList {
        /// The file.
        path: PathBuf,
        /// Where the words should be.
        expected: PathBuf,
    },
}
