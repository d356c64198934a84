//! Words by UAX #29, lower-cased, NFC.
//!
//! The definition is `general`: split at white space, then the words of
//! `unicode-segmentation` that hold a letter or digit, each lower-cased and composed. ASCII takes
//! a short cut with the same result. White space goes first because UAX #29 lets a combining mark
//! attach to the space before it, which would make words with a space in them.

use unicode_segmentation::UnicodeSegmentation;

use super::normalize::Normalizer;
use super::{Punctuation, TextOptions, TokenSink};

/// What an ASCII byte means to the rules of UAX #29.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Stands alone and is no word.
    Other,
    Space,
    Newline,
    /// Joins with letters, digits and itself: ALetter, Numeric.
    Letter,
    Digit,
    /// `_` joins with all three, but is no word alone: ExtendNumLet.
    Underscore,
    /// Joins two letters: MidLetter.
    MidLetter,
    /// Joins two digits: MidNum.
    MidNum,
    /// Joins two letters or two digits: MidNumLet, Single_Quote.
    MidBoth,
    NonAscii,
}

const CLASS: [Class; 256] = {
    let mut class = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'\n' => Class::Newline,
            b' ' | 9..=13 => Class::Space,
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'_' => Class::Underscore,
            b':' => Class::MidLetter,
            b',' | b';' => Class::MidNum,
            b'.' | b'\'' => Class::MidBoth,
            0x80.. => Class::NonAscii,
            _ => Class::Other,
        };
        byte += 1;
    }
    class
};

/// Finds words and puts them into normal form.
#[derive(Debug, Clone)]
pub(super) struct UnicodeWords {
    normalizer: Normalizer,
    keep_punctuation: bool,
}

/// How the look at one ASCII word ended.
enum Run {
    /// It ends before this byte and is a word, or only underscores.
    Ends { at: usize, is_word: bool },
    /// It touches something that is not ASCII: the short cut does not know.
    Unknown,
}

impl UnicodeWords {
    pub(super) fn new(options: &TextOptions) -> Self {
        Self {
            normalizer: Normalizer::new(options),
            keep_punctuation: options.punctuation == Punctuation::Keep,
        }
    }

    /// Sends the words of `block` to `sink`. ASCII letters have the case that they shall have.
    pub(super) fn tokenize(&mut self, block: &str, sink: &mut impl TokenSink) {
        if self.keep_punctuation {
            for line in block.split_inclusive('\n') {
                self.general(line, sink);
                if line.ends_with('\n') {
                    sink.end_sentence();
                }
            }
            return;
        }
        let bytes = block.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match CLASS[byte as usize] {
                Class::Newline => {
                    sink.end_sentence();
                    at += 1;
                }
                Class::Space => at += 1,
                Class::Letter | Class::Digit | Class::Underscore => match run(bytes, at) {
                    Run::Ends { at: end, is_word } => {
                        if is_word {
                            sink.token_in(block, at..end);
                        }
                        at = end;
                    }
                    Run::Unknown => at = self.chunk(block, at, sink),
                },
                Class::NonAscii => match alone(bytes, at) {
                    Some(is_word) => {
                        if is_word {
                            sink.token_in(block, at..at + 3);
                        }
                        at += 3;
                    }
                    None => at = self.chunk(block, at, sink),
                },
                // A mark may attach to this character: then both belong to the long way.
                _ if class_at(bytes, at + 1) == Class::NonAscii => {
                    at = self.chunk(block, at, sink);
                }
                _ => at += 1,
            }
        }
    }

    /// The long way from `start`, a word boundary, to the next place that surely is one: ASCII white
    /// space, or a Chinese character. Returns where that is.
    fn chunk(&mut self, block: &str, start: usize, sink: &mut impl TokenSink) -> usize {
        let bytes = block.as_bytes();
        let ends = |&at: &usize| {
            matches!(CLASS[bytes[at] as usize], Class::Space | Class::Newline) || is_han(bytes, at)
        };
        // The first character is part of it in any case; a later byte of it is no start of another.
        let end = (start + 1..bytes.len()).find(ends).unwrap_or(bytes.len());
        self.general(&block[start..end], sink);
        end
    }

    /// The definition of this tokenizer, for text without line ends.
    pub(super) fn general(&mut self, text: &str, sink: &mut impl TokenSink) {
        for piece in text.split_whitespace() {
            if self.keep_punctuation {
                for word in piece.split_word_bounds() {
                    sink.token(self.normalizer.apply(word));
                }
            } else {
                for word in piece.unicode_words() {
                    sink.token(self.normalizer.apply(word));
                }
            }
        }
    }
}

/// Whether a Chinese character (U+4E00 to U+9FFF) begins at `at`. To UAX #29 each is a word, in normal
/// form as it is, that only a mark after it can join.
#[inline]
fn is_han(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        0xE5..=0xE9 => true,
        0xE4 => bytes.get(at + 1).is_some_and(|&next| next >= 0xB8),
        _ => false,
    }
}

/// Whether the character at `at` is a word by itself, or stands between words by itself. `None` where the short cut does
/// not know.
#[inline]
fn alone(bytes: &[u8], at: usize) -> Option<bool> {
    let is_word = is_han(bytes, at);
    let follows = |at: usize| match bytes.get(at) {
        None | Some(..0x80) => true,
        _ => is_han(bytes, at) || is_mark_between(bytes, at),
    };
    ((is_word || is_mark_between(bytes, at)) && follows(at + 3)).then_some(is_word)
}

/// Whether a mark of Chinese begins at `at` that stands between words, where none before it could be
/// continued: 、。〈〉《》「」『』【】 and wide ！（），：；？.
#[inline]
fn is_mark_between(bytes: &[u8], at: usize) -> bool {
    let Some([first, second, third]) = bytes[at..].first_chunk() else {
        return false;
    };
    match (first, second) {
        (0xE3, 0x80) => matches!(third, 0x81 | 0x82 | 0x88..=0x91),
        (0xEF, 0xBC) => matches!(third, 0x81 | 0x88 | 0x89 | 0x8C | 0x9A | 0x9B | 0x9F),
        _ => false,
    }
}

/// The class of the byte at `at`; the end of the text is like white space.
fn class_at(bytes: &[u8], at: usize) -> Class {
    bytes.get(at).map_or(Class::Space, |&b| CLASS[b as usize])
}

/// Follows the ASCII word that begins at `start` (a letter, digit or underscore).
fn run(bytes: &[u8], start: usize) -> Run {
    let mut at = start;
    let mut is_word = false;
    let mut last = Class::Other;
    loop {
        let class = class_at(bytes, at);
        match class {
            Class::Letter | Class::Digit => is_word = true,
            Class::Underscore => {}
            Class::NonAscii => return Run::Unknown,
            Class::MidLetter | Class::MidNum | Class::MidBoth => {
                let next = class_at(bytes, at + 1);
                if next == Class::NonAscii {
                    return Run::Unknown;
                }
                let side = match class {
                    Class::MidLetter => next == Class::Letter,
                    Class::MidNum => next == Class::Digit,
                    _ => matches!(next, Class::Letter | Class::Digit),
                };
                if !(side && next == last) {
                    return Run::Ends { at, is_word };
                }
            }
            _ => return Run::Ends { at, is_word },
        }
        last = class;
        at += 1;
    }
}
