//! Phrases beside those of gensim, on the same text.

use crate::common::{Folder, small_text};
use crate::vocabulary::SAMPLE;

/// What gensim 4 makes of the sample:
///
/// ```python
/// import zlib
/// from collections import Counter
/// from gensim.models.phrases import Phrases, ENGLISH_CONNECTOR_WORDS
///
/// lines = [line.split() for line in open("sample.txt", encoding="utf8")]
/// phrases = Phrases(lines, min_count=5, threshold=0.5, scoring="npmi", connector_words=ENGLISH_CONNECTOR_WORDS)
/// counts = Counter(word for line in lines for word in phrases[line])
/// kept = sorted(((w, n) for w, n in counts.items() if n >= 5), key=lambda p: (-p[1], p[0].encode()))
/// listing = "".join(f"{w}\t{n}\n" for w, n in kept)
/// print(len(kept), zlib.crc32(listing.encode()), len(phrases.export_phrases()), counts["United_States"])
/// ```
const WORDS: usize = 51_807;
const CRC: u32 = 4_072_721_002;
const PAIRS: usize = 6_689;
const UNITED_STATES: &str = "United_States\t5638\n";

#[test]
fn the_joined_text_is_gensims() {
    let folder = Folder::new();
    let words = "--tokenizer whitespace --phrase-score npmi --quiet";
    let joined = folder
        .w2v(&format!("vocab {SAMPLE} {words} --phrases 1"))
        .ok();
    assert!(joined.stdout.contains(UNITED_STATES));
    let mut crc = flate2::Crc::new();
    crc.update(joined.stdout.as_bytes());
    assert_eq!((joined.stdout.lines().count(), crc.sum()), (WORDS, CRC));

    let pairs = folder
        .w2v(&format!("phrases {SAMPLE} {words} --top 0"))
        .ok();
    let score = |line: &str| line.rsplit('\t').next().unwrap().parse::<f64>().unwrap();
    let above = pairs.stdout.lines().filter(|line| score(line) > 0.5);
    assert_eq!(above.count(), PAIRS);
}

#[test]
fn the_command_shows_what_training_joins() {
    let folder = Folder::with_corpus(small_text() + &"once in a blue moon\n".repeat(50));
    let shown = folder.w2v("phrases corpus.txt --top 2").ok();
    // (50 - 5) · 3,450 / (50 · 210): blue comes 160 times without the moon.
    let expected = "once_in_a_blue\t50\t14.785714\nblue_moon\t50\t14.785714\n";
    let mut lines: Vec<&str> = shown.stdout.lines().collect();
    lines.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(lines.join("\n") + "\n", expected, "{shown:?}");
    let json = folder.w2v("phrases corpus.txt --top 1 --json --quiet").ok();
    assert!(
        json.stdout
            .starts_with("{\"phrase\":\"blue_moon\",\"count\":50,\"score\":14.78")
    );

    let train = "train corpus.txt --phrases 1 --phrase-threshold 14 --epochs 1 --dim 8";
    folder.w2v(train).ok();
    // From left to right: once_in_a_blue takes the blue of blue_moon.
    assert!(folder.w2v("nearest once_in_a_blue").ok().words().len() > 1);
    folder.w2v_one("nearest", "Once in a blue").ok();
    assert_eq!(folder.w2v("nearest blue_moon").code, 1);
    assert_eq!(folder.open("vectors.w2v").metadata().text["phrases"], "1");
}

#[test]
fn connectors_have_the_form_of_the_text() {
    let folder = Folder::with_corpus("Bank OF America\n".repeat(20) + &small_text());
    folder.write("connectors.txt", "Of\n");
    let pairs = "phrases corpus.txt --top 1 --quiet --phrase-connectors connectors.txt";
    let found = folder.w2v(pairs).ok().stdout;
    assert!(found.starts_with("bank_of_america\t20\t"), "{found}");
}

#[test]
fn thresholds_out_of_range_are_refused() {
    let folder = Folder::with_corpus(small_text());
    for (options, message) in [
        ("--phrase-threshold nan", "expected a number, found NaN"),
        ("--phrase-threshold inf", "expected a number, found inf"),
        (
            "--phrase-score npmi --phrase-threshold 5",
            "expected -1 to 1 with the score npmi, found 5",
        ),
    ] {
        let run = folder.w2v(&format!("vocab corpus.txt --phrases 1 {options} --quiet"));
        run.fails(2, &format!("error: --phrase-threshold: {message}"));
    }
}

#[test]
fn options_of_phrases_are_refused_without_phrases() {
    let folder = Folder::with_corpus(small_text());
    for option in [
        "--phrase-threshold 9",
        "--phrase-score npmi",
        "--phrase-min-count 2",
        "--phrase-connectors none",
    ] {
        let name = option.split(' ').next().unwrap();
        let message = format!("error: {name} does nothing without --phrases\n");
        for command in ["train", "vocab"] {
            let run = folder.w2v(&format!("{command} corpus.txt {option}"));
            assert_eq!(run.code, 2, "{run:?}");
            assert!(run.stderr.starts_with(&message), "{run:?}");
        }
        folder
            .w2v(&format!("vocab corpus.txt {option} --phrases 0"))
            .ok();
    }
    assert_eq!(folder.files(), ["corpus.txt"]);
}
