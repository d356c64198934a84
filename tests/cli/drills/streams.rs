//! Streams that are closed, signals that come twice, a terminal that is not there.

use std::io::{BufRead, BufReader, Read};

use super::{bash, logged, signal, start, wait_for};
use crate::common::{Folder, Outcome, small_text};

const TRAIN: &str = "train corpus.txt --subsample 0 --dim 16 --epochs 3 --threads 1";

/// Whatever is closed, no file of ours gets its number: what is written there does not end up in the vectors.
#[test]
fn closed_streams_change_no_file() {
    let folder = Folder::with_corpus(small_text());
    folder.w2v(TRAIN).ok();
    let expected = folder.read("vectors.w2v");
    for (closed, answers) in [
        ("<&-", true),
        ("2>&-", true),
        (">/dev/null", true),
        // As other programs open it, and Rust for a stream that is closed.
        ("1<>/dev/null", true),
        (">&-", false),
        (">&- 2>&-", false),
        ("<&- >&- 2>&-", false),
    ] {
        std::fs::remove_file(folder.path("vectors.w2v")).unwrap();
        bash(
            &folder,
            &format!("$W2V {TRAIN} --log log --report r.html {closed}"),
        )
        .ok();
        assert!(folder.read("vectors.w2v") == expected, "{closed}");
        for command in [
            "nearest red",
            "nearest red --json",
            "vocab corpus.txt",
            "man",
            "completions bash",
            "--help",
            "--version",
            "embed corpus.txt",
            "convert vectors.w2v /dev/stdout --format glove",
        ] {
            let run = bash(&folder, &format!("$W2V {command} {closed}"));
            assert_eq!(run.code, i32::from(!answers), "{command} {closed}: {run:?}");
            if closed == ">&-" && command.starts_with("convert") {
                run.told("/dev/stdout: cannot open for writing: not connected");
            } else if closed == ">&-" {
                run.told(
                    "standard output: cannot write: it is closed; open it, or send it to /dev/null",
                );
            }
        }
    }
    // Failures keep their exit codes with nobody to tell.
    let run = bash(&folder, "$W2V nearest nobody >&- 2>&-");
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let run = bash(&folder, "$W2V train - <&-");
    run.told("standard input: no token in 0 bytes");
}

/// Whoever has read enough is no error; standard error that nobody reads ends no run.
#[test]
fn pipes_that_are_closed_early() {
    let folder = Folder::with_corpus(small_text());
    let run = bash(
        &folder,
        &format!("set -o pipefail; $W2V {TRAIN} 2> >(true)"),
    );
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(folder.open("vectors.w2v").len(), 20);
    let run = bash(&folder, "set -o pipefail; $W2V vocab corpus.txt -q | true");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let run = bash(
        &folder,
        "set -o pipefail; $W2V convert vectors.w2v /dev/stdout --format glove | true",
    );
    assert!(
        !run.stderr.contains("panicked") && run.code != 101,
        "{run:?}"
    );
}

/// Trying the output opens no pipe: its reader would see it end, and nobody would read what comes.
#[test]
fn a_named_pipe_is_written_to_whoever_waits_at_it() {
    let folder = Folder::with_corpus(small_text());
    folder.w2v(TRAIN).ok();
    bash(&folder, "mkfifo pipe").ok();
    for command in [
        "convert vectors.w2v FILE -q --format glove",
        "embed corpus.txt -q --output FILE --format tsv",
    ] {
        folder.w2v(&command.replace("FILE", "expected")).ok();
        let command = command.replace("FILE", "pipe");
        for _ in 0..8 {
            let script = format!("cat pipe > found & timeout 60 $W2V {command} && wait");
            bash(&folder, &script).ok();
            assert!(folder.read("found") == folder.read("expected"), "{command}");
        }
    }
}

/// What has no words beside it may come through a pipe, the native file excepted: it is mapped.
#[test]
fn vectors_come_through_a_pipe() {
    let folder = Folder::with_corpus(small_text());
    folder.w2v(TRAIN).ok();
    folder.w2v("convert vectors.w2v expected.glove -q").ok();
    for name in ["v.bin", "v.txt", "v.glove"] {
        folder.w2v(&format!("convert vectors.w2v {name} -q")).ok();
        bash(&folder, &format!("gzip -k {name}")).ok();
        for name in [name, &format!("{name}.gz")] {
            let convert = format!("cat {name} | $W2V convert /dev/stdin found.glove -q");
            bash(&folder, &convert).ok();
            assert!(
                folder.read("found.glove") == folder.read("expected.glove"),
                "{name}"
            );
            let run = bash(&folder, &format!("$W2V info <(cat {name})")).ok();
            assert!(run.stdout.contains("words       20\n"), "{run:?}");
            assert!(!run.stdout.contains("size"), "{run:?}");
        }
    }
    folder.w2v("convert vectors.w2v v.fifu -q").ok();
    bash(&folder, "cat v.fifu | $W2V info /dev/stdin").ok();
    bash(&folder, "cat vectors.w2v | $W2V info /dev/stdin").told(
        "/dev/stdin: expected a file of vectors, found a native one that comes through a pipe; name the \
         file itself, it is used where it lies",
    );
}

