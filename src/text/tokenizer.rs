//! One door for all tokenizers: a block of whole lines in, tokens and sentence ends out.

use super::unicode::UnicodeWords;
use super::{TextOptions, TokenizerKind, whitespace};

/// Takes the tokens of a block.
pub trait TokenSink {
    /// The next token. It lives no longer than the call.
    fn token(&mut self, token: &str);
    /// The sentence ends here; it may have had no token.
    fn end_sentence(&mut self);
}

/// Cuts lines into tokens. It keeps buffers, so that a token costs no allocation.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    kind: TokenizerKind,
    unicode: UnicodeWords,
}

impl Tokenizer {
    /// The tokenizer that `options` describe.
    pub fn new(options: &TextOptions) -> Self {
        Self {
            kind: options.tokenizer,
            unicode: UnicodeWords::default(),
        }
    }

    /// Sends the tokens of `block` (whole lines, the last one's `\n` may be missing) to `sink`.
    /// The block serves as working space: its letters may have changed afterwards.
    pub fn block(&mut self, block: &mut str, sink: &mut impl TokenSink) {
        match self.kind {
            TokenizerKind::Whitespace => whitespace::tokenize(block, sink),
            TokenizerKind::Unicode => {
                block.make_ascii_lowercase();
                self.unicode.tokenize(block, sink);
            }
        }
        if !block.ends_with('\n') {
            sink.end_sentence();
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
