//! Paths of one run that lead to one file.

use crate::common::{Folder, small_text};

const TRAIN: &str = "train corpus.txt --subsample 0 --dim 4 --epochs 1 --quiet";

/// All files and what they hold.
fn contents(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let names = folder.files().into_iter();
    names
        .map(|name| (name.clone(), folder.read(&name)))
        .collect()
}

/// Options, and the two of them that lead to one file.
const COLLISIONS: &[(&str, &str, &str)] = &[
    (
        "--report b.w2v -o b.w2v",
        "--report b.w2v",
        "--output b.w2v",
    ),
    (
        "--log b.w2v -o in/../b.w2v",
        "--log b.w2v",
        "--output in/../b.w2v",
    ),
    ("--log x --report ./x", "--log x", "--report ./x"),
    ("--checkpoint b -o b", "the checkpoint b", "--output b"),
    (
        "--checkpoint b -o b.old",
        "the older checkpoint b.old",
        "--output b.old",
    ),
    (
        "--log vectors.w2v.checkpoint",
        "--log vectors.w2v.checkpoint",
        "the checkpoint vectors.w2v.checkpoint",
    ),
    (
        "--log corpus.txt",
        "--log corpus.txt",
        "the text corpus.txt",
    ),
    (
        "--report corpus.txt",
        "--report corpus.txt",
        "the text corpus.txt",
    ),
    (
        "-o corpus.txt",
        "--output corpus.txt",
        "the text corpus.txt",
    ),
    (
        "--init given.w2v --log given.w2v",
        "--log given.w2v",
        "--init given.w2v",
    ),
    (
        "--vocab words.txt -o words.txt",
        "--output words.txt",
        "--vocab words.txt",
    ),
    (
        "--eval pairs.tsv --log pairs.tsv",
        "--log pairs.tsv",
        "--eval pairs.tsv",
    ),
    (
        "--vocab words.vocab.txt -o words.npy",
        "the file beside --output words.vocab.txt",
        "--vocab words.vocab.txt",
    ),
    (
        "--init given.w2v --freeze words.txt --report words.txt",
        "--report words.txt",
        "--freeze words.txt",
    ),
    (
        "--phrases 1 --phrase-connectors words.txt -o words.txt",
        "--output words.txt",
        "--phrase-connectors words.txt",
    ),
    (
        "--stopwords words.txt --report words.txt",
        "--report words.txt",
        "--stopwords words.txt",
    ),
];

#[test]
fn a_file_is_not_written_for_two_purposes_nor_over_what_is_read() {
    let folder = Folder::with_corpus(small_text());
    folder.w2v(&format!("{TRAIN} -o given.w2v")).ok();
    for name in ["words.txt", "words.vocab.txt"] {
        folder.write(name, "red\ngreen\nblue\n");
    }
    folder.write("pairs.tsv", "red\tgreen\t9\nred\tdog\t1\n");
    std::fs::create_dir(folder.path("in")).unwrap();
    let before: Vec<_> = (folder.files().iter().filter(|name| *name != "in"))
        .map(|name| (name.clone(), folder.read(name)))
        .collect();
    for (options, first, second) in COLLISIONS {
        let message = format!("error: {first} and {second} are one file; write to another");
        folder.w2v(&format!("{TRAIN} {options}")).fails(2, &message);
        for (name, bytes) in &before {
            assert!(folder.read(name) == *bytes, "{options}: {name}");
        }
    }
    assert_eq!(folder.files().len(), before.len() + 1);
    // Vectors may be trained on in place, and what goes nowhere goes there together.
    folder
        .w2v(&format!("{TRAIN} --init given.w2v -o given.w2v"))
        .ok();
    #[cfg(unix)]
    folder
        .w2v(&format!(
            "{TRAIN} -o /dev/null --log /dev/null --report /dev/null"
        ))
        .ok();
}

/// Paths of a conversion, and the two of them that lead to one file.
const CONVERSIONS: &[(&str, &str, &str)] = &[
    (
        "v.vocab.txt v.npy",
        "the file beside OUT v.vocab.txt",
        "IN v.vocab.txt",
    ),
    (
        "v.vocab.txt ./v.safetensors",
        "the file beside OUT ./v.vocab.txt",
        "IN v.vocab.txt",
    ),
    (
        "array.npy array.vocab.txt",
        "OUT array.vocab.txt",
        "the words of IN array.vocab.txt",
    ),
    (
        "tensor.safetensors tensor.vocab.txt",
        "OUT tensor.vocab.txt",
        "the words of IN tensor.vocab.txt",
    ),
    (
        "numbers.tsv metadata.tsv --format glove",
        "OUT metadata.tsv",
        "the words of IN metadata.tsv",
    ),
    (
        "v.vocab.txt list.txt --words list.txt",
        "OUT list.txt",
        "--words list.txt",
    ),
    (
        "v.vocab.txt list.npy --words list.vocab.txt",
        "the file beside OUT list.vocab.txt",
        "--words list.vocab.txt",
    ),
];

#[test]
fn a_conversion_does_not_write_over_what_it_reads() {
    let folder = Folder::new();
    folder.write("v.vocab.txt", "3 2\nred 1 2\ngreen 3 4\nblue 5 7\n");
    for name in ["array.npy", "tensor.safetensors", "numbers.tsv"] {
        folder.w2v(&format!("convert v.vocab.txt {name} -q")).ok();
    }
    for name in ["list.txt", "list.vocab.txt"] {
        folder.write(name, "red\ngreen\n");
    }
    let before = contents(&folder);
    for (paths, first, second) in CONVERSIONS {
        let message = format!("error: {first} and {second} are one file; write to another");
        folder.w2v(&format!("convert {paths}")).fails(2, &message);
        assert!(contents(&folder) == before, "{paths}");
    }
}

