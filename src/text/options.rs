//! What decides the tokens of a text, and how it is stored in a model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Tokenizer;
use crate::error::{Result, TextError};

/// How a line is cut into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenizerKind {
    /// UAX #29 words, lower-cased, NFC.
    Unicode,
    /// Whatever stands between white space, unchanged.
    Whitespace,
}

impl TokenizerKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Unicode, Self::Whitespace];

    /// The name on the command line and in a model.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unicode => "unicode",
            Self::Whitespace => "whitespace",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Everything that decides what the tokens of a text are. Stored in the model, so that a query is
/// treated as the text was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextOptions {
    /// How a line is cut into tokens.
    pub tokenizer: TokenizerKind,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            tokenizer: TokenizerKind::Unicode,
        }
    }
}

impl TextOptions {
    /// The tokens of a query, cut and normalised exactly as a text is: `"New-York"` becomes
    /// `["new", "york"]` with the unicode tokenizer.
    pub fn query_tokens(&self, query: &str) -> Vec<String> {
        Tokenizer::new(self).tokens(query)
    }

    /// Names and values, to be stored in a model.
    pub fn to_map(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("tokenizer".to_owned(), self.tokenizer.name().to_owned())])
    }

    /// The options that [`TextOptions::to_map`] stored. A name that is missing has its default
    /// value: vectors of other programs come without any.
    ///
    /// # Errors
    /// [`TextError::UnknownOption`] and [`TextError::UnknownValue`]: treating a query otherwise
    /// than the text was would give wrong answers.
    pub fn from_map(map: &BTreeMap<String, String>) -> Result<Self> {
        let mut options = Self::default();
        for (name, value) in map {
            match name.as_str() {
                "tokenizer" => {
                    options.tokenizer = TokenizerKind::from_name(value)
                        .ok_or_else(|| unknown_value(name, value, "unicode or whitespace"))?;
                }
                _ => return Err(TextError::UnknownOption { name: name.clone() }.into()),
            }
        }
        Ok(options)
    }
}

fn unknown_value(name: &str, value: &str, expected: &'static str) -> TextError {
    TextError::UnknownValue {
        name: name.to_owned(),
        value: value.to_owned(),
        expected,
    }
}
