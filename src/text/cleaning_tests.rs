//! Cleaning, filters, Chinese, look-up.

use super::clean::{Cleaner, Piece};
use super::*;

fn cut(text: &str, options: &TextOptions) -> String {
    Tokenizer::new(options).unwrap().tokens(text).join("|")
}

fn unicode() -> TextOptions {
    TextOptions::new(TokenizerKind::Unicode)
}

fn whitespace() -> TextOptions {
    TextOptions::new(TokenizerKind::Whitespace)
}

#[test]
fn letters_and_forms() {
    let keep_case = TextOptions {
        lowercase: false,
        ..unicode()
    };
    assert_eq!(cut("Über US", &keep_case), "Über|US");
    let lower = TextOptions {
        lowercase: true,
        ..whitespace()
    };
    assert_eq!(cut("Über, US!", &lower), "über,|us!");
    let nfkc = TextOptions {
        normalization: Normalization::Nfkc,
        ..unicode()
    };
    assert_eq!(cut("ﬁne Ｗide x²", &nfkc), "fine|wide|x2");
    let fold = TextOptions {
        fold_width: true,
        ..unicode()
    };
    assert_eq!(cut("Ｗide　ｶﾞﾗｽ ﬁne", &fold), "wide|ガラス|ﬁne");
    let bare = TextOptions {
        strip_accents: true,
        ..unicode()
    };
    assert_eq!(cut("Élan Ελλάδα が हिन्दी", &bare), "elan|ελλαδα|が|हिन्दी");
    let none = TextOptions {
        normalization: Normalization::None,
        ..unicode()
    };
    assert_eq!(cut("e\u{301}", &none), "e\u{301}");
    assert_eq!(cut("e\u{301}", &unicode()), "é");
}

#[test]
fn digits_punctuation_and_lengths() {
    let zero = TextOptions {
        digits: Digits::Zero,
        ..unicode()
    };
    assert_eq!(cut("in 1984, B52 ٣", &zero), "in|0000|b00|0");
    let drop = TextOptions {
        digits: Digits::Drop,
        ..unicode()
    };
    assert_eq!(cut("in 1984, B52 3.5", &drop), "in|b52");
    let keep = TextOptions {
        punctuation: Punctuation::Keep,
        ..unicode()
    };
    assert_eq!(cut("Oh, don't... (no)", &keep), "oh|,|don't|.|.|.|(|no|)");
    let trim = TextOptions {
        punctuation: Punctuation::Drop,
        ..whitespace()
    };
    assert_eq!(cut("\"Oh, don't... -- (no)", &trim), "Oh|don't|no");
    // Marks belong to the letter before them, and to none where there is no letter.
    assert_eq!(
        cut(
            "«mi\u{300}», ไม่! अर्थात्। 1\u{FE0F}\u{20E3} \u{301}a -\u{301}-",
            &trim
        ),
        "mi\u{300}|ไม่|अर्थात्|1\u{FE0F}\u{20E3}|a"
    );
    let lengths = TextOptions {
        min_length: 2,
        max_length: 4,
        ..unicode()
    };
    assert_eq!(cut("a bé cdéf ghijk", &lengths), "bé|cdéf");
    let stop = TextOptions {
        stopwords: stopwords("en").unwrap(),
        ..unicode()
    };
    assert_eq!(cut("The king and the queen", &stop), "king|queen");
    assert!(stopwords("zh").unwrap().iter().any(|word| word == "的"));
    assert!(
        stopwords("no such file")
            .unwrap_err()
            .to_string()
            .starts_with("no such file: ")
    );
}

