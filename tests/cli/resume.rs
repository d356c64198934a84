//! Runs that are killed or interrupted, and gone on with.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Folder, small_text};

/// A run of a second or two, of one thread, so that its bytes are those of every other.
const TRAIN: &str = "train corpus.txt --subsample 0 --dim 64 --epochs 6000 --threads 1 --quiet";
const KEPT: &str = "--checkpoint run.ck --checkpoint-every 20000";

/// The bytes of a run that nobody disturbs.
fn undisturbed() -> Vec<u8> {
    let folder = Folder::with_corpus(small_text());
    folder.w2v(TRAIN).ok();
    folder.read("vectors.w2v")
}

fn start(folder: &Folder, arguments: &str) -> Child {
    let mut command = folder.command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What a shell's `kill` does.
fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args([name, &pid]).status().unwrap().success());
}

fn wait_for(what: &str, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_secs(60), "no {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Begins a run and kills it when its first checkpoint is there.
fn break_off(folder: &Folder, arguments: &str) {
    let mut child = start(folder, &format!("{arguments} {KEPT}"));
    wait_for("checkpoint", || folder.path("run.ck").exists());
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Kills at 20 moments that a fixed seed and the machine's load decide; whatever was being written then, the run goes
/// on from a whole checkpoint and ends with the bytes of one that nobody disturbed.
#[test]
fn killed_twenty_times_it_ends_with_the_same_bytes() {
    let expected = undisturbed();
    let folder = Folder::with_corpus(small_text());
    let (begin, go_on) = (format!("{TRAIN} {KEPT}"), "resume run.ck --quiet");
    let mut seed = 7_u64;
    // A busy machine comes to its first checkpoint later: each new beginning is given more time.
    let (mut killed, mut begun_anew) = (0, 0);
    while killed < 20 {
        let has_checkpoint = folder.path("run.ck").exists() || folder.path("run.ck.old").exists();
        begun_anew += u32::from(!has_checkpoint);
        let arguments = if has_checkpoint { go_on } else { &begin };
        let mut child = start(&folder, arguments);
        seed = seed.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        std::thread::sleep(Duration::from_millis(
            30 + (seed >> 58) + 20 * u64::from(begun_anew),
        ));
        match child.try_wait().unwrap() {
            Some(ended) => {
                // Faster than the kills: once more from the start.
                assert!(ended.success(), "{:?}", child.wait_with_output());
                assert!(folder.read("vectors.w2v") == expected);
            }
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                killed += 1;
            }
        }
    }
    assert!(begun_anew < 20, "no checkpoint was ever written");
    let last = if folder.path("run.ck").exists() {
        go_on
    } else {
        &begin
    };
    folder.w2v(last).ok();
    assert!(folder.read("vectors.w2v") == expected);
    // Nothing of the killed runs is left.
    assert_eq!(folder.files(), ["corpus.txt", "vectors.w2v"]);
}

#[test]
fn interrupted_it_says_how_to_go_on_and_does() {
    for name in ["-INT", "-TERM"] {
        let folder = Folder::with_corpus(small_text());
        let begin = TRAIN.replace("--quiet", "--checkpoint run.ck --log run.jsonl");
        let child = start(&folder, &begin);
        wait_for("training", || {
            let log = std::fs::read_to_string(folder.path("run.jsonl"));
            log.is_ok_and(|log| log.contains("\"event\":\"training\""))
        });
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{said}");
        let lines: Vec<&str> = said.lines().rev().take(2).collect();
        let expected = [
            "error: interrupted; go on with `w2v resume run.ck`",
            "interrupted: writing a checkpoint; Ctrl-C again stops at once",
        ];
        assert_eq!(lines, expected, "{said}");
        assert_eq!(folder.files(), ["corpus.txt", "run.ck", "run.jsonl"]);
        // An unfinished run answers questions, and is not written over.
        folder.w2v("nearest red -m run.ck").ok();
        folder.w2v(&begin).fails(
            1,
            "error: run.ck: expected no file where checkpoints shall go, found an unfinished run; \
             go on with it by `w2v resume`, or remove it",
        );
        let run = folder.w2v("resume run.ck").ok();
        assert!(run.stderr.contains("\ngoing on from "), "{run:?}");
        assert!(folder.read("vectors.w2v") == undisturbed());
        assert_eq!(folder.files(), ["corpus.txt", "run.jsonl", "vectors.w2v"]);
        let log = String::from_utf8(folder.read("run.jsonl")).unwrap();
        let events = ["start", "checkpoint", "resumed", "saved"];
        for event in events {
            assert!(
                log.contains(&format!("\"event\":\"{event}\"")),
                "{event}: {log}"
            );
        }
    }
}

#[test]
fn what_is_no_checkpoint_is_told() {
    let folder = Folder::with_corpus(small_text());
    for (name, found) in [
        ("nosuch", "no such file"),
        ("corpus.txt", "text"),
        (".", "a folder"),
    ] {
        folder.w2v(&format!("resume {name}")).fails(
            1,
            &format!(
                "error: {name}: expected the checkpoint of an unfinished run, found {found}; give the \
                 file named with `train --checkpoint`, or else the run's output with .checkpoint \
                 behind its name"
            ),
        );
    }
}

#[test]
fn a_changed_text_is_refused() {
    let folder = Folder::with_corpus(small_text());
    break_off(&folder, TRAIN);
    folder.write("corpus.txt", small_text() + "red green blue one two\n");
    let run = folder.w2v("resume run.ck --quiet");
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr.contains(
            "the text is not the one that the run began with: tokens that are kept: expected \
             3200, found 3205; give the same text, or begin anew"
        ),
        "{run:?}"
    );
    // The text that it began with, at another place and through a pipe; with other threads.
    folder.write("moved.txt", small_text());
    folder
        .w2v("resume run.ck moved.txt --quiet --threads 2")
        .ok();
    assert_eq!(
        folder.open("vectors.w2v").metadata().training["threads"],
        "2"
    );
}

