//! From what a user asks for to words of a vocabulary.

use super::normalize::{Normalizer, fold};
use super::{TextOptions, Tokenizer};
use crate::error::Result;

/// Finds the words that a question means, treated as the text was.
#[derive(Debug)]
pub struct Lookup {
    options: TextOptions,
    normalizer: Normalizer,
    /// Made when it is needed for the first time: the dictionaries take their time.
    tokenizer: Option<Tokenizer>,
}

impl Lookup {
    /// For a text with these options.
    pub fn new(options: &TextOptions) -> Self {
        Self {
            normalizer: Normalizer::new(options),
            options: options.clone(),
            tokenizer: None,
        }
    }

    /// The words that `query` means: itself in normal form when that is `known`; else its tokens
    /// joined by `_` when there are several and that is a known phrase; else its tokens, known or
    /// not. Never empty: a query without any token (punctuation, a stop word) stays itself.
    ///
    /// # Errors
    /// A dictionary that cannot be read.
    pub fn words(&mut self, query: &str, known: impl Fn(&str) -> bool) -> Result<Vec<String>> {
        let whole = self.whole(query.trim());
        if known(&whole) {
            return Ok(vec![whole]);
        }
        let mut tokens = self.tokens(query)?;
        let phrase = tokens.join("_");
        if tokens.len() > 1 && known(&phrase) {
            tokens = vec![phrase];
        }
        if tokens.is_empty() {
            tokens.push(whole);
        }
        Ok(tokens)
    }

    /// The tokens of `query`.
    fn tokens(&mut self, query: &str) -> Result<Vec<String>> {
        if self.tokenizer.is_none() {
            self.tokenizer = Some(Tokenizer::new(&self.options)?);
        }
        let tokens = self.tokenizer.as_mut().map(|t| t.tokens(query));
        Ok(tokens.unwrap_or_default())
    }

    /// `query` in normal form, not cut.
    pub fn whole(&mut self, query: &str) -> String {
        let folded = fold(query, &self.options);
        self.normalizer.apply(&folded).to_owned()
    }
}
