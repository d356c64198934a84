//! What goes wrong ends in one line and an exit code, and leaves what was there.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::common::{Folder, small_text};

/// Runs `arguments` beside a small corpus and a file `vectors.w2v` that must survive.
#[track_caller]
fn fails(prepare: impl FnOnce(&Folder), arguments: &str, code: i32, message: &str) {
    let folder = Folder::with_corpus(small_text());
    folder.write("vectors.w2v", "older vectors");
    prepare(&folder);
    let before = folder.files();
    folder.w2v(arguments).fails(code, message);
    assert_eq!(folder.files(), before);
    assert_eq!(folder.read("vectors.w2v"), b"older vectors");
}

#[test]
fn a_text_that_is_not_there() {
    let message = "error: nope.txt: no such file; check the name, or give - to read standard input";
    fails(|_| (), "train nope.txt", 1, message);
    fails(|_| (), "train corpus.txt nope.txt", 1, message);
}

#[test]
fn a_folder_without_texts() {
    let message = "error: texts: no file in this folder; name another";
    fails(
        |f| fs::create_dir(f.path("texts")).unwrap(),
        "train texts",
        1,
        message,
    );
}

#[test]
fn a_text_without_words() {
    let message = "error: empty.txt: no token in 0 bytes of text with the unicode tokenizer; \
                   check that the text is there and of the language meant";
    fails(|f| f.write("empty.txt", ""), "train empty.txt", 1, message);
    let message = "error: marks.txt: no token in 8 bytes of text with the unicode tokenizer, \
                   beginning \"... !!!\"; check that the text is there and of the language meant";
    fails(
        |f| f.write("marks.txt", "... !!!\n"),
        "train marks.txt",
        1,
        message,
    );
}

#[test]
fn a_text_of_rare_words() {
    let message = "error: rare.txt: every word is below --min-count 5: 6 tokens of 4 types, the \
                   most frequent one 3 times; use --min-count 3 or lower, or more text";
    fails(
        |f| f.write("rare.txt", "a a a b c d\n"),
        "train rare.txt",
        1,
        message,
    );
}

#[test]
fn a_text_of_one_word() {
    let message = "error: the vocabulary has 1 word(s), and training needs at least 2: one to \
                   learn and one to tell it from; lower --min-count, raise --max-vocab or give more text";
    fails(
        |f| f.write("one.txt", "a a a a a a\n"),
        "train one.txt",
        1,
        message,
    );
}

#[test]
fn a_text_of_lonely_words() {
    let message = "error: no word had a neighbour within its line, so nothing was trained: \
                   expected lines of two words or more after rare words (--min-count) and some of \
                   the frequent ones (--subsample) were dropped; lower --min-count, or set \
                   --subsample 0 for a small vocabulary";
    let lonely = "a\nb\n".repeat(10);
    fails(
        |f| f.write("lonely.txt", lonely),
        "train lonely.txt",
        1,
        message,
    );
}

#[test]
fn a_compressed_text_that_was_cut() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(small_text().as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    let half = &whole[..whole.len() / 2];
    let message = format!(
        "error: cut.gz: gzip data are cut or damaged, near byte {} of the file: incomplete \
         deflate stream; compress or download it again",
        half.len()
    );
    fails(|f| f.write("cut.gz", half), "train cut.gz", 1, &message);
}

#[test]
fn a_place_that_cannot_be_written() {
    let train = "train corpus.txt -o nowhere/x.w2v";
    let message = "error: nowhere/x.w2v: cannot be written, there is no folder nowhere; create it \
                   or choose another place";
    fails(|_| (), train, 1, message);
}

/// The place is probed before the text is read: a text that never comes is not waited for.
#[test]
fn a_place_is_probed_before_the_work() {
    let folder = Folder::new();
    let run = folder.w2v("train nope.txt -o nowhere/x.w2v");
    assert!(run.stderr.starts_with("error: nowhere/x.w2v: "), "{run:?}");
}

