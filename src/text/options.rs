//! What decides the tokens of a text, and how it is stored in a model.

use std::collections::BTreeMap;

use super::Column;
use crate::error::{Result, TextError};

/// An enum whose values have names, on the command line and in a model.
macro_rules! named {
    (
        $(#[$about:meta])*
        $name:ident, $expected:literal:
        $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name on the command line and in a model.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl Stored for $name {
            const EXPECTED: &'static str = $expected;

            fn store(&self) -> String {
                self.name().to_owned()
            }

            fn read(value: &str) -> Option<Self> {
                Self::from_name(value)
            }
        }
    };
}

/// A value as it stands in a model.
trait Stored: Sized {
    /// The values there are, in words.
    const EXPECTED: &'static str;
    fn store(&self) -> String;
    fn read(value: &str) -> Option<Self>;
}

named! {
    /// How a line is cut into tokens.
    TokenizerKind, "unicode, whitespace, chinese or items":
    /// Words as UAX #29 defines them. Japanese comes out as single characters (runs of katakana
    /// stay together), Korean as what stands between spaces, Thai as whole phrases.
    Unicode = "unicode",
    /// Whatever stands between white space.
    Whitespace = "whitespace",
    /// Runs of Chinese characters cut into words by a dictionary, the rest as `unicode`.
    Chinese = "chinese",
    /// Items as they stand between tabs, or else between white space; quoted ones may hold either.
    Items = "items",
}

named! {
    /// The form in which equal texts have equal characters.
    Normalization, "none, nfc or nfkc":
    /// As it stands.
    None = "none",
    /// Composed: `e` and an accent become `é`.
    Nfc = "nfc",
    /// Composed, and variants of a character become that character: `ﬁ` becomes `fi`, `²` `2`.
    Nfkc = "nfkc",
}

named! {
    /// What becomes of digits.
    Digits, "keep, zero or drop":
    /// They stay.
    Keep = "keep",
    /// Every digit becomes 0: `1984` and `2025` are both `0000`.
    Zero = "zero",
    /// Tokens with digits and without letters are dropped.
    Drop = "drop",
}

named! {
    /// What becomes of punctuation.
    Punctuation, "drop or keep":
    /// It goes: from the ends of tokens, with the whitespace tokenizer.
    Drop = "drop",
    /// Each mark is a token; with the whitespace tokenizer it stays where it stands.
    Keep = "keep",
}

named! {
    /// What becomes of web or mail addresses.
    Addresses, "keep, drop or replace":
    /// They are text like any other.
    Keep = "keep",
    /// They go.
    Drop = "drop",
    /// Each becomes the token `<url>` or `<email>`.
    Replace = "replace",
}

named! {
    /// What a sentence is: words see each other only within one.
    Sentences, "line, unicode or document":
    /// A line.
    Line = "line",
    /// A line is cut further where UAX #29 sees the end of a sentence.
    Unicode = "unicode",
    /// A whole file or record. One of more than a block of text (1 MiB) is cut there.
    Document = "document",
}

impl Stored for bool {
    const EXPECTED: &'static str = "yes or no";

    fn store(&self) -> String {
        if *self { "yes" } else { "no" }.to_owned()
    }

    fn read(value: &str) -> Option<Self> {
        match value {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }
}

impl Stored for usize {
    const EXPECTED: &'static str = "a whole number";

    fn store(&self) -> String {
        self.to_string()
    }

    fn read(value: &str) -> Option<Self> {
        value.parse().ok()
    }
}

/// Words, or lines of a dictionary: none of them empty or with a line end.
impl Stored for Vec<String> {
    const EXPECTED: &'static str = "lines";

    fn store(&self) -> String {
        self.join("\n")
    }

    fn read(value: &str) -> Option<Self> {
        Some(value.lines().map(str::to_owned).collect())
    }
}

/// Declares [`TextOptions`] and its names in a model.
macro_rules! text_options {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $name:literal),+ $(,)?) => {
        /// Everything that decides what the tokens of a text are. Stored in the model, so that a
        /// query is treated as the text was.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct TextOptions {
            $($(#[$doc])* pub $field: $type,)+
        }

        impl TextOptions {
            /// Names and values, to be stored in a model.
            pub fn to_map(&self) -> BTreeMap<String, String> {
                BTreeMap::from([$(($name.to_owned(), self.$field.store())),+])
            }

            /// Sets the option of that name.
            fn set(&mut self, name: &str, value: &str) -> Result<()> {
                match name {
                    $($name => {
                        self.$field = Stored::read(value)
                            .ok_or_else(|| unknown(name, value, <$type as Stored>::EXPECTED))?;
                    })+
                    _ => return Err(TextError::UnknownOption { name: name.to_owned() }.into()),
                }
                Ok(())
            }
        }
    };
}

text_options! {
    /// How a line is cut into tokens.
    tokenizer: TokenizerKind = "tokenizer",
    /// Whether all letters become small.
    lowercase: bool = "lowercase",
    /// The form of characters.
    normalization: Normalization = "normalization",
    /// Whether wide Latin letters and narrow katakana become ordinary ones.
    fold_width: bool = "fold-width",
    /// Whether letters lose their accents (U+0300 to U+036F).
    strip_accents: bool = "strip-accents",
    /// What becomes of digits.
    digits: Digits = "digits",
    /// What becomes of punctuation.
    punctuation: Punctuation = "punctuation",
    /// What becomes of web addresses.
    urls: Addresses = "urls",
    /// What becomes of mail addresses.
    emails: Addresses = "emails",
    /// Whether HTML tags go and entities become the characters they stand for.
    strip_html: bool = "strip-html",
    /// Tokens of fewer characters are dropped.
    min_length: usize = "min-length",
    /// Tokens of more characters are dropped.
    max_length: usize = "max-length",
    /// What a sentence is.
    sentences: Sentences = "sentences",
    /// Tokens that are dropped; in the form that the other options give to tokens, or any other.
    stopwords: Vec<String> = "stopwords",
    /// Words for the `chinese` tokenizer beside its own, each a line: the word, and if need be
    /// a space and its frequency.
    dictionary: Vec<String> = "dictionary",
    /// In how many passes words were joined to phrases with `_`. A scan sets this.
    phrases: usize = "phrases",
    /// Columns of the table whose rows were lines of items, each as [`Column`] stores it. A scan sets
    /// this.
    columns: Vec<String> = "columns",
}

impl TokenizerKind {
    /// Whether tokens stay exactly as they stand.
    pub(super) fn keeps(self) -> bool {
        matches!(self, Self::Whitespace | Self::Items)
    }
}

impl Default for TextOptions {
    fn default() -> Self {
        Self::new(TokenizerKind::Unicode)
    }
}

impl TextOptions {
    /// The options that are usual with that tokenizer: `whitespace` changes nothing, the others
    /// make letters small and compose them, and drop punctuation.
    pub fn new(tokenizer: TokenizerKind) -> Self {
        let as_is = tokenizer.keeps();
        Self {
            tokenizer,
            lowercase: !as_is,
            normalization: match as_is {
                true => Normalization::None,
                false => Normalization::Nfc,
            },
            fold_width: false,
            strip_accents: false,
            digits: Digits::Keep,
            punctuation: match as_is {
                true => Punctuation::Keep,
                false => Punctuation::Drop,
            },
            urls: Addresses::Keep,
            emails: Addresses::Keep,
            strip_html: false,
            min_length: 1,
            max_length: usize::MAX,
            sentences: Sentences::Line,
            stopwords: Vec::new(),
            dictionary: Vec::new(),
            phrases: 0,
            columns: Vec::new(),
        }
    }

    /// The columns of the table that the text was; none where it was no table.
    ///
    /// # Errors
    /// [`TextError::UnknownValue`].
    pub fn table(&self) -> Result<Vec<Column>> {
        let column = |line: &String| {
            Column::read(line).ok_or_else(|| unknown("columns", line, "columns of a table").into())
        };
        self.columns.iter().map(column).collect()
    }

    /// The options that [`TextOptions::to_map`] stored. A name that is missing has its usual
    /// value: vectors of other programs come without any.
    ///
    /// # Errors
    /// [`TextError::UnknownOption`] and [`TextError::UnknownValue`]: treating a query otherwise
    /// than the text was would give wrong answers.
    pub fn from_map(map: &BTreeMap<String, String>) -> Result<Self> {
        let mut options = Self::default();
        if let Some(tokenizer) = map.get("tokenizer") {
            options.set("tokenizer", tokenizer)?;
            options = Self::new(options.tokenizer);
        }
        for (name, value) in map {
            options.set(name, value)?;
        }
        Ok(options)
    }
}

fn unknown(name: &str, value: &str, expected: &'static str) -> TextError {
    TextError::UnknownValue {
        name: name.to_owned(),
        value: value.to_owned(),
        expected,
    }
}
