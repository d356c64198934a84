//! What text can be read, and that none of its ways of coming changes the result.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::common::{Folder, small_text};

/// Small, quick, and the same every time.
const TRAIN: &str = "train --dim 10 --epochs 1 --threads 1 --subsample 0 --quiet";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// Words, counts and vectors of the model that `text` makes.
fn model(text: impl AsRef<[u8]>) -> Vec<(String, u64, Vec<f32>)> {
    let folder = Folder::with_corpus(text);
    folder.w2v(&format!("{TRAIN} corpus.txt")).ok();
    let model = folder.open("vectors.w2v");
    (0..model.len() as u32)
        .map(|id| {
            (
                model.word(id).to_owned(),
                model.count(id),
                model.row(id).to_vec(),
            )
        })
        .collect()
}

#[test]
fn the_three_commands_as_written() {
    let folder = Folder::with_corpus(small_text());
    folder.w2v("train corpus.txt").ok();
    assert_eq!(folder.files(), ["corpus.txt", "vectors.w2v"]);
    let nearest = folder.w2v("nearest red").ok();
    assert_eq!(nearest.words().len(), 10);
    assert_eq!(nearest.stderr, "");
    let analogy = folder.w2v("analogy red green dog").ok();
    assert_eq!(analogy.words().len(), 10);
    for asked in ["red", "green", "dog"] {
        assert!(!analogy.words().contains(&asked));
    }
}

#[test]
fn a_pipe_gzip_and_zstd_give_the_same_bytes_as_the_plain_file() {
    let folder = Folder::with_corpus(small_text());
    folder.w2v(&format!("{TRAIN} corpus.txt -o plain.w2v")).ok();
    // Compression is told by content: the names say nothing, or something wrong.
    folder.write("a", gzip(small_text().as_bytes()));
    folder.write("b.gz", zstd(small_text().as_bytes()));
    folder.w2v(&format!("{TRAIN} a -o gzip.w2v")).ok();
    folder.w2v(&format!("{TRAIN} b.gz -o zstd.w2v")).ok();
    let train = format!("{TRAIN} - -o pipe.w2v");
    folder.w2v_with(&train, small_text().as_bytes()).ok();
    let train = format!("{TRAIN} - -o gzip-pipe.w2v");
    folder.w2v_with(&train, &gzip(small_text().as_bytes())).ok();
    let plain = folder.read("plain.w2v");
    for name in ["gzip.w2v", "zstd.w2v", "pipe.w2v", "gzip-pipe.w2v"] {
        assert!(folder.read(name) == plain, "{name}");
    }
}

#[test]
fn gzip_may_be_padded_with_zeros() {
    let folder = Folder::new();
    let vocab = |parts: &[&[u8]]| {
        folder.write("padded.gz", parts.concat());
        folder.w2v("vocab padded.gz --min-count 1 --quiet")
    };
    let (one, two) = (gzip(b"a b\n"), gzip(b"a c\n"));
    let zeros = [0; 1 << 20];
    assert_eq!(vocab(&[&one, &zeros[..512]]).ok().stdout, "a\t1\nb\t1\n");
    let both = vocab(&[&one, &zeros, &two, &zeros[..1]]).ok();
    assert_eq!(both.stdout, "a\t2\nb\t1\nc\t1\n");
    for rest in [&b"garbage"[..], &one[..5]] {
        let outcome = vocab(&[&one, &zeros[..3], rest]);
        let message = "error: padded.gz: gzip data are cut or damaged";
        assert!(outcome.stderr.contains(message), "{outcome:?}");
        assert_eq!(outcome.code, 1);
    }
}

#[test]
fn several_files_are_one_text() {
    let folder = Folder::with_corpus(small_text());
    let text = small_text();
    let (first, second) = text.split_at(text.len() / 2);
    let cut = second.find('\n').unwrap() + 1;
    folder.write("1.txt", first.to_owned() + &second[..cut]);
    folder.write("2.txt.gz", gzip(&second.as_bytes()[cut..]));
    folder.w2v(&format!("{TRAIN} corpus.txt -o one.w2v")).ok();
    folder
        .w2v(&format!("{TRAIN} 1.txt 2.txt.gz -o two.w2v"))
        .ok();
    let (one, two) = (folder.open("one.w2v"), folder.open("two.w2v"));
    assert_eq!(one.len(), two.len());
    for id in 0..one.len() as u32 {
        assert_eq!((one.word(id), one.count(id)), (two.word(id), two.count(id)));
    }
}