/// What is no file is written straight and stays what it is. A pipe of the test's own and no device: a writer that is
/// broken may replace it.
#[test]
#[cfg(target_os = "linux")]
fn an_output_that_ends_early() {
    use std::os::unix::fs::FileTypeExt;

    use crate::drills::bash;
    let folder = Folder::with_corpus(small_text());
    // More bytes than a pipe takes: the writer waits until its reader is gone.
    let train = "$W2V train corpus.txt --dim 2000 --epochs 1 -q -o out";
    let script = format!(
        "mkfifo out; exec 3<>out; {train} 3<&- & timeout 60 head -c 3 <&3 >/dev/null; exec 3<&-; wait $!"
    );
    let run = bash(&folder, &script);
    run.fails(1, "error: out: cannot write: Broken pipe (os error 32)");
    let out = fs::metadata(folder.path("out")).unwrap();
    assert!(out.file_type().is_fifo());
    assert_eq!(folder.files(), ["corpus.txt", "out"]);
}

#[test]
fn options_out_of_range() {
    for (option, message) in [
        ("--dim 0", "--dim: expected 1 to 65536, found 0"),
        ("--window 0", "--window: expected 1 to 1000, found 0"),
        (
            "--negatives 101",
            "--negatives: expected 0 to 100, found 101",
        ),
        ("--epochs 0", "--epochs: expected 1 to 10000, found 0"),
        (
            "--cbow-gradient mean",
            "--cbow-gradient: means something only with --objective cbow: add that, or leave it out",
        ),
        ("--lr -1", "--lr: expected above 0, to 10, found -1"),
        ("--lr nan", "--lr: expected above 0, to 10, found NaN"),
        ("--subsample 2", "--subsample: expected 0 to 1, found 2"),
        (
            "--noise-power 9",
            "--noise-power: expected -2 to 2, found 9",
        ),
        (
            "--output-decay 1.5",
            "--output-decay: expected 0 to 1, found 1.5",
        ),
        (
            "--threads 5000",
            "--threads: expected 0 to 1024, found 5000",
        ),
    ] {
        let train = format!("train corpus.txt {option}");
        fails(|_| (), &train, 2, &format!("error: {message}"));
    }
}

/// A number below 0 is a value that is refused, and no option by itself.
#[test]
fn numbers_below_0() {
    for (line, option) in [
        ("train corpus.txt --min-count -1", "--min-count <N>"),
        ("train corpus.txt --phrases -1", "--phrases <N>"),
        ("train corpus.txt --memory -1", "--memory <SIZE>"),
        ("train corpus.txt --seed -1", "--seed <N>"),
        (
            "train corpus.txt --checkpoint-every -1",
            "--checkpoint-every <TIME|TOKENS>",
        ),
        ("nearest king --top -1", "--top <N>"),
        ("map --seed -1", "--seed <N>"),
    ] {
        let run = Folder::new().w2v(line);
        let said = format!("error: invalid value '-1' for '{option}'");
        assert!(run.stderr.starts_with(&said), "{run:?}");
        assert_eq!(run.code, 2, "{run:?}");
    }
    // Names come behind what ends the options, as ever.
    assert_eq!(Folder::new().w2v("nearest -1").code, 2);
    assert_eq!(Folder::new().w2v("nearest -- -1").code, 1);
}

/// Where files are read a dash is standard input; no file gets that name by mistake.
#[test]
fn a_dash_is_no_output() {
    let folder = Folder::with_corpus(small_text());
    let train = "train corpus.txt --dim 4 --epochs 1 -q";
    folder.w2v(train).ok();
    let before = folder.files();
    for command in [
        "embed corpus.txt -o -",
        "convert vectors.w2v - --format glove",
        "map -o -",
        "nearest red --plot -",
        &format!("{train} -o -"),
        &format!("{train} --log -"),
        &format!("{train} --report -"),
        &format!("{train} --checkpoint -"),
    ] {
        let run = folder.w2v(command);
        assert_eq!((run.code, folder.files()), (2, before.clone()), "{run:?}");
        let said = "error: -: expected the name of a file to write; give /dev/stdout for standard \
                    output, ./- for a file of this name";
        let has_format = !command.contains("map") && !command.contains("plot");
        assert!(
            !has_format || run.stderr.ends_with(&format!("{said}\n")),
            "{run:?}"
        );
    }
    folder
        .w2v("convert vectors.w2v /dev/stdout --format glove -q")
        .ok();
    folder.w2v("convert vectors.w2v ./- --format glove -q").ok();
}