/// Digits and punctuation are those of a text in which the word stands alone.
#[test]
fn stop_words_lose_what_the_text_loses() {
    let text = "the 2nd etc. cat e.g. dog The 3nd _x_ end.";
    let list = ["2nd", "etc.", "e.g.", "_x_", "new york", "End"];
    for tokenizer in [TokenizerKind::Unicode, TokenizerKind::Chinese] {
        let options = TextOptions {
            digits: Digits::Zero,
            stopwords: list.map(str::to_owned).into(),
            ..TextOptions::new(tokenizer)
        };
        assert_eq!(cut(text, &options), "the|cat|dog|the", "{tokenizer:?}");
    }
    // What is cut in two alone is still found where it is whole.
    let items = TextOptions {
        stopwords: vec!["new york".to_owned(), "2".to_owned()],
        digits: Digits::Zero,
        ..TextOptions::new(TokenizerKind::Items)
    };
    assert_eq!(cut("new york\tnew\t3\n", &items), "new");
    let chinese = TextOptions {
        stopwords: vec!["但是。".to_owned()],
        ..TextOptions::new(TokenizerKind::Chinese)
    };
    assert_eq!(cut("但是。国王", &chinese), "国王");
}

#[test]
fn stop_words_have_the_form_of_the_text() {
    let stop = |words: &[&str], usual: TextOptions| TextOptions {
        stopwords: words.iter().map(|word| word.to_string()).collect(),
        ..usual
    };
    let bare = TextOptions {
        strip_accents: true,
        ..unicode()
    };
    assert_eq!(cut("być kot", &stop(&["być"], bare)), "kot");
    let hindi = stop(&["काफ\u{93C}ी", "The"], unicode());
    assert_eq!(cut("The काफ\u{93C}ी the cat", &hindi), "cat");
    let folded = TextOptions {
        normalization: Normalization::Nfkc,
        ..unicode()
    };
    assert_eq!(cut("ﬁne cat", &stop(&["ﬁne"], folded)), "cat");
    let trim = TextOptions {
        punctuation: Punctuation::Drop,
        ..whitespace()
    };
    assert_eq!(
        cut("cats etc. The", &stop(&["etc.", "the"], trim)),
        "cats|The"
    );
}

#[test]
fn addresses_and_html() {
    let replace = TextOptions {
        urls: Addresses::Replace,
        emails: Addresses::Replace,
        ..unicode()
    };
    let text =
        "See (https://a.org/x?y=1). Or WWW.b.de, a.b+c@d-e.co.uk. http:// @ a@b 见http://c.cn吧";
    assert_eq!(
        cut(text, &replace),
        "see|<url>|or|<url>|<email>|http|a|b|见|<url>|吧"
    );
    let drop = TextOptions {
        urls: Addresses::Drop,
        ..unicode()
    };
    assert_eq!(cut("to ftp://x.y/z! me@x.org", &drop), "to|me|x.org");
    let html = TextOptions {
        strip_html: true,
        ..unicode()
    };
    let text = "<p class=\"x\">caf&eacute; &amp; 3 < 4 &#x4E2D;</p><!-- a > b -->end a<b";
    assert_eq!(cut(text, &html), "café|3|4|中|end|a|b");
}

#[test]
fn long_lines_of_what_might_be_tags_or_addresses_come_to_an_end() {
    let options = TextOptions {
        urls: Addresses::Drop,
        strip_html: true,
        ..unicode()
    };
    for (part, last, expected) in [
        ("://", "x", "x"),
        ("<!--", "x", "x"),
        ("<!", "x", "x"),
        ("<!-- <!", ">x", "x"),
    ] {
        let text = part.repeat((1 << 20) / part.len()) + last;
        assert_eq!(cut(&text, &options), expected, "{part}");
    }
}

#[test]
fn a_cleaner_with_nothing_to_do_is_none() {
    assert!(Cleaner::new(&unicode()).is_none());
    let options = TextOptions {
        urls: Addresses::Drop,
        ..unicode()
    };
    let mut pieces = Vec::new();
    Cleaner::new(&options)
        .unwrap()
        .pieces("a http://b.c d", |piece| match piece {
            Piece::Text(text) => pieces.push(text.to_owned()),
            Piece::Token(_) => panic!("nothing is replaced"),
        });
    assert_eq!(pieces, ["a ", " d"]);
}

#[derive(Default)]
struct Ends(String);

impl TokenSink for Ends {
    fn token(&mut self, token: &str) {
        self.0.push_str(token);
        self.0.push(' ');
    }
    fn end_sentence(&mut self) {
        self.0.push('/');
    }
}

