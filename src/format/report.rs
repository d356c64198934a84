//! What was noticed while a file was read.

use std::path::PathBuf;

use super::Format;

/// What a file was, and what in it was put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadReport {
    /// Its format.
    pub format: Format,
    /// How it was packed: "gzip", "zstd".
    pub packed: Option<&'static str>,
    /// The file beside it that holds its words.
    pub words_in: Option<PathBuf>,
    /// Words that came again; their first vector was kept.
    pub duplicates: u64,
    /// Words with bytes that are no UTF-8; each byte became a private character, which is written
    /// as the byte again.
    pub not_utf8: u64,
    /// The number of words in the header, when it is not the number of lines.
    pub header_words: Option<u64>,
}

impl ReadReport {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            packed: None,
            words_in: None,
            duplicates: 0,
            not_utf8: 0,
            header_words: None,
        }
    }

    /// What a user should know, one line each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.duplicates > 0 {
            let n = self.duplicates;
            notes.push(format!(
                "{n} words came again; the first vector of each was kept"
            ));
        }
        if self.not_utf8 > 0 {
            let n = self.not_utf8;
            notes.push(format!(
                "{n} words hold bytes that are no UTF-8; each stands as a private character (U+10F780 \
                 and on) and is written as the byte it was"
            ));
        }
        if let Some(words) = self.header_words {
            notes.push(format!(
                "the header says {words} words; the lines were believed instead"
            ));
        }
        notes
    }
}