#[test]
fn no_model_yet() {
    let message = "error: vectors.w2v: no such file; expected a file of vectors: train one with \
                   `w2v train` or name another";
    let folder = Folder::new();
    folder.w2v("nearest king").fails(1, message);
    folder.w2v("analogy man king woman").fails(1, message);
}

/// A model of four words, to be damaged.
fn model() -> Vec<u8> {
    let folder = Folder::with_corpus("a b c d\n".repeat(50));
    folder
        .w2v("train corpus.txt --dim 4 --subsample 0 --quiet")
        .ok();
    folder.read("vectors.w2v")
}

/// Asks a file with this content.
#[track_caller]
fn refuses(content: &[u8], message: &str) {
    let folder = Folder::new();
    folder.write("vectors.w2v", content);
    let run = folder.w2v("nearest a");
    run.fails(1, &format!("error: vectors.w2v: {message}"));
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
}

#[test]
fn a_file_of_another_kind_is_named() {
    let cases: [(&[u8], &str); 6] = [
        (b"", "an empty file; train or copy it again"),
        (b"PK\x03\x04aaaaaaaa", "a zip archive; unpack it first"),
        (
            b"\x80\x04\x95abcdef",
            "a Python pickle (gensim's own format); only Python can read it: load it in gensim and \
             write it with `model.wv.save_word2vec_format(\"vectors.bin\", binary=True)`",
        ),
        (
            b"\x89HDF\r\n\x1a\n",
            "an HDF5 file; export it as word2vec text or binary with the tool that wrote it",
        ),
        (b"%PDF-1.7", "a PDF document; name a file of vectors"),
        (
            b"In the beginning was the Word",
            "text; train on it with `w2v train`",
        ),
    ];
    for (content, found) in cases {
        refuses(
            content,
            &format!("expected a file of vectors, found {found}"),
        );
    }
    refuses(
        b"\x1f\x8b\x08\0\0\0\0\0\0\0",
        "the gzip data cannot be unpacked (near byte 0 of what is packed): incomplete deflate \
         stream; copy the file again",
    );
}

#[test]
fn a_newer_file_is_not_guessed_at() {
    let mut bytes = model();
    bytes[8] = 9;
    refuses(
        &bytes,
        "format version 9, this program reads up to 2; install a newer w2v",
    );
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let whole = model();
    let folder = Folder::new();
    for length in (0..whole.len()).step_by(13) {
        folder.write("vectors.w2v", &whole[..length]);
        let run = folder.w2v("nearest a");
        assert_eq!(
            (run.code, run.stderr.lines().count()),
            (1, 1),
            "{length}: {run:?}"
        );
    }
    folder.write("vectors.w2v", &whole);
    folder.w2v("nearest a").ok();
}

/// Whatever bit is wrong, the answer is the right one or none.
#[test]
fn a_damaged_file_gives_no_wrong_answer() {
    let whole = model();
    let folder = Folder::new();
    folder.write("vectors.w2v", &whole);
    let right = folder.w2v("nearest a").ok().stdout;
    for at in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        folder.write("vectors.w2v", &bytes);
        let run = folder.w2v("nearest a");
        assert!(run.code == 1 || run.stdout == right, "byte {at}: {run:?}");
    }
}

/// A million words of 65,536 floats are 524 GB: refused before anything of that size is asked for.
#[test]
#[cfg(target_os = "linux")]
fn a_plan_larger_than_the_machine() {
    let words: String = (0..1_000_000).map(|i| format!("w{i} ")).collect();
    let folder = Folder::with_corpus(words);
    let run = folder.w2v("train corpus.txt --min-count 1 --dim 65536");
    let line = run.stderr.lines().last().unwrap();
    let expected = "error: training needs about 524288 MB of memory for 1000000 words of 65536 \
                    floats, and this machine has ";
    assert!(line.starts_with(expected), "{run:?}");
    assert!(
        line.ends_with(" MB; lower --dim, raise --min-count or set --max-vocab"),
        "{run:?}"
    );
    assert_eq!(
        (run.code, folder.files()),
        (1, vec!["corpus.txt".to_owned()])
    );
}
