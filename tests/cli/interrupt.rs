//! Ctrl-C ends a run, says so, and leaves no file.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ndarray::Array2;
use w2v::embeddings::{Embeddings, Metadata};
use w2v::vocab::Vocab;

use crate::common::{Folder, small_text};

/// Starts a run with all its streams piped.
fn start(folder: &Folder, arguments: &str) -> Child {
    let mut command = folder.command(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What Ctrl-C does.
fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
}

/// Interrupts a run after a line that says `what`; all that it says from then on.
fn interrupted(mut child: Child, what: &str) -> String {
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.ends_with('\n') || !said.contains(what) {
        said.clear();
        assert!(lines.read_line(&mut said).unwrap() > 0, "ended too early");
    }
    interrupt(&child);
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    rest
}

#[test]
fn training_ends_and_leaves_no_half_file() {
    let folder = Folder::with_corpus(small_text());
    let child = start(&folder, "train corpus.txt --epochs 10000 --dim 1000");
    let rest = interrupted(child, "scanned");
    let message = "error: interrupted; nothing was written";
    assert_eq!(rest.lines().last(), Some(message), "{rest}");
    assert_eq!(folder.files(), ["corpus.txt"]);
}

#[test]
fn a_run_that_waits_for_its_input_ends_too() {
    let folder = Folder::new();
    // The configuration is said after Ctrl-C has been taken over.
    let rest = interrupted(start(&folder, "train -"), "");
    assert!(
        rest.ends_with("error: interrupted; nothing was written\n"),
        "{rest}"
    );
    assert_eq!(folder.files(), [""; 0]);
}

/// Waiting for whoever reads the report, when the vectors are there.
#[test]
fn after_the_vectors_were_written_it_says_where_they_are() {
    let folder = Folder::with_corpus(small_text());
    let pipe = folder.path("report.html");
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    for options in ["", "--checkpoint run.ck --checkpoint-every 1000"] {
        let train = format!("train corpus.txt --epochs 300 --dim 4 --report report.html {options}");
        let rest = interrupted(start(&folder, &train), "wrote vectors.w2v");
        let message = "error: interrupted; the vectors are in vectors.w2v";
        assert_eq!(rest.lines().last(), Some(message), "{rest}");
        assert_eq!(folder.open("vectors.w2v").len(), 20);
        assert_eq!(folder.files(), ["corpus.txt", "report.html", "vectors.w2v"]);
    }
}

/// Nobody takes the vectors from the pipe for longer than a run may take to hear.
#[test]
fn what_is_learnt_is_written_whole_however_long_it_takes() {
    let folder = Folder::with_corpus(small_text());
    let pipe = folder.path("out.txt");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let options = "--epochs 3 --dim 1000 --log run.jsonl --output out.txt";
    let child = start(&folder, &format!("train corpus.txt {options}"));
    let vectors = std::fs::File::options().read(true).write(true).open(pipe);
    let mut lines = BufReader::new(vectors.unwrap()).lines();
    let is_trained = |log: Vec<u8>| log.windows(9).any(|name| name == b"\"trained\"");
    while !folder.path("run.jsonl").exists() || !is_trained(folder.read("run.jsonl")) {
        std::thread::sleep(Duration::from_millis(10));
    }
    interrupt(&child);
    std::thread::sleep(Duration::from_secs(3));
    let reader = std::thread::spawn(move || {
        (0..21)
            .map(|_| lines.next().unwrap().unwrap())
            .collect::<Vec<_>>()
    });
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let message = "error: interrupted; the vectors are in out.txt";
    assert_eq!(said.lines().last(), Some(message), "{said}");
    assert_eq!(output.status.code(), Some(130));
    let lines = reader.join().unwrap();
    assert_eq!(lines[0], "20 1000");
    assert!(
        lines[1..]
            .iter()
            .all(|line| line.split_whitespace().count() == 1001)
    );
}

/// Edges that come and come.
#[test]
fn reading_a_graph_ends_too() {
    let folder = Folder::new();
    let mut child = start(&folder, "train - --input graph");
    let mut edges = child.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || while edges.write_all(b"a b\nb c\n").is_ok() {});
    let rest = interrupted(child, "");
    feeding.join().unwrap();
    assert!(
        rest.ends_with("error: interrupted; nothing was written\n"),
        "{rest}"
    );
    assert_eq!(folder.files(), [""; 0]);
}

/// Standard input is copied, for a table is read twice.
#[test]
fn a_table_on_standard_input_leaves_no_copy() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("tmp")).unwrap();
    let copies = || -> Vec<_> {
        let entries = std::fs::read_dir(folder.path("tmp")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let mut child = start(&folder, "train - --input table --temp-dir tmp");
    let mut rows = child.stdin.take().unwrap();
    rows.write_all(b"size,colour\nsmall,red\n").unwrap();
    while !copies()
        .iter()
        .any(|copy| copy.metadata().is_ok_and(|m| m.len() > 0))
    {
        assert!(child.try_wait().unwrap().is_none(), "ended too early");
    }
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(copies().len(), 0);
}

#[test]
fn a_conversion_leaves_no_half_file() {
    let folder = Folder::new();
    let (rows, dim) = (40_000, 250);
    let words = (0..rows).map(|i| (format!("w{i}"), 1));
    let vocab = Vocab::from_counts(words, 1, None);
    let matrix = Array2::from_shape_fn((rows, dim), |(i, j)| 1.0 / (i + j + 1) as f32);
    let embeddings = Embeddings::new(vocab, matrix, Metadata::default());
    w2v::format::save(&folder.path("in.w2v"), &embeddings).unwrap();
    let mut child = start(&folder, "convert in.w2v out.txt");
    // The output grows under a name of its own for as long as ten million numbers take.
    let is_part = |name: &String| name.ends_with(".part");
    let grows = |name: &String| folder.path(name).metadata().is_ok_and(|m| m.len() > 0);
    while !folder.files().iter().any(|f| is_part(f) && grows(f)) {
        assert!(child.try_wait().unwrap().is_none(), "ended too early");
    }
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "\nerror: interrupted; nothing was written\n");
    assert_eq!(folder.files(), ["in.w2v"]);
}

/// While it measures what small numbers lose.
#[test]
fn a_conversion_that_is_interrupted_late_says_where_the_vectors_are() {
    let folder = Folder::new();
    let (rows, dim) = (40_000, 50);
    let mut text = String::new();
    // The first word once more: that is told between writing and measuring.
    for i in (0..rows).chain([0]) {
        text.push_str(&format!("w{i}"));
        (1..=dim).for_each(|j| text.push_str(&format!(" {}", i * j % 97)));
        text.push('\n');
    }
    folder.write("in.txt", text);
    let mut child = start(&folder, "convert in.txt out.w2v --dtype i8");
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    lines.read_line(&mut String::new()).unwrap();
    interrupt(&child);
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(rest, "\nerror: interrupted; the vectors are in out.w2v\n");
    assert_eq!(folder.open("out.w2v").len(), rows);
}