#[test]
fn sentences_within_lines() {
    let options = TextOptions {
        sentences: Sentences::Unicode,
        urls: Addresses::Replace,
        ..unicode()
    };
    let mut ends = Ends::default();
    let mut text = "One two. Three? Mr. Four http://x.y Five.\nSix\n\nSeven. Eight".to_owned();
    Tokenizer::new(&options)
        .unwrap()
        .block(&mut text, &mut ends);
    assert_eq!(
        ends.0,
        "one two /three /mr /four <url> five /six //seven /eight /"
    );
    let html = TextOptions {
        strip_html: true,
        ..unicode()
    };
    let mut ends = Ends::default();
    let mut text = "a&#10;b&#x0A;c&NewLine;d &amp;\ne".to_owned();
    Tokenizer::new(&html).unwrap().block(&mut text, &mut ends);
    assert_eq!(ends.0, "a b c d /e /");
}

#[test]
fn chinese_is_cut_by_the_dictionary() {
    let chinese = TextOptions::new(TokenizerKind::Chinese);
    // What jieba 0.42 gives in Python: jieba.lcut("国王和女王住在北京"), lcut("我们中出了一个叛徒").
    assert_eq!(
        cut("国王和女王住在北京", &chinese),
        "国王|和|女王|住|在|北京"
    );
    assert_eq!(
        cut("我们中出了一个叛徒", &chinese),
        "我们|中出|了|一个|叛徒"
    );
    assert_eq!(
        cut("Rust语言，v2.0 发布！A股\u{3000}3人", &chinese),
        "rust|语言|v2.0|发布|a|股|3|人"
    );
    // A compatibility ideograph is the ordinary one, by NFC.
    assert_eq!(cut("\u{F90A}", &chinese), "金");
    assert_eq!(cut("云计算好", &chinese), "云|计算|好");
    let own = TextOptions {
        dictionary: vec!["云计算".to_owned()],
        ..chinese.clone()
    };
    assert_eq!(cut("云计算好", &own), "云计算|好");
    let old = TextOptions {
        dictionary: vec!["\u{F90A}计算".to_owned()],
        ..chinese.clone()
    };
    assert_eq!(cut("金计算", &old), "金计算");
    let bad = TextOptions {
        dictionary: vec!["云计算 many".to_owned()],
        ..chinese
    };
    let error = Tokenizer::new(&bad).unwrap_err().to_string();
    assert!(error.contains("\"云计算 many\": the frequency"), "{error}");
}

#[test]
fn the_tokenizer_is_told_by_the_start() {
    let detect = |text: &str| detect_tokenizer(text.as_bytes());
    assert_eq!(detect("今天天气很好。It is fine."), TokenizerKind::Chinese);
    assert_eq!(detect("The word 国王 means king."), TokenizerKind::Unicode);
    assert_eq!(
        detect("今日は天気がいいです。東京都"),
        TokenizerKind::Unicode
    );
    assert_eq!(detect("123 ..."), TokenizerKind::Unicode);
    assert_eq!(detect(""), TokenizerKind::Unicode);
}

#[test]
fn questions_mean_words() {
    let known = |words: &'static [&'static str]| move |word: &str| words.contains(&word);
    let mut lookup = Lookup::new(&unicode());
    let mut ask = |query: &str, words| lookup.words(query, known(words)).unwrap().join("|");
    assert_eq!(ask(" KING ", &["king"]), "king");
    assert_eq!(ask("New York", &["new", "york"]), "new|york");
    assert_eq!(ask("New York", &["new", "york", "new_york"]), "new_york");
    assert_eq!(ask("C++", &["c++"]), "c++");
    assert_eq!(ask("C++", &["c"]), "c");
    assert_eq!(ask("?!", &[]), "?!");
    let mut lookup = Lookup::new(&TextOptions::new(TokenizerKind::Chinese));
    // Known as a whole, although jieba would cut it: no dictionary is loaded for that.
    assert_eq!(
        lookup.words("云计算", known(&["云计算"])).unwrap(),
        ["云计算"]
    );
    assert_eq!(lookup.words("云计算", known(&[])).unwrap(), ["云", "计算"]);
}
