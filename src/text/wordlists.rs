//! Lists of words: stop words and dictionaries.

use std::path::Path;

use super::chinese::entry;
use crate::error::{Error, Result};

/// The stop words of a language ("en", "zh", and most other codes of ISO 639-1) or, where there
/// is no such language, of a file with a word a line.
///
/// # Errors
/// A file that cannot be read.
pub fn stopwords(language_or_file: &str) -> Result<Vec<String>> {
    if let Some(words) = stop_words::lookup(language_or_file) {
        return Ok(words.iter().map(|&word| word.to_owned()).collect());
    }
    read_lines(Path::new(language_or_file))
}

/// The lines of a user's dictionary, checked.
///
/// # Errors
/// A file that cannot be read, a line that is no entry.
pub fn read_dictionary(path: &Path) -> Result<Vec<String>> {
    let lines = read_lines(path)?;
    for line in &lines {
        entry(line)?;
    }
    Ok(lines)
}

/// The words of a list, one a line. What follows a tab is left out; so is a number that follows a word
/// and a space: its count.
///
/// # Errors
/// A file that cannot be read.
pub fn read_words(path: &Path) -> Result<Vec<String>> {
    let word = |line: String| match line.split_once('\t').or_else(|| counted(&line)) {
        Some((word, _)) => word.trim_end().to_owned(),
        None => line,
    };
    Ok(read_lines(path)?.into_iter().map(word).collect())
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

/// The lines of a file, without those that are empty.
fn read_lines(path: &Path) -> Result<Vec<String>> {
    let bytes = std::fs::read(path).map_err(|e| Error::io(path, "read", e))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.trim_start_matches('\u{FEFF}').lines().map(str::trim);
    Ok(lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect())
}
