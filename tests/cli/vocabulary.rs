//! The vocabulary beside an independent count of the same text.

use crate::common::Folder;

/// The sample, as it lies in the repository.
pub const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample.txt.zst");

/// What Python counted in `sample.txt`, with the package `uniseg` for the words of UAX #29:
///
/// ```python
/// import re, unicodedata, zlib
/// from collections import Counter
/// from uniseg.wordbreak import words
///
/// def show(tokens):
///     counts = Counter(tokens)
///     kept = sorted(((w, n) for w, n in counts.items() if n >= 5), key=lambda p: (-p[1], p[0].encode()))
///     listing = "".join(f"{w} {n}\n" for w, n in kept)
///     print(sum(counts.values()), len(counts), len(kept), zlib.crc32(listing.encode()))
///
/// pieces = open("sample.txt", encoding="utf8").read().split()
/// show(pieces)
/// show(unicodedata.normalize("NFC", w.lower()) for p in pieces for w in words(p) if re.search(r"[^\W_]", w))
/// ```
struct Counted {
    tokenizer: &'static str,
    tokens: u64,
    types: u64,
    kept: usize,
    crc: u32,
}

const WHITESPACE: Counted = Counted {
    tokenizer: "whitespace",
    tokens: 4_332_951,
    types: 282_309,
    kept: 46_615,
    crc: 1_459_302_937,
};

const UNICODE: Counted = Counted {
    tokenizer: "unicode",
    tokens: 4_363_146,
    types: 115_501,
    kept: 33_973,
    crc: 437_002_717,
};

#[test]
fn words_and_counts_are_those_of_an_independent_count() {
    for counted in [WHITESPACE, UNICODE] {
        let folder = Folder::new();
        let train = format!("train {SAMPLE} --dim 1 --window 1 --negatives 1 --epochs 1 --quiet");
        folder
            .w2v(&format!("{train} --tokenizer {}", counted.tokenizer))
            .ok();
        let model = folder.open("vectors.w2v");
        let mut crc = flate2::Crc::new();
        for id in 0..model.len() as u32 {
            crc.update(format!("{} {}\n", model.word(id), model.count(id)).as_bytes());
        }
        let corpus = &model.metadata().corpus;
        assert_eq!(
            (corpus["tokens"], corpus["types"], model.len(), crc.sum()),
            (counted.tokens, counted.types, counted.kept, counted.crc),
            "{}",
            counted.tokenizer
        );
    }
}
