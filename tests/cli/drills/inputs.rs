//! Inputs that change, shrink or vanish while they are in use.

use std::fs::{File, OpenOptions};
use std::io::Write;

use ndarray::Array2;
use w2v::embeddings::{Embeddings, Metadata};
use w2v::vocab::Vocab;

use super::{logged, signal, start, wait_for};
use crate::common::{Folder, small_text};

/// A second or so, of one thread, so that its bytes are those of every other.
const TRAIN: &str =
    "train corpus.txt --subsample 0 --dim 64 --epochs 1500 --threads 1 -q --log run.jsonl";

/// The text was read once and is not looked at again.
#[test]
fn a_text_that_changes_or_vanishes_while_it_is_trained_on() {
    let folder = Folder::with_corpus(small_text());
    folder.w2v(TRAIN).ok();
    let expected = folder.read("vectors.w2v");
    for change in [
        |f: &Folder| f.write("corpus.txt", "other words\n"),
        |f: &Folder| File::create(f.path("corpus.txt")).map(drop).unwrap(),
        |f: &Folder| std::fs::remove_file(f.path("corpus.txt")).unwrap(),
    ] {
        folder.write("corpus.txt", small_text());
        let _ = std::fs::remove_file(folder.path("run.jsonl"));
        let child = start(&folder, TRAIN);
        wait_for("training", || logged(&folder, "run.jsonl", "training"));
        change(&folder);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(folder.read("vectors.w2v") == expected);
    }
}

/// Vectors of some megabytes.
fn vectors(folder: &Folder, name: &str, rows: usize) {
    let words = (0..rows).map(|i| (format!("w{i}"), 1));
    let vocab = Vocab::from_counts(words, 1, None);
    let matrix = Array2::from_shape_fn((rows, 250), |(i, j)| 1.0 / (i + j + 1) as f32);
    let embeddings = Embeddings::new(vocab, matrix, Metadata::default());
    w2v::format::save(&folder.path(name), &embeddings).unwrap();
}

fn cut(folder: &Folder, name: &str) {
    let file = OpenOptions::new().write(true).open(folder.path(name));
    file.unwrap().set_len(100_000).unwrap();
}

/// The system tells of it by SIGBUS only.
#[test]
fn vectors_that_are_cut_while_they_are_asked() {
    let folder = Folder::new();
    vectors(&folder, "big.w2v", 4_000);
    let answers = File::create(folder.path("answers")).unwrap();
    let mut command = folder.command("nearest --batch - -m big.w2v");
    command.stdin(std::process::Stdio::piped()).stdout(answers);
    let mut child = command
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut questions = child.stdin.take().unwrap();
    let some: String = (0..1_024).map(|i| format!("w{i}\n")).collect();
    questions.write_all(some.as_bytes()).unwrap();
    wait_for("answers", || {
        folder.path("answers").metadata().unwrap().len() > 0
    });
    cut(&folder, "big.w2v");
    let _ = questions.write_all(some.as_bytes());
    drop(questions);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(
        said,
        "\nerror: big.w2v: somebody cut this file while it was in use; put it there again, whole, and \
         replace such files by renaming a new one\n"
    );
}

#[test]
fn vectors_that_are_cut_while_they_are_converted() {
    let folder = Folder::new();
    vectors(&folder, "in.w2v", 40_000);
    let mut child = start(&folder, "convert in.w2v out.txt");
    let is_part = |name: &String| name.ends_with(".part");
    let grows = |name: &String| folder.path(name).metadata().is_ok_and(|m| m.len() > 0);
    while !folder.files().iter().any(|f| is_part(f) && grows(f)) {
        assert!(child.try_wait().unwrap().is_none(), "ended too early");
    }
    cut(&folder, "in.w2v");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("\nerror: in.w2v: somebody cut this file "),
        "{said}"
    );
    assert_eq!(folder.files(), ["in.w2v"]);
}

/// A SIGBUS that is no cut file's ends the process as it always did.
#[test]
fn another_bus_error_is_not_explained_away() {
    let folder = Folder::new();
    vectors(&folder, "big.w2v", 100);
    let child = start(&folder, "nearest --batch - -m big.w2v");
    // The handler is there when the file is mapped, soon after the start.
    std::thread::sleep(std::time::Duration::from_millis(300));
    signal(&child, "-BUS");
    let output = child.wait_with_output().unwrap();
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(output.status.signal(), Some(7), "{output:?}");
}

/// What is spilled has no name: nothing is left, however the run ends.
#[test]
fn a_scan_that_ends_while_it_spills_leaves_nothing() {
    for (name, code) in [("-INT", Some(130)), ("-TERM", Some(130)), ("-KILL", None)] {
        let folder = Folder::new();
        std::fs::create_dir(folder.path("tmp")).unwrap();
        let mut child = start(
            &folder,
            "train - -q --memory 16M --temp-dir tmp --min-count 1 --log run.jsonl",
        );
        let mut text = child.stdin.take().unwrap();
        for i in 0..100_000 {
            writeln!(text, "word{i} a b c d e f g h i j k l m n o").unwrap();
        }
        text.flush().unwrap();
        signal(&child, name);
        // It is not heard while it waits for more.
        drop(text);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), code, "{output:?}");
        let left = std::fs::read_dir(folder.path("tmp")).unwrap().count();
        assert_eq!(left, 0, "{name}");
    }
}

/// A text of so many pairs of words that to count them in little memory takes many rounds.
#[test]
fn a_search_for_phrases_hears_that_it_shall_end() {
    let number = |i: u32| i.wrapping_mul(2_654_435_761) >> 17;
    let words =
        (0..1_200_000).map(|i| format!("w{}{}", number(i), if i % 20 == 0 { "\n" } else { " " }));
    let folder = Folder::with_corpus(words.collect::<String>());
    let mut child = start(
        &folder,
        "train corpus.txt -q --memory 16M --phrases 100 --log run.jsonl",
    );
    wait_for("search", || {
        let log = std::fs::read_to_string(folder.path("run.jsonl"));
        log.is_ok_and(|log| log.contains("\"phrases\":0."))
    });
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!logged(&folder, "run.jsonl", "scanned"));
    assert_eq!(folder.files(), ["corpus.txt", "run.jsonl"]);
}