#[test]
fn line_ends_a_byte_order_mark_and_empty_lines_change_nothing() {
    let plain = model(small_text());
    assert_eq!(plain.len(), 20);
    assert_eq!(model(small_text().replace('\n', "\r\n")), plain);
    assert_eq!(model("\u{feff}".to_owned() + &small_text()), plain);
    assert_eq!(model(small_text().trim_end()), plain);
    assert_eq!(model(small_text().to_uppercase()), plain);
}

#[test]
fn a_last_line_without_an_end_counts() {
    let words = model("a b\n".repeat(9) + "a c c c c c");
    let counts: Vec<_> = words.iter().map(|(w, n, _)| (w.as_str(), *n)).collect();
    assert_eq!(counts, [("a", 10), ("b", 9), ("c", 5)]);
}

#[test]
fn a_last_line_that_fills_a_block_counts() {
    let text = "ab ".repeat(349_524) + "abc ";
    assert_eq!(text.len(), 1 << 20);
    let folder = Folder::with_corpus(text);
    let said = folder.w2v("vocab corpus.txt").ok().stderr;
    assert!(said.contains("349,525 tokens in 1 lines,"), "{said}");
}

#[test]
fn invalid_utf8_is_replaced_counted_and_reported() {
    let mut text = small_text().into_bytes();
    text.extend(b"red \xff apple \xe2\x82 green\n");
    let folder = Folder::with_corpus(text);
    let run = folder.w2v("train corpus.txt --dim 10 --epochs 1").ok();
    let note = "note: 2 invalid UTF-8 sequences were replaced by U+FFFD";
    assert!(
        run.stderr.lines().any(|line| line == note),
        "{}",
        run.stderr
    );
    assert_eq!(folder.open("vectors.w2v").count(0), 161);
}

#[test]
fn binary_data_gets_a_hint_and_no_refusal() {
    let mut bytes = small_text().into_bytes();
    bytes.extend([0; 100]);
    let folder = Folder::with_corpus(bytes);
    let run = folder.w2v("train corpus.txt --dim 10 --epochs 1").ok();
    assert!(run.stderr.contains("is this text?"), "{}", run.stderr);
    // Text, but in another encoding.
    folder.write("latin1.txt", b"caf\xE9 cr\xE8me br\xFBl\xE9e\n".repeat(50));
    let run = folder
        .w2v("train latin1.txt --dim 10 --epochs 1 --subsample 0")
        .ok();
    assert!(
        run.stderr.contains("another --encoding (latin1"),
        "{}",
        run.stderr
    );
}

#[test]
fn whitespace_tokens_are_left_as_they_stand() {
    let folder = Folder::with_corpus("Don't STOP, now!\n".repeat(5));
    folder
        .w2v(&format!("{TRAIN} corpus.txt --tokenizer whitespace"))
        .ok();
    let model = folder.open("vectors.w2v");
    let words: Vec<_> = (0..model.len() as u32).map(|id| model.word(id)).collect();
    assert_eq!(words, ["Don't", "STOP,", "now!"]);
    folder.w2v("nearest STOP,").ok();
    assert_eq!(folder.w2v("nearest stop").code, 1);
}

#[test]
fn max_vocab_keeps_the_most_frequent() {
    let folder = Folder::with_corpus("a a a b b b c c d\n".repeat(5));
    folder
        .w2v(&format!("{TRAIN} corpus.txt --max-vocab 3"))
        .ok();
    let model = folder.open("vectors.w2v");
    let words: Vec<_> = (0..model.len() as u32).map(|id| model.word(id)).collect();
    assert_eq!(words, ["a", "b", "c"]);
}
