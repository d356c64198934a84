//! What the user says the words are.

use std::collections::HashMap;
use std::path::Path;

use crate::error::{Error, Result};

/// Words with the categories that a list gives them.
#[derive(Debug, Clone, Default)]
pub struct Categories {
    of: HashMap<String, String>,
}

impl Categories {
    /// Reads a list: a word and its category a line, parted by a tab or else by a comma.
    ///
    /// # Errors
    /// A file that cannot be read or has a line without a category.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = |source| Error::io(path, "read", source);
        let text = std::fs::read(path).map_err(failed)?;
        let delimiter = if text.contains(&b'\t') { b'\t' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(delimiter)
            .flexible(true)
            // Between tabs every word stands as it is, a quotation mark too.
            .quoting(delimiter == b',')
            .from_reader(text.as_slice());
        let mut of = HashMap::new();
        for record in reader.byte_records() {
            let record = record.map_err(|error| failed(error.into()))?;
            let line = record.position().map_or(0, |position| position.line());
            let field = |i: usize| {
                record
                    .get(i)
                    .map(|f| String::from_utf8_lossy(f).trim().to_owned())
            };
            let (Some(word), Some(category)) = (field(0), field(1)) else {
                let why = format!("line {line}: expected a word, a tab or comma, and its category");
                return Err(failed(std::io::Error::new(
                    std::io::ErrorKind::InvalidData,
                    why,
                )));
            };
            of.insert(word, category);
        }
        Ok(Self { of })
    }

    /// The category of each of `words`, and the names of all categories that occur, the one with
    /// most words first.
    pub(super) fn sort<'a>(&self, words: impl Iterator<Item = &'a str>) -> Sorted {
        let found: Vec<Option<&String>> = words.map(|word| self.of.get(word)).collect();
        let mut sizes: HashMap<&str, usize> = HashMap::new();
        for category in found.iter().flatten() {
            *sizes.entry(category).or_default() += 1;
        }
        let mut names: Vec<(&str, usize)> = sizes.into_iter().collect();
        names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let places: HashMap<&str, u32> = names.iter().zip(0..).map(|(n, at)| (n.0, at)).collect();
        Sorted {
            of: found
                .iter()
                .map(|c| c.map(|category| places[category.as_str()]))
                .collect(),
            names: names.iter().map(|name| name.0.to_owned()).collect(),
        }
    }
}

/// The categories of the words of a map.
#[derive(Debug, Clone, Default)]
pub(super) struct Sorted {
    /// For each word the place of its category, if it has one.
    pub(super) of: Vec<Option<u32>>,
    /// The categories, the one with most words first.
    pub(super) names: Vec<String>,
}
