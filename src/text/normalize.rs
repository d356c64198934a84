//! One word in its normal form.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::{Normalization, TextOptions};

/// Makes words small, composed, and free of accents, as the options say.
#[derive(Debug, Clone, Default)]
pub(super) struct Normalizer {
    lowercase: bool,
    compose: bool,
    strip_accents: bool,
    changed: String,
    composed: String,
}

impl Normalizer {
    pub(super) fn new(options: &TextOptions) -> Self {
        Self {
            lowercase: options.lowercase,
            compose: options.normalization != Normalization::None,
            strip_accents: options.strip_accents,
            ..Self::default()
        }
    }

    /// Whether words stay as they are.
    pub(super) fn is_identity(&self) -> bool {
        !(self.lowercase || self.compose || self.strip_accents)
    }

    /// The normal form of `word`.
    pub(super) fn apply<'a>(&'a mut self, word: &'a str) -> &'a str {
        if self.is_identity() || (word.is_ascii() && !self.lowercase) {
            return word;
        }
        self.changed.clear();
        if !self.lowercase {
            self.changed.push_str(word);
        } else if word.contains('Σ') {
            // The one letter whose lower case depends on its place in the word.
            self.changed.push_str(&word.to_lowercase());
        } else {
            let lower = word.chars().flat_map(char::to_lowercase);
            self.changed.extend(lower);
        }
        if self.strip_accents {
            let bare = self.changed.nfd().filter(|c| !is_accent(*c)).nfc();
            self.composed.clear();
            self.composed.extend(bare);
            return &self.composed;
        }
        // Nothing below U+0300 combines.
        let plain = self.changed.bytes().all(|b| b < 0xCC);
        if !self.compose || plain || is_nfc_quick(self.changed.chars()) == IsNormalized::Yes {
            return &self.changed;
        }
        self.composed.clear();
        self.composed.extend(self.changed.nfc());
        &self.composed
    }
}

/// The accents of Latin, Greek and Cyrillic letters. Marks of other scripts are no decoration:
/// they tell vowels and consonants apart.
fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36F}').contains(&c)
}

/// `text` with its variants of characters made ordinary, as far as the options say.
pub(super) fn fold(text: &str, options: &TextOptions) -> String {
    let mut folded = String::new();
    match options.normalization {
        Normalization::Nfkc => folded.extend(text.nfkc()),
        _ if options.fold_width => fold_width(text, &mut folded),
        _ => folded.push_str(text),
    }
    folded
}

/// Appends `text` to `out` with wide and narrow forms (U+FF00 to U+FFEF, U+3000) made ordinary.
pub(super) fn fold_width(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\u{3000}' | '\u{FF00}'..='\u{FFEF}' => out.extend(std::iter::once(c).nfkc()),
            _ => out.push(c),
        }
    }
}
