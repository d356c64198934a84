use proptest::prelude::*;

use super::unicode::UnicodeWords;
use super::*;

#[derive(Default)]
struct Lines(Vec<Vec<String>>, Vec<String>);

impl TokenSink for Lines {
    fn token(&mut self, token: &str) {
        self.1.push(token.to_owned());
    }
    fn end_sentence(&mut self) {
        self.0.push(std::mem::take(&mut self.1));
    }
}

fn tokens(text: &str, tokenizer: TokenizerKind) -> Vec<String> {
    cut(text, &TextOptions::new(tokenizer))
}

fn cut(text: &str, options: &TextOptions) -> Vec<String> {
    Tokenizer::new(options).unwrap().tokens(text)
}

/// The definition, without the short cut.
fn general(text: &str) -> Vec<String> {
    let mut sink = Lines::default();
    UnicodeWords::new(&TextOptions::default()).general(text, &mut sink);
    sink.1
}

#[test]
fn unicode_words() {
    let cases = [
        ("Don't stop!", "don't|stop"),
        ("3.14, 1,000 and 4:30", "3.14|1,000|and|4|30"),
        ("snake_case __ _x U.S.A. e.g.", "snake_case|_x|u.s.a|e.g"),
        ("ÉCOLE école e\u{301}cole", "école|école|école"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("İstanbul", "i\u{307}stanbul"),
        ("a\u{A0}b\u{3000}c", "a|b|c"),
        (" \u{93E}x", "\u{93E}|x"),
        ("中文 かな", "中|文|か|な"),
    ];
    for (text, expected) in cases {
        assert_eq!(tokens(text, TokenizerKind::Unicode).join("|"), expected);
    }
}

#[test]
fn whitespace_keeps_tokens_as_they_stand() {
    let text = "Don't  STOP!\t\u{A0}é\u{2003}中文\u{3000}x\u{2019}y\r";
    let expected = ["Don't", "STOP!", "é", "中文", "x\u{2019}y"];
    assert_eq!(tokens(text, TokenizerKind::Whitespace), expected);
}

#[test]
fn blocks_end_sentences_at_every_line_end() {
    for &kind in TokenizerKind::ALL {
        let mut tokenizer = Tokenizer::new(&TextOptions::new(kind)).unwrap();
        let mut lines = Lines::default();
        tokenizer.block(&mut "a b\n\né c\nd".to_owned(), &mut lines);
        assert_eq!(lines.0, [vec!["a", "b"], vec![], vec!["é", "c"], vec!["d"]]);
    }
}

#[test]
fn options_are_stored_and_unknown_ones_refused() {
    for &kind in TokenizerKind::ALL {
        let usual = TextOptions::new(kind);
        assert_eq!(TextOptions::from_map(&usual.to_map()).unwrap(), usual);
        let short = [("tokenizer".to_owned(), kind.name().to_owned())].into();
        assert_eq!(TextOptions::from_map(&short).unwrap(), usual);
    }
    let unusual = TextOptions {
        lowercase: false,
        normalization: Normalization::Nfkc,
        fold_width: true,
        strip_accents: true,
        digits: Digits::Zero,
        punctuation: Punctuation::Keep,
        urls: Addresses::Drop,
        emails: Addresses::Replace,
        strip_html: true,
        min_length: 2,
        max_length: 30,
        sentences: Sentences::Unicode,
        stopwords: vec!["the".to_owned(), "of".to_owned()],
        dictionary: vec!["云计算 5".to_owned()],
        ..TextOptions::new(TokenizerKind::Chinese)
    };
    assert_eq!(TextOptions::from_map(&unusual.to_map()).unwrap(), unusual);
    let refuse = |name: &str, value: &str| {
        let map = [(name.to_owned(), value.to_owned())].into();
        TextOptions::from_map(&map).unwrap_err().to_string()
    };
    assert!(refuse("stem", "yes").contains("\"stem\""));
    let message = refuse("tokenizer", "klingon");
    assert!(message.contains("\"klingon\", expected unicode, whitespace, chinese or items"));
}

#[test]
fn every_short_ascii_text_agrees_with_the_definition() {
    // One or two of each class: all texts of up to six of them.
    let alphabet = b"aZ7_:.,;' -";
    let mut text = Vec::new();
    for length in 1..=6_u32 {
        for mut code in 0..alphabet.len().pow(length) {
            text.clear();
            for _ in 0..length {
                text.push(alphabet[code % alphabet.len()]);
                code /= alphabet.len();
            }
            let text = std::str::from_utf8(&text).unwrap();
            assert_eq!(
                tokens(text, TokenizerKind::Unicode),
                general(text),
                "{text:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn short_cut_agrees_with_the_definition(text in "([a-zA-Z0-9_:.,;'\" \t-]|[éΣİ\u{301}\u{93E}\u{200D}\u{A0}\u{3000}אア中กЖ\u{1F1E6}\u{2019}\u{FE0F}‿٣]|\\PC){0,24}") {
        prop_assert_eq!(tokens(&text, TokenizerKind::Unicode), general(&text));
    }

    #[test]
    fn chinese_short_cut_agrees_with_the_definition(text in "([中国一龥\u{9FFF}\u{4DFF}]|[，。：；！？（）《》「」、]|[a1_.:, ]|[３é\u{301}\u{200D}\u{3099}々〇ー\u{F900}]){0,16}") {
        prop_assert_eq!(tokens(&text, TokenizerKind::Unicode), general(&text));
    }

    #[test]
    fn whitespace_agrees_with_split_in_ascii(text in "([a-z]|[\u{0}-\u{7F}]){0,300}") {
        let expected: Vec<&str> = text.split_whitespace().collect();
        prop_assert_eq!(tokens(&text, TokenizerKind::Whitespace), expected);
    }

    #[test]
    fn whitespace_agrees_with_split(text in "([a-z]{0,9}|[\u{85}\u{A0}\u{1680}\u{2028}\u{3000} \t\r]|\\PC){0,60}") {
        let expected: Vec<&str> = text.split_whitespace().collect();
        prop_assert_eq!(tokens(&text, TokenizerKind::Whitespace), expected);
    }

    #[test]
    fn any_bytes_decode(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let (text, replaced) = decode(bytes.clone());
        prop_assert_eq!(&text, &String::from_utf8_lossy(&bytes));
        prop_assert_eq!(replaced == 0, std::str::from_utf8(&bytes).is_ok());
    }
}

#[test]
fn items_stand_between_tabs_or_in_quotes() {
    let text = "whole milk\tRye \"dark\"\t\"a\tb\"\r\nx  \"y z\" \"say \"\"hi\"\"\" \"open";
    let expected = [
        "whole milk",
        "Rye \"dark\"",
        "a\tb",
        "x",
        "y z",
        "say \"hi\"",
        "\"open",
    ];
    assert_eq!(tokens(text, TokenizerKind::Items), expected);
}