/// Commands that write one file, and the two paths that lead to one.
const OUTPUTS: &[(&str, &str, &str)] = &[
    (
        "compare first.jsonl run.html -o run.html",
        "--output run.html",
        "the run run.html",
    ),
    (
        "compare compare.html first.jsonl",
        "--output compare.html",
        "the run compare.html",
    ),
    (
        "embed corpus.txt -o ./corpus.txt",
        "--output ./corpus.txt",
        "the text corpus.txt",
    ),
    (
        "embed corpus.txt -o vectors.w2v",
        "--output vectors.w2v",
        "the model vectors.w2v",
    ),
    (
        "transform t.csv -m t.w2v -o t.csv",
        "--output t.csv",
        "the table t.csv",
    ),
    (
        "transform t.csv -m t.w2v -o t.w2v",
        "--output t.w2v",
        "the model t.w2v",
    ),
    (
        "map --labels kinds.tsv -o kinds.tsv",
        "--output kinds.tsv",
        "--labels kinds.tsv",
    ),
    (
        "map --words words.csv -o words.csv",
        "--output words.csv",
        "--words words.csv",
    ),
    ("map v.tsv -o v.tsv", "--output v.tsv", "the model v.tsv"),
    (
        "nearest -m v.svg red --plot ./v.svg",
        "--plot ./v.svg",
        "the model v.svg",
    ),
    (
        "analogy -m v.svg red green blue --plot v.svg",
        "--plot v.svg",
        "the model v.svg",
    ),
    (
        "repl --history vectors.w2v",
        "--history vectors.w2v",
        "the model vectors.w2v",
    ),
];

#[test]
fn no_command_writes_over_what_it_reads() {
    let folder = Folder::with_corpus(small_text());
    folder
        .w2v(&format!("{TRAIN} --log first.jsonl --report run.html"))
        .ok();
    folder.write("compare.html", folder.read("run.html"));
    folder.write(
        "t.csv",
        "size,colour\n".to_owned() + &"small,red\nlarge,blue\n".repeat(9),
    );
    folder
        .w2v("train t.csv --input table --dim 2 --quiet -o t.w2v")
        .ok();
    for name in ["v.tsv", "v.svg"] {
        folder.write(name, "4 2\nred 1 2\ngreen 3 4\nblue 5 7\ndog 7 1\n");
    }
    folder.write("kinds.tsv", "red\tcolour\n");
    folder.write("words.csv", "red\ngreen\n");
    let before = contents(&folder);
    for (command, first, second) in OUTPUTS {
        let message = format!("error: {first} and {second} are one file; write to another");
        folder.w2v(command).fails(2, &message);
        assert!(contents(&folder) == before, "{command}");
    }
    // A question of a conversation is put to the model that it began with.
    let question = b"nearest red --plot v.svg\n";
    let run = folder.w2v_with("repl -m v.svg", question).ok();
    let message = "error: --plot v.svg and the model v.svg are one file; write to another\n";
    assert_eq!(run.stderr, message);
    assert!(contents(&folder) == before);
}

/// The file itself may be replaced: what is written takes its name, and that of its words, when all was read.
#[test]
fn a_conversion_may_replace_its_input() {
    let folder = Folder::new();
    folder.write("in.vec", "3 2\nred 1 2\ngreen 3 4\nblue 5 7\n");
    std::fs::create_dir(folder.path("apart")).unwrap();
    for (name, words) in [
        ("v.w2v", None),
        ("v.bin", None),
        ("v.txt", None),
        ("v.glove", None),
        ("v.fifu", None),
        ("v.npy", Some("v.vocab.txt")),
        ("v.safetensors", Some("v.vocab.txt")),
        ("v.tsv", Some("metadata.tsv")),
    ] {
        let convert = |paths: &str| folder.w2v(&format!("convert {paths} -q")).ok();
        convert(&format!("in.vec {name}"));
        let choose = "--unknown-row --limit 2 --normalize";
        convert(&format!("{name} apart/{name} {choose}"));
        convert(&format!("{name} ./{name} {choose}"));
        for name in std::iter::once(name).chain(words) {
            assert!(
                folder.read(name) == folder.read(&format!("apart/{name}")),
                "{name}"
            );
        }
        // Nothing that is left there is taken for another's words.
        for name in std::iter::once(name).chain(words) {
            std::fs::remove_file(folder.path(name)).unwrap();
        }
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_the_file_that_it_leads_to() {
    use std::os::unix::fs::symlink;
    let folder = Folder::with_corpus(small_text());
    symlink("corpus.txt", folder.path("text")).unwrap();
    symlink("b.w2v", folder.path("not-there-yet")).unwrap();
    folder.w2v(&format!("{TRAIN} --log text")).fails(
        2,
        "error: --log text and the text corpus.txt are one file; write to another",
    );
    let run = folder.w2v(&format!("{TRAIN} --report not-there-yet -o b.w2v"));
    run.fails(
        2,
        "error: --report not-there-yet and --output b.w2v are one file; write to another",
    );
    assert_eq!(folder.read("corpus.txt"), small_text().as_bytes());
}
