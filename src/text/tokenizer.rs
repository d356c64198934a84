//! One door for all tokenizers: a block of whole lines in, tokens and sentence ends out.

use std::collections::HashSet;
use std::ops::Range;

use super::chinese::ChineseWords;
use super::clean::{Cleaner, Piece};
use super::filter::{Filter, Filtered, words_of_text};
use super::sentences::sentences;
use super::unicode::UnicodeWords;
use super::{Sentences, TextOptions, TokenizerKind, items, whitespace};
use crate::error::Result;

/// Takes the tokens of a block.
pub trait TokenSink {
    /// The next token. It lives no longer than the call.
    fn token(&mut self, token: &str);
    /// The next token, as it stands in `text`: faster for those who look at what is around it.
    #[inline]
    fn token_in(&mut self, text: &str, range: Range<usize>) {
        self.token(&text[range]);
    }
    /// The sentence ends here; it may have had no token.
    fn end_sentence(&mut self);
}

/// Cuts lines into tokens. It keeps buffers, so that a token costs no allocation; a clone shares
/// the dictionaries.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    words: Words,
    filter: Option<Filter>,
    cleaner: Option<Cleaner>,
    lowercase: bool,
    split_sentences: bool,
    piece: String,
}

/// The ways of cutting text into words.
#[derive(Debug, Clone)]
enum Words {
    Whitespace,
    Items,
    Unicode(UnicodeWords),
    Chinese(ChineseWords),
}

impl Words {
    fn tokenize(&mut self, text: &str, sink: &mut impl TokenSink) {
        match self {
            Self::Whitespace => whitespace::tokenize(text, sink),
            Self::Items => items::tokenize(text, sink),
            Self::Unicode(words) => words.tokenize(text, sink),
            Self::Chinese(words) => words.tokenize(text, sink),
        }
    }
}

impl Tokenizer {
    /// The tokenizer that `options` describe.
    ///
    /// # Errors
    /// A line of [`TextOptions::dictionary`] that is none.
    pub fn new(options: &TextOptions) -> Result<Self> {
        let words = match options.tokenizer {
            TokenizerKind::Whitespace => Words::Whitespace,
            TokenizerKind::Items => Words::Items,
            TokenizerKind::Unicode => Words::Unicode(UnicodeWords::new(options)),
            TokenizerKind::Chinese => Words::Chinese(ChineseWords::new(options)?),
        };
        let mut tokenizer = Self {
            words,
            filter: Filter::new(options, HashSet::new()),
            cleaner: Cleaner::new(options),
            lowercase: options.lowercase,
            split_sentences: options.sentences == Sentences::Unicode,
            piece: String::new(),
        };
        if !options.stopwords.is_empty() {
            let stopwords = words_of_text(&options.stopwords, (&mut tokenizer, options));
            tokenizer.filter = Filter::new(options, stopwords.into_iter().collect());
        }
        Ok(tokenizer)
    }

    /// Sends the tokens of `block` (whole lines, the last one's `\n` may be missing) to `sink`.
    /// The block serves as working space: its letters may have changed afterwards.
    pub fn block(&mut self, block: &mut str, sink: &mut impl TokenSink) {
        if self.cleaner.is_none() && !self.split_sentences {
            if self.lowercase {
                block.make_ascii_lowercase();
            }
            self.words(block, sink);
        } else {
            for line in block.split_inclusive('\n') {
                self.line(line, sink);
            }
        }
        if !block.ends_with('\n') {
            sink.end_sentence();
        }
    }

    /// Sends the tokens of a line that has to be cleaned or cut into sentences.
    fn line(&mut self, line: &str, sink: &mut impl TokenSink) {
        let Some(mut cleaner) = self.cleaner.take() else {
            self.sentences(line, sink);
            return;
        };
        cleaner.pieces(line, |piece| match piece {
            Piece::Token(token) => sink.token(token),
            Piece::Text(text) => self.sentences(text, sink),
        });
        self.cleaner = Some(cleaner);
    }

    /// Sends the tokens of a part of a line; all but its last sentence end in it.
    fn sentences(&mut self, text: &str, sink: &mut impl TokenSink) {
        if !self.split_sentences {
            self.piece(text, sink);
            return;
        }
        let mut sentences = sentences(text).peekable();
        while let Some(sentence) = sentences.next() {
            self.piece(sentence, sink);
            if sentences.peek().is_some() && !sentence.ends_with('\n') {
                sink.end_sentence();
            }
        }
    }

    fn piece(&mut self, text: &str, sink: &mut impl TokenSink) {
        if !self.lowercase {
            self.words(text, sink);
            return;
        }
        let mut piece = std::mem::take(&mut self.piece);
        piece.clear();
        piece.push_str(text);
        piece.make_ascii_lowercase();
        self.words(&piece, sink);
        self.piece = piece;
    }

    /// Sends the tokens of text that is ready to be cut.
    fn words(&mut self, text: &str, sink: &mut impl TokenSink) {
        match &mut self.filter {
            None => self.words.tokenize(text, sink),
            Some(filter) => self.words.tokenize(text, &mut Filtered { filter, sink }),
        }
    }

    /// The tokens of a short text.
    pub fn tokens(&mut self, text: &str) -> Vec<String> {
        struct Collected(Vec<String>);
        impl TokenSink for Collected {
            fn token(&mut self, token: &str) {
                self.0.push(token.to_owned());
            }
            fn end_sentence(&mut self) {}
        }
        let mut sink = Collected(Vec::new());
        self.block(&mut text.to_owned(), &mut sink);
        sink.0
    }
}

/// A block as text. Each invalid UTF-8 sequence becomes U+FFFD; the second value says how many.
pub fn decode(block: Vec<u8>) -> (String, u64) {
    let block = match String::from_utf8(block) {
        Ok(text) => return (text, 0),
        Err(error) => error.into_bytes(),
    };
    let mut text = String::with_capacity(block.len() + block.len() / 8);
    let mut replaced = 0;
    for chunk in block.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            replaced += 1;
        }
    }
    (text, replaced)
}
