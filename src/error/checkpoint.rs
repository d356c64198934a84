//! Failures of going on with a run.

use std::path::PathBuf;

/// Failures of going on with a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// A file of vectors, but not of an unfinished run.
    #[error(
        "{}: expected a checkpoint of an unfinished run, found finished vectors; give the file \
         named with `train --checkpoint`",
        path.display()
    )]
    Other {
        /// The file.
        path: PathBuf,
    },
    /// The last checkpoint cannot be read, the one before it can.
    #[error("{source}; the one before it is whole: go on with `w2v resume {}`", older.display())]
    OlderIsWhole {
        /// The one before it.
        older: PathBuf,
        /// What is wrong with the last one.
        source: Box<crate::Error>,
    },
    /// The place of the run cannot be read.
    #[error(
        "{}: the place of the run cannot be read: {source}; it is of another version of w2v: go \
         on with that one",
        path.display()
    )]
    State {
        /// The file.
        path: PathBuf,
        /// The decoder's word.
        source: serde_json::Error,
    },
    /// The text is cut into pieces of work in another way than by the version that wrote the checkpoint.
    #[error(
        "{}: expected {expected} tokens in the pieces of work that are done, found {found}; another version of w2v \
         cuts the text in another way: go on with the one that wrote it",
        path.display()
    )]
    Place {
        /// The checkpoint.
        path: PathBuf,
        /// Tokens trained when it was written.
        expected: u64,
        /// Tokens in as many pieces of work now.
        found: u64,
    },
    /// Another option than the run began with.
    #[error(
        "{}: the run began with {name} {expected}, found {name} {found}; go on with what it began \
         with, or begin anew",
        path.display()
    )]
    Option {
        /// The checkpoint.
        path: PathBuf,
        /// The option.
        name: String,
        /// Its value then.
        expected: String,
        /// Its value now.
        found: String,
    },
    /// Another text than the run began with.
    #[error(
        "{}: the text is not the one that the run began with: {what}: expected {expected}, found \
         {found}; give the same text, or begin anew",
        path.display()
    )]
    Text {
        /// The checkpoint.
        path: PathBuf,
        /// What is not the same.
        what: &'static str,
        /// Its value then.
        expected: String,
        /// Its value now.
        found: String,
    },
    /// Other vectors to begin with, or other frozen ones, than the run began with.
    #[error(
        "{}: {what} are not those that the run began with: expected {expected}, found {found}; give \
         the same ones, or begin anew",
        path.display()
    )]
    Given {
        /// The checkpoint.
        path: PathBuf,
        /// What is not the same.
        what: String,
        /// Its checksum then.
        expected: String,
        /// Its checksum now.
        found: String,
    },
    /// A checkpoint would be written over an unfinished run, or over something else.
    #[error("{}: expected no file where checkpoints shall go, found {found}", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
        /// What it is, and what can be done.
        found: &'static str,
    },
    /// No memory for the copy that is written while training goes on.
    #[error(
        "no checkpoint was written: the copy of the vectors needs {} MB of memory, and this \
         machine has {} MB",
        needed / 1_000_000, available / 1_000_000
    )]
    Memory {
        /// Bytes of the copy.
        needed: u64,
        /// Bytes that the machine has free or can make free.
        available: u64,
    },
    /// The system gave no thread to write it.
    #[error("no checkpoint was written: the system gave no thread: {0}")]
    Thread(#[source] std::io::Error),
    /// Numbers that are none were found while copying.
    #[error("no checkpoint was written: vector {row} has numbers that are not finite")]
    NotFinite {
        /// The row.
        row: u32,
    },
}