/// Asserts that the run is not gone on with, for what `begins` and `ends` say, sums between them.
#[track_caller]
fn refuses(folder: &Folder, begins: &str, ends: &str) {
    let run = folder.w2v("resume run.ck --quiet");
    let said = run.stderr.trim_end();
    let rest = said.strip_prefix(&format!("error: run.ck: {begins}: expected sum "));
    let rest = rest.and_then(|rest| rest.strip_suffix(ends));
    let found = rest.and_then(|rest| rest.split_once(", found "));
    let is_sum = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit());
    let whole = found.is_some_and(|(then, now)| then != now && is_sum(then) && is_sum(now));
    assert!(run.code == 1 && whole, "{run:?}");
}

/// Also those of words outside of the text, which come into the result untouched.
#[test]
fn other_vectors_to_begin_with_are_refused() {
    let folder = Folder::with_corpus(small_text());
    let given = "zebra 1 2 3 4\nred 0.5 -0.25 0.125 1\ndog -0.5 0.75 1.5 0.1\n";
    folder.write("given.vec", format!("3 4\n{given}"));
    let train = TRAIN.replace("--dim 64", "--init given.vec");
    break_off(&folder, &train);
    for (from, to) in [("zebra 1", "zebra 9"), ("red", "yak"), ("1.5", "2.5")] {
        folder.write("given.vec", format!("3 4\n{}", given.replace(from, to)));
        refuses(
            &folder,
            "the vectors of given.vec are not those that the run began with",
            "; give the same ones, or begin anew",
        );
    }
    // The same numbers, written in another way.
    folder.write("given.vec", format!("3 4\n{}", given.replace('4', "4.0")));
    folder.w2v("resume run.ck --quiet").ok();
    let model = folder.open("vectors.w2v");
    assert_eq!(
        (model.word(0), model.row(0)),
        ("zebra", &[1.0, 2.0, 3.0, 4.0][..])
    );
}

#[test]
fn other_frozen_words_are_refused() {
    let folder = Folder::with_corpus(small_text());
    folder.write(
        "given.vec",
        "2 4\nred 0.5 -0.25 0.125 1\ndog -0.5 0.75 1.5 0.1\n",
    );
    folder.write("list.txt", "dog\n");
    let train = TRAIN.replace("--dim 64", "--init given.vec --freeze list.txt");
    break_off(&folder, &train);
    for list in ["red\n", "dog\nred\n"] {
        folder.write("list.txt", list);
        refuses(
            &folder,
            "the frozen words are not those that the run began with",
            "; give the same ones, or begin anew",
        );
    }
    // Words without vectors decide nothing.
    folder.write("list.txt", "wolf\ndog\n");
    folder.w2v("resume run.ck --quiet").ok();
    assert_eq!(folder.open("vectors.w2v").row(1), [-0.5, 0.75, 1.5, 0.1]);
}

