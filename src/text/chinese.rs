//! Runs of Chinese characters cut into words by a dictionary; the rest as UAX #29 has it.

use std::io::BufReader;
use std::sync::Arc;

use jieba_rs::Jieba;
use unicode_normalization::UnicodeNormalization;

use super::unicode::UnicodeWords;
use super::{TextOptions, TokenSink};
use crate::error::{Result, TextError};

/// Jieba's own dictionary, a word and its frequency a line.
const DICTIONARY: &[u8] = include_bytes!("../../data/chinese-dictionary.txt.zst");

/// Cuts text that is largely Chinese.
#[derive(Clone)]
pub(super) struct ChineseWords {
    jieba: Arc<Jieba>,
    unicode: UnicodeWords,
}

impl std::fmt::Debug for ChineseWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChineseWords").finish_non_exhaustive()
    }
}

impl ChineseWords {
    /// Loads the dictionaries, which takes a good tenth of a second.
    pub(super) fn new(options: &TextOptions) -> Result<Self> {
        let mut jieba = built_in().map_err(|problem| TextError::Dictionary {
            line: "built in".to_owned(),
            problem,
        })?;
        for line in &options.dictionary {
            let (word, frequency) = entry(line)?;
            // As runs of the text are.
            let word: String = word.nfc().collect();
            jieba.add_word(&word, frequency, None);
        }
        Ok(Self {
            jieba: Arc::new(jieba),
            unicode: UnicodeWords::new(options),
        })
    }

    /// Sends the words of `block`, whose ASCII letters are in lower case, to `sink`.
    pub(super) fn tokenize(&mut self, block: &str, sink: &mut impl TokenSink) {
        let mut rest = block;
        while let Some(start) = rest.find(is_han) {
            let (before, from) = rest.split_at(start);
            self.unicode.tokenize(before, sink);
            let (run, after) = from.split_at(from.find(|c| !is_han(c)).unwrap_or(from.len()));
            self.run(run, sink);
            rest = after;
        }
        self.unicode.tokenize(rest, sink);
    }

    /// Sends the words of a run of Chinese characters.
    fn run(&mut self, run: &str, sink: &mut impl TokenSink) {
        let composed: String;
        let run = match run.contains(is_compatibility) {
            true => {
                composed = run.nfc().collect();
                &composed
            }
            false => run,
        };
        for token in self.jieba.cut(run, true) {
            sink.token(token.word);
        }
    }
}

/// Jieba with its own dictionary, or what is wrong with it.
fn built_in() -> std::result::Result<Jieba, String> {
    let packed = zstd::Decoder::with_buffer(DICTIONARY).map_err(|e| e.to_string())?;
    Jieba::with_dict(&mut BufReader::new(packed)).map_err(|e| e.to_string())
}

/// A line of a user's dictionary: word, frequency, and whatever else jieba's own format has.
pub(super) fn entry(line: &str) -> Result<(&str, Option<usize>)> {
    let problem = |problem: &str| TextError::Dictionary {
        line: line.to_owned(),
        problem: problem.to_owned(),
    };
    let mut parts = line.split_whitespace();
    let word = parts.next().ok_or_else(|| problem("no word"))?;
    let frequency = match parts.next() {
        None => None,
        Some(number) => {
            let number = number.parse();
            Some(number.map_err(|_| problem("the frequency after the word is no whole number"))?)
        }
    };
    Ok((word, frequency))
}

/// Whether `c` is a Chinese character: the CJK ideographs, 々 and 〇.
pub(super) fn is_han(c: char) -> bool {
    matches!(c,
        '\u{4E00}'..='\u{9FFF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{3005}' | '\u{3007}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}

/// Characters that exist twice: NFC replaces them.
fn is_compatibility(c: char) -> bool {
    matches!(c, '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}')
}

/// Whether `text` is mostly Chinese, and not Japanese.
pub(super) fn is_chinese(text: &str) -> bool {
    let (mut han, mut kana, mut other) = (0_u64, 0_u64, 0_u64);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        match c {
            '\u{3040}'..='\u{30FF}' => kana += 1,
            _ if is_han(c) => han += 1,
            _ => other += 1,
        }
    }
    // A word is about one and a half Chinese characters, or about five letters.
    3 * han > other && 20 * kana < han
}
