//! Failures of reading and decoding text.

use std::path::PathBuf;

/// Failures of reading and decoding text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// A source that is not there.
    #[error(
        "{}: no such file; check the name, or give - to read standard input",
        path.display()
    )]
    NotFound {
        /// The name that was given.
        path: PathBuf,
    },
    /// A folder where a file was expected.
    #[error("{}: is a folder, not a file; name the text files in it", path.display())]
    Folder {
        /// The name that was given.
        path: PathBuf,
    },
    /// A folder without a file to read.
    #[error(
        "{}: no file {}in this folder; name another{}",
        path.display(),
        if *filtered { "that matches --include is " } else { "" },
        if *filtered { ", or another pattern" } else { "" }
    )]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
        /// Whether patterns were given.
        filtered: bool,
    },
    /// Something in a folder that may not be entered, or a link that leads nowhere.
    #[error(
        "{}: cannot look into it: {source}; it is in a folder that is read whole: mend it or take it away",
        path.display()
    )]
    InFolder {
        /// What was found in the folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A file name pattern that is none.
    #[error("--include {pattern:?} is no file name pattern: {source}; write for example '*.txt'")]
    Pattern {
        /// The pattern that was given.
        pattern: String,
        /// What is wrong with it.
        source: glob::PatternError,
    },
    /// An encoding that nobody knows.
    #[error(
        "--encoding {name:?} is unknown; write for example latin1, windows-1252, gb18030, big5, \
         shift_jis, euc-kr or utf-16le"
    )]
    UnknownEncoding {
        /// The name that was given.
        name: String,
    },
    /// A list of words in another encoding.
    #[error(
        "{}, line {line}: expected UTF-8, found the byte {byte:#04x}; convert the list: \
         iconv -f latin1 -t utf-8, or whatever it is written in",
        path.display()
    )]
    NotUtf8 {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The first byte that belongs to no character.
        byte: u8,
    },
    /// A line of a dictionary that is none.
    #[error(
        "dictionary, line {line:?}: {problem}; write a word, or a word, a space and its frequency"
    )]
    Dictionary {
        /// The line.
        line: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Words of a dictionary that no text has, as it is cut.
    #[error(
        "{}, line {line}: expected a word of Chinese characters alone, found {word:?}{}: the chinese tokenizer \
         cuts whatever is Latin or a digit apart; take such words out",
        path.display(),
        if *more > 0 { format!(" (and {more} more)") } else { String::new() }
    )]
    NeverFound {
        /// The dictionary.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The first such word.
        word: String,
        /// How many there are besides.
        more: usize,
    },
    /// A record without a readable text.
    #[error(
        "{name}, line {line}: {problem}; correct it, or leave such records out with \
         --skip-bad-lines"
    )]
    BadRecord {
        /// The source, as the user named it.
        name: String,
        /// The line of the file in which the record begins, from 1.
        line: u64,
        /// What was found and what was expected.
        problem: String,
    },
    /// A quote that begins a cell, without another that ends it.
    #[error(
        "{name}, line {line}: a cell begins with a quote, expected another one at its end, found {}; \
         close it, or write a cell that begins with a quote as \"\"\"so\"",
        if *ended { "the end of the file" } else { "none in 256 MiB" }
    )]
    OpenQuote {
        /// The source, as the user named it.
        name: String,
        /// The line of the file in which the quote stands, from 1.
        line: u64,
        /// Whether the file ended, or the cell became too long.
        ended: bool,
    },
    /// A line, or a row of a table, that goes on and on.
    #[error(
        "{name}, line {line}: expected the end of what begins there within 256 MiB, found none; \
         break it into lines"
    )]
    LongLine {
        /// The source, as the user named it.
        name: String,
        /// The line in which it begins, from 1.
        line: u64,
    },
    /// A table without the column.
    #[error("{name}, line 1: no column {column:?}; the columns are: {columns}")]
    NoColumn {
        /// The source, as the user named it.
        name: String,
        /// The column that was asked for.
        column: String,
        /// The columns there are.
        columns: String,
    },
    /// A table that nothing can be learnt from.
    #[error("{tables}: {problem}; name columns of a table with a header line and rows below it")]
    Table {
        /// The tables, as the user named them.
        tables: String,
        /// What was found.
        problem: String,
    },
    /// The system refused to go on reading.
    #[error("{name}: cannot read on after byte {offset}: {source}")]
    Read {
        /// The source, as the user named it.
        name: String,
        /// Bytes read from it before the failure.
        offset: u64,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A file that was longer when it was opened.
    #[error(
        "{name}: expected {expected} bytes as when it was opened, found its end after {found}; somebody \
         cuts it: wait until it is whole, or give a copy"
    )]
    Shrunk {
        /// The source, as the user named it.
        name: String,
        /// Its length when it was opened.
        expected: u64,
        /// Bytes that were read up to its end.
        found: u64,
    },
    /// A compressed source that is cut or damaged.
    #[error(
        "{name}: {format} data are cut or damaged, near byte {offset} of the file: {source}; \
         compress or download it again"
    )]
    Damaged {
        /// The source, as the user named it.
        name: String,
        /// The compression its first bytes announce.
        format: &'static str,
        /// Bytes of the compressed file read before the failure.
        offset: u64,
        /// What the decoder found.
        source: std::io::Error,
    },
    /// A stored text option that this version does not know.
    #[error(
        "the model's text option {name:?} is unknown to this version of w2v; \
         open the model with a newer one"
    )]
    UnknownOption {
        /// Name of the option.
        name: String,
    },
    /// A stored text option with a value that this version does not know.
    #[error(
        "the model's text option {name:?} is {value:?}, expected {expected}; \
         open the model with a newer w2v"
    )]
    UnknownValue {
        /// Name of the option.
        name: String,
        /// The value found.
        value: String,
        /// The values there are.
        expected: &'static str,
    },
    /// The caller asked the scan to stop.
    #[error("the scan of the text was interrupted")]
    Interrupted,
}