/// A graph whose nodes have as many neighbours as before, but others, or at other weights.
#[test]
fn other_edges_are_refused() {
    let folder = Folder::new();
    let ring = "a b\nb c\nc d\nd e\ne f\nf a\n";
    folder.write("corpus.txt", ring);
    break_off(
        &folder,
        "train corpus.txt --input graph --walk-length 20 --epochs 9000 --threads 1 --quiet",
    );
    for other in [
        "a b\nb c\nc a\nd e\ne f\nf d\n",
        &ring.replace("a b", "a b 3"),
    ] {
        folder.write("corpus.txt", other);
        refuses(
            &folder,
            "the text is not the one that the run began with: the edges and their weights",
            "; give the same text, or begin anew",
        );
    }
    // The same edges in another order.
    folder.write("corpus.txt", "f a\nb a\nb c\nd c\nd e\ne f\n");
    folder.w2v("resume run.ck --quiet").ok();
}

#[test]
fn a_damaged_checkpoint_is_refused_and_the_one_before_it_is_there() {
    let folder = Folder::with_corpus(small_text());
    let mut child = start(&folder, &format!("{TRAIN} {KEPT}"));
    wait_for("second checkpoint", || folder.path("run.ck.old").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let whole = folder.read("run.ck");
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        folder.write("run.ck", &bytes);
        let run = folder.w2v("resume run.ck --quiet");
        // Padding between sections is nobody's, and is checked too.
        assert_eq!(
            (run.code, run.stderr.lines().count()),
            (1, 1),
            "byte {at}: {run:?}"
        );
        folder.write("run.ck", &whole[..at]);
        let run = folder.w2v("resume run.ck --quiet");
        assert_eq!(
            (run.code, run.stderr.lines().count()),
            (1, 1),
            "cut at {at}: {run:?}"
        );
        let way = "; the one before it is whole: go on with `w2v resume run.ck.old`\n";
        assert!(run.stderr.ends_with(way), "cut at {at}: {run:?}");
    }
    std::fs::remove_file(folder.path("run.ck")).unwrap();
    folder.w2v("resume run.ck --quiet").ok();
    assert!(folder.read("vectors.w2v") == undisturbed());
}

/// Interrupted again, it knows where the texts were the last time.
#[test]
fn texts_that_moved_are_found_again() {
    let folder = Folder::with_corpus(small_text());
    break_off(&folder, TRAIN);
    std::fs::rename(folder.path("corpus.txt"), folder.path("moved.txt")).unwrap();
    let before = folder.read("run.ck");
    let mut child = start(&folder, "resume run.ck moved.txt --quiet");
    wait_for("another checkpoint", || folder.read("run.ck") != before);
    child.kill().unwrap();
    child.wait().unwrap();
    folder.w2v("resume run.ck --quiet").ok();
    assert!(folder.read("vectors.w2v") == undisturbed());
    assert_eq!(folder.files(), ["moved.txt", "vectors.w2v"]);
}

/// Whoever goes on with a run that comes to its end meanwhile does not train its end again.
#[test]
fn a_run_that_is_still_under_way_is_not_gone_on_with() {
    let folder = Folder::with_corpus(small_text());
    let train = TRAIN.replace("6000", "2000");
    let mut first = start(&folder, &format!("{train} {KEPT}"));
    wait_for("checkpoint", || folder.path("run.ck").exists());
    let run = folder.w2v("resume run.ck --quiet");
    assert!(first.wait().unwrap().success());
    assert_eq!((run.code, run.stderr.lines().count()), (1, 1), "{run:?}");
    assert_eq!(folder.files(), ["corpus.txt", "vectors.w2v"]);
}

/// The file that a link leads to is kept and removed, not the link.
#[cfg(unix)]
#[test]
fn a_checkpoint_behind_a_link() {
    let folder = Folder::with_corpus(small_text());
    std::fs::create_dir(folder.path("disk")).unwrap();
    std::os::unix::fs::symlink("disk/real.ck", folder.path("run.ck")).unwrap();
    let mut child = start(&folder, &format!("{TRAIN} {KEPT}"));
    wait_for("second checkpoint", || {
        folder.path("disk/real.ck.old").exists()
    });
    child.kill().unwrap();
    child.wait().unwrap();
    folder.w2v("resume run.ck --quiet").ok();
    assert!(folder.read("vectors.w2v") == undisturbed());
    assert_eq!(
        folder.files(),
        ["corpus.txt", "disk", "run.ck", "vectors.w2v"]
    );
    assert_eq!(std::fs::read_dir(folder.path("disk")).unwrap().count(), 0);
}

