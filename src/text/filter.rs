//! What happens to single tokens: normal form, digits, lengths, stop words.

use std::collections::HashSet;

use unicode_normalization::char::is_combining_mark;

use super::normalize::{Normalizer, fold};
use super::{Digits, Punctuation, TextOptions, TokenSink, Tokenizer};

/// Changes and drops tokens, as the options say.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    /// For tokens that come as they stood in the text.
    normalizer: Normalizer,
    trim: bool,
    digits: Digits,
    min_length: usize,
    max_length: usize,
    stopwords: HashSet<String>,
    zeroed: String,
}

impl Filter {
    /// `None` when there is nothing to do. `stopwords` have the form of the text.
    pub(super) fn new(options: &TextOptions, stopwords: HashSet<String>) -> Option<Self> {
        // The other tokenizers do this themselves, where they know that a word is not ASCII.
        let as_it_stands = options.tokenizer.keeps();
        let normalizer = match as_it_stands {
            true => Normalizer::new(options),
            false => Normalizer::default(),
        };
        let filter = Self {
            trim: as_it_stands && options.punctuation == Punctuation::Drop,
            digits: options.digits,
            min_length: options.min_length,
            max_length: options.max_length,
            stopwords,
            zeroed: String::new(),
            normalizer,
        };
        let idle = filter.normalizer.is_identity()
            && !filter.trim
            && filter.digits == Digits::Keep
            && filter.min_length <= 1
            && filter.max_length == usize::MAX
            && filter.stopwords.is_empty();
        (!idle).then_some(filter)
    }

    /// What becomes of `token`.
    fn apply<'a>(&'a mut self, token: &'a str) -> Option<&'a str> {
        let mut token = token;
        if self.trim {
            token = trim(token);
            if token.is_empty() {
                return None;
            }
        }
        let number = self.digits != Digits::Keep && token.contains(char::is_numeric);
        if number && self.digits == Digits::Drop && !token.contains(char::is_alphabetic) {
            return None;
        }
        token = self.normalizer.apply(token);
        if number && self.digits == Digits::Zero {
            self.zeroed.clear();
            self.zeroed.extend(token.chars().map(zero));
            token = &self.zeroed;
        }
        let fits = (self.min_length..=self.max_length).contains(&token.chars().count());
        (fits && !self.stopwords.contains(token)).then_some(token)
    }
}

/// 0 for a digit.
fn zero(c: char) -> char {
    if c.is_numeric() { '0' } else { c }
}

/// The words of a list as a text with these options has them, to be compared with its tokens: what
/// `tokenizer` makes of each where it stands alone.
pub fn words_of_text(
    list: &[String],
    (tokenizer, options): (&mut Tokenizer, &TextOptions),
) -> Vec<String> {
    let mut words = Vec::with_capacity(list.len());
    for word in list {
        words.push(match <[String; 1]>::try_from(tokenizer.tokens(word)) {
            Ok([token]) => token,
            Err(_) => whole(word, options),
        });
    }
    words
}

/// The form of a word that is cut where it stands alone: an item of two words, or a Chinese word that
/// others make whole.
fn whole(word: &str, options: &TextOptions) -> String {
    let folded = fold(word, options);
    let bare = match options.punctuation {
        Punctuation::Drop => trim(&folded),
        Punctuation::Keep => &folded,
    };
    let mut normalizer = Normalizer::new(options);
    let normal = normalizer.apply(bare);
    match options.digits {
        Digits::Zero => normal.chars().map(zero).collect(),
        Digits::Keep | Digits::Drop => normal.to_owned(),
    }
}

/// `token` from its first letter or digit to its last one and the marks on that: they are part of it, be
/// they accents, vowels or tones.
fn trim(token: &str) -> &str {
    let token = token.trim_start_matches(|c: char| !c.is_alphanumeric());
    let bare = token.trim_end_matches(|c: char| !c.is_alphanumeric());
    let after = &token[bare.len()..];
    let marks = after.len() - after.trim_start_matches(is_combining_mark).len();
    &token[..bare.len() + marks]
}

/// A sink behind a filter.
pub(super) struct Filtered<'a, S> {
    pub(super) filter: &'a mut Filter,
    pub(super) sink: &'a mut S,
}

impl<S: TokenSink> TokenSink for Filtered<'_, S> {
    fn token(&mut self, token: &str) {
        if let Some(token) = self.filter.apply(token) {
            self.sink.token(token);
        }
    }

    fn end_sentence(&mut self) {
        self.sink.end_sentence();
    }
}
