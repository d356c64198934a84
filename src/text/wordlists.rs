//! Lists of words: stop words and dictionaries.

use std::path::Path;

use encoding_rs::{Encoding, UTF_8};

use super::chinese::{entry, is_han};
use crate::error::{Error, Result, TextError};

/// The stop words of a language ("en", "zh", and most other codes of ISO 639-1) or, where there
/// is no such language, of a file with a word a line.
///
/// # Errors
/// A file that cannot be read or is no UTF-8.
pub fn stopwords(language_or_file: &str) -> Result<Vec<String>> {
    if let Some(words) = stop_words::lookup(language_or_file) {
        return Ok(words.iter().map(|&word| word.to_owned()).collect());
    }
    let text = read(Path::new(language_or_file))?;
    Ok(lines(&text).map(|(_, line)| line.to_owned()).collect())
}

/// The lines of a user's dictionary, checked.
///
/// # Errors
/// A file that cannot be read or is no UTF-8, a line that is no entry, a word that is never found: words are looked for in
/// runs of Chinese characters.
pub fn read_dictionary(path: &Path) -> Result<Vec<String>> {
    let text = read(path)?;
    let mut entries = Vec::new();
    let mut never_found = Vec::new();
    for (number, line) in lines(&text) {
        let (word, _) = entry(line)?;
        if !word.chars().all(is_han) {
            never_found.push((number, word));
        }
        entries.push(line.to_owned());
    }
    match never_found.first() {
        None => Ok(entries),
        Some(&(line, word)) => Err(TextError::NeverFound {
            path: path.to_path_buf(),
            line,
            word: word.to_owned(),
            more: never_found.len() - 1,
        }
        .into()),
    }
}

/// The words of a list, one a line. What follows a tab is left out; so is a number that follows a word
/// and a space: its count.
///
/// # Errors
/// A file that cannot be read or is no UTF-8.
pub fn read_words(path: &Path) -> Result<Vec<String>> {
    let word = |line: &str| match line.split_once('\t').or_else(|| counted(line)) {
        Some((word, _)) => word.trim_end().to_owned(),
        None => line.to_owned(),
    };
    let text = read(path)?;
    Ok(lines(&text).map(|(_, line)| word(line)).collect())
}

/// A word and its count, with a space between.
fn counted(line: &str) -> Option<(&str, &str)> {
    let (word, count) = line.split_once(' ')?;
    count
        .trim()
        .parse::<f64>()
        .is_ok_and(f64::is_finite)
        .then_some((word, count))
}

/// The text of a file: UTF-8, or UTF-16 with a byte order mark. Any other would be words that no text has.
fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|e| Error::io(path, "read", e))?;
    let (encoding, mark) = Encoding::for_bom(&bytes).unwrap_or((UTF_8, 0));
    let text = &bytes[mark..];
    if encoding == UTF_8
        && let Err(error) = std::str::from_utf8(text)
    {
        let (before, after) = text.split_at(error.valid_up_to());
        return Err(TextError::NotUtf8 {
            path: path.to_path_buf(),
            line: 1 + before.iter().filter(|&&byte| byte == b'\n').count(),
            byte: after[0],
        }
        .into());
    }
    Ok(encoding.decode_without_bom_handling(text).0.into_owned())
}

/// The lines of a text and their numbers from 1, without those that are empty.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().map(str::trim);
    (1..).zip(lines).filter(|(_, line)| !line.is_empty())
}