/// Also where nobody named it: a long run would write over it, and its end would remove it.
#[test]
fn a_file_where_checkpoints_shall_go_is_in_the_way() {
    let folder = Folder::with_corpus(small_text());
    for name in ["vectors.w2v.checkpoint", "vectors.w2v.checkpoint.old"] {
        folder.write(name, "notes");
        folder.w2v("train corpus.txt").fails(
            1,
            &format!(
                "error: {name}: expected no file where checkpoints shall go, found another file; name \
                 another place with --checkpoint"
            ),
        );
        folder
            .w2v("train corpus.txt --dim 4 --epochs 1 --no-checkpoint -q -o other.w2v")
            .ok();
        assert_eq!(folder.read(name), b"notes");
        std::fs::remove_file(folder.path(name)).unwrap();
    }
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1.checkpoint");
    std::fs::copy(golden, folder.path("vectors.w2v.checkpoint")).unwrap();
    folder.w2v("train corpus.txt").fails(
        1,
        "error: vectors.w2v.checkpoint: expected no file where checkpoints shall go, found an unfinished \
         run; go on with it by `w2v resume`, or remove it",
    );
}

#[test]
fn a_second_run_with_the_same_output_is_told() {
    const SHORT: &str = "train corpus.txt --dim 4 --epochs 1 --quiet";
    let folder = Folder::with_corpus(small_text());
    let mut child = start(&folder, &TRAIN.replace("6000", "10000"));
    wait_for("claim", || folder.path(".vectors.w2v.lock").exists());
    wait_for("refusal", || {
        let run = folder.w2v(SHORT);
        if run.code == 0 {
            return false; // faster than the first one's claim
        }
        run.fails(
            1,
            "error: vectors.w2v: another w2v is about to write it; wait for that run, or choose \
             another output",
        );
        true
    });
    folder.w2v(&format!("{SHORT} -o other.w2v")).ok();
    child.kill().unwrap();
    child.wait().unwrap();
    folder.w2v(SHORT).ok();
}

/// A checkpoint of the first version, of `train corpus.txt --subsample 0 --dim 4 --epochs 20 --threads 1
/// --kernel portable --deterministic --seed 5 --checkpoint run.checkpoint --checkpoint-every 400000 --log
/// run.jsonl` on this text, killed when the file was there. A change that breaks this test needs a new
/// version, and a golden file of its own beside this one.
#[test]
fn a_checkpoint_of_version_1_is_gone_on_with() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1.checkpoint");
    let folder = Folder::with_corpus("one two three four five six\n".repeat(10_000));
    std::fs::copy(golden, folder.path("run.checkpoint")).unwrap();
    let asked = folder.w2v("vector one -m run.checkpoint").ok();
    assert_eq!(asked.stdout, "-1.3619686 -1.8594279 -1.5373559 1.7734832\n");
    // Its log as a full disk leaves it.
    folder.write("run.jsonl", "{\"seconds\":0.1,\"event\":\"sca");
    let run = folder.w2v("resume run.checkpoint").ok();
    let from = "going on from run.checkpoint, 50.0 % of the training done";
    assert!(run.stderr.contains(from), "{run:?}");
    // What was trained before counts in both.
    let seconds = |name: &str| -> f64 {
        let line = run
            .stderr
            .lines()
            .find(|line| line.trim().starts_with(name));
        line.unwrap()
            .split_whitespace()
            .nth(1)
            .unwrap()
            .parse()
            .unwrap()
    };
    assert!(
        seconds("train ") >= 43.2 && seconds("total ") >= seconds("train "),
        "{run:?}"
    );
    let model = folder.open("vectors.w2v");
    assert_eq!((model.len(), model.dim()), (6, 4));
    assert_eq!(model.count(0), 10_000);
    assert_eq!(model.metadata().training["seed"], "5");
    assert_eq!(model.metadata().loss.len(), 20);
    assert_eq!(folder.files(), ["corpus.txt", "run.jsonl", "vectors.w2v"]);
    // The torn line stays alone, and is left out where logs are read.
    let log = String::from_utf8(folder.read("run.jsonl")).unwrap();
    let begins = "{\"seconds\":0.1,\"event\":\"sca\n{\"seconds\":";
    assert!(log.starts_with(begins), "{log}");
    folder.w2v("compare run.jsonl").ok();
}