/// As a daemon or a container has it: no terminal, no environment, one core.
#[test]
fn no_terminal_no_environment_and_one_core() {
    let folder = Folder::with_corpus(small_text());
    let run = bash(
        &folder,
        "env -i setsid -w taskset -c 0 $W2V train corpus.txt --subsample 0",
    )
    .ok();
    assert!(run.stderr.contains("threads 1,"), "{run:?}");
    let model = folder.open("vectors.w2v");
    assert_eq!(
        (model.len(), model.metadata().training["threads"].as_str()),
        (20, "1")
    );
    let run = bash(&folder, "env -i taskset -c 0 $W2V nearest red").ok();
    assert_eq!(run.words().len(), 10);
    // More threads than cores, and the mode that wants two.
    for options in [
        "--threads 8",
        "--deterministic",
        "--deterministic --threads 3",
    ] {
        let train = TRAIN.replace(" --threads 1", "");
        bash(&folder, &format!("taskset -c 0 $W2V {train} -q {options}")).ok();
    }
}

/// `timeout` signals a process and its group, systemd sends TERM and HUP: one request, and the run is kept.
#[test]
fn two_signals_at_a_time_are_one_request() {
    for second in ["-HUP", "-TERM"] {
        let folder = Folder::with_corpus(small_text());
        let train = TRAIN.replace("--dim 16 --epochs 3 ", "--dim 768 --epochs 10000 ");
        let child = start(
            &folder,
            &format!("{train} --checkpoint run.ck --log run.jsonl"),
        );
        wait_for("training", || logged(&folder, "run.jsonl", "training"));
        signal(&child, "-TERM");
        signal(&child, second);
        let run = Outcome::of(child.wait_with_output().unwrap());
        run.fails(130, "error: interrupted; go on with `w2v resume run.ck`");
        assert_eq!(folder.files(), ["corpus.txt", "run.ck", "run.jsonl"]);
    }
}

/// As `nohup` and the background jobs of scripts begin: what is ignored stays so, the rest is heard.
#[test]
fn signals_that_were_ignored_from_the_start() {
    for (ignored, heard, code) in [("HUP INT TERM", "KILL", 137), ("HUP", "TERM", 130)] {
        let folder = Folder::with_corpus(small_text());
        let train = TRAIN.replace("--dim 16 --epochs 3 ", "--dim 768 --epochs 10000 ");
        // What is heard ends the run within two seconds.
        let script = format!(
            "(trap '' {ignored}; exec $W2V {train} --log run.jsonl) &
            for i in {{1..3000}}; do grep -q '\"training\"' run.jsonl 2>/dev/null && break; sleep 0.02; done
            for s in {ignored}; do kill -$s $!; done; sleep 2.5; kill -0 $! && echo lives
            kill -{heard} $!; wait $!"
        );
        let run = bash(&folder, &script);
        let outcome = (run.code, run.stdout.as_str());
        assert_eq!(outcome, (code, "lives\n"), "{ignored}: {run:?}");
    }
}

/// The first one asks for a checkpoint, which waits for a worker in the midst of a long sentence; the
/// second one ends the run there.
#[test]
fn a_second_interruption_stops_at_once() {
    let folder = Folder::new();
    let line: String = (0..1_000).map(|i| format!("w{} ", i % 50)).collect();
    folder.write("corpus.txt", line + "\n");
    let long = "--window 1000 --dim 16384 --kernel portable --threads 1 --subsample 0 --epochs 100";
    let mut child = start(
        &folder,
        &format!("train corpus.txt {long} --checkpoint run.ck --log run.jsonl"),
    );
    wait_for("scan", || logged(&folder, "run.jsonl", "scanned"));
    // The checkpoint's copy cannot begin before the sentence has ended, long after this test.
    std::thread::sleep(std::time::Duration::from_millis(300));
    signal(&child, "-INT");
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("interrupted: writing a checkpoint; Ctrl-C again stops at once") {
        said.clear();
        assert!(
            lines.read_line(&mut said).unwrap() > 0,
            "ended at the first one"
        );
    }
    assert!(child.try_wait().unwrap().is_none());
    // What follows within a second is no second request.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    signal(&child, "-INT");
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(
        rest.lines().last(),
        Some("error: interrupted; nothing was written")
    );
    assert_eq!(folder.files(), ["corpus.txt", "run.jsonl"]);
}
