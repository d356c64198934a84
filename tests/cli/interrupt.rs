//! Ctrl-C ends a run, says so, and leaves no file.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

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

#[test]
fn training_ends_and_leaves_no_half_file() {
    let folder = Folder::with_corpus(small_text());
    let mut child = start(&folder, "train corpus.txt --epochs 10000 --dim 1000");
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("scanned") {
        said.clear();
        assert!(lines.read_line(&mut said).unwrap() > 0, "ended too early");
    }
    interrupt(&child);
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let message = "error: interrupted; nothing was written";
    assert_eq!(rest.lines().last(), Some(message), "{rest}");
    assert_eq!(folder.files(), ["corpus.txt"]);
}

#[test]
fn a_run_that_waits_for_its_input_ends_too() {
    let folder = Folder::new();
    let mut child = start(&folder, "train -");
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    // The configuration is said after Ctrl-C has been taken over.
    lines.read_line(&mut String::new()).unwrap();
    interrupt(&child);
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(
        rest.ends_with("error: interrupted; nothing was written\n"),
        "{rest}"
    );
    assert_eq!(folder.files(), [""; 0]);
}
