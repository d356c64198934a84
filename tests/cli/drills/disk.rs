//! The disk is full, or may not be written, at every stage of a run.
//!
//! A limit on the size of files (`ulimit -f`, in kilobytes) is a full disk that needs no rights to make and
//! can strike at the file that is meant; a small file system of its own shows the real one.

use super::{Nobody, bash, logged, start, wait_for};
use crate::common::{Folder, Outcome, small_text};

const FULL: &str = "File too large (os error 27)";

/// A text of more ids than a scan may keep in the least memory that it can be given.
fn long_text() -> String {
    "a b c d e f g h i j k l m n o p q r s t\n".repeat(200_000)
}

#[test]
fn while_the_scan_spills() {
    let folder = Folder::with_corpus(long_text());
    std::fs::create_dir(folder.path("tmp")).unwrap();
    let train = "$W2V train corpus.txt --memory 16M --temp-dir tmp -q --dim 4 --epochs 1";
    let run = bash(&folder, &format!("ulimit -f 64; {train}"));
    run.told(&format!("tmp: cannot write a temporary file in: {FULL}"));
    // A folder that may not be written, or is not there.
    for place in ["nowhere", "corpus.txt"] {
        let run = bash(&folder, &train.replace("dir tmp", &format!("dir {place}")));
        run.told(&format!("{place}: cannot make a temporary file in: "));
    }
    let run = bash(
        &folder,
        "export TMPDIR=/nowhere; $W2V train corpus.txt --memory 16M -q",
    );
    run.told("/nowhere: cannot make a temporary file in: ");
    assert_eq!(folder.files(), ["corpus.txt", "tmp"]);
    assert_eq!(std::fs::read_dir(folder.path("tmp")).unwrap().count(), 0);
    bash(&folder, train).ok();
}

/// The end of what fits into no disk may fit into a buffer.
#[test]
fn while_a_page_or_a_script_is_written() {
    let folder = Folder::new();
    for command in ["man train", "completions bash", "completions fish"] {
        let size = folder.w2v(command).ok().stdout.len();
        let kilobytes = (size - 1) / 1024;
        let run = bash(
            &folder,
            &format!("ulimit -f {kilobytes}; $W2V {command} > out"),
        );
        run.told(&format!("standard output: cannot write: {FULL}"));
    }
}

#[test]
fn while_the_vectors_are_written() {
    let folder = Folder::with_corpus(small_text());
    let train = "$W2V train corpus.txt -q --dim 400 --epochs 1 --subsample 0";
    for end in ["w2v", "bin", "txt", "npy", "safetensors", "fifu", "glove"] {
        let output = format!("out.{end}");
        folder.write(&output, "older vectors");
        let run = bash(&folder, &format!("ulimit -f 8; {train} -o {output}"));
        run.told(&format!("{output}: cannot write: {FULL}"));
        assert_eq!(folder.read(&output), b"older vectors", "{end}");
        std::fs::remove_file(folder.path(&output)).unwrap();
        assert_eq!(folder.files(), ["corpus.txt"], "{end}");
    }
}

/// A checkpoint that cannot be written is told, and the run goes on to its end.
#[test]
fn while_a_checkpoint_is_written() {
    let folder = Folder::with_corpus(small_text());
    let train = "$W2V train corpus.txt --dim 400 --epochs 300 --subsample 0 --threads 1";
    bash(&folder, &format!("{train} -q -o whole.w2v --no-checkpoint")).ok();
    let kept = "--checkpoint run.ck --checkpoint-every 20000";
    let run = bash(&folder, &format!("ulimit -f 48; {train} {kept}")).ok();
    let note = format!("note: run.ck: cannot write: {FULL}");
    assert!(run.stderr.contains(&note), "{run:?}");
    assert!(folder.read("vectors.w2v") == folder.read("whole.w2v"));
    assert_eq!(folder.files(), ["corpus.txt", "vectors.w2v", "whole.w2v"]);
    // Also to those who want to hear of errors alone, and in the log.
    let run = bash(
        &folder,
        &format!("ulimit -f 48; {train} {kept} -q --log run.jsonl"),
    )
    .ok();
    assert!(
        run.stderr.lines().all(|line| line.starts_with(&note)),
        "{run:?}"
    );
    assert!(run.stderr.contains(&note), "{run:?}");
    assert!(logged(&folder, "run.jsonl", "checkpoint_failed"));
}

/// The folder of the output is gone at the end: the vectors are where the run was kept.
#[test]
fn while_the_vectors_are_written_and_the_run_was_kept_elsewhere() {
    let folder = Folder::with_corpus(small_text());
    std::fs::create_dir(folder.path("gone")).unwrap();
    let train =
        "train corpus.txt -q --dim 16 --epochs 2000 --subsample 0 --threads 1 --log run.jsonl";
    let child = start(
        &folder,
        &format!("{train} --checkpoint run.ck -o gone/v.bin"),
    );
    wait_for("training", || logged(&folder, "run.jsonl", "training"));
    std::fs::remove_dir_all(folder.path("gone")).unwrap();
    let run = Outcome::of(child.wait_with_output().unwrap());
    run.told("gone/v.bin: ");
    run.told("; the finished vectors are in run.ck: `w2v convert` writes them elsewhere");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    assert_eq!(folder.files(), ["corpus.txt", "run.ck", "run.jsonl"]);
    folder
        .w2v(&format!("{train} --no-checkpoint -o whole.w2v"))
        .ok();
    assert!(folder.read("run.ck") == folder.read("whole.w2v"));
}

/// The log ends, the training does not.
#[test]
fn while_the_log_is_written() {
    let folder = Folder::with_corpus(small_text());
    let train = "$W2V train corpus.txt --dim 8 --epochs 2 --subsample 0";
    let run = bash(&folder, &format!("{train} --log /dev/full")).ok();
    let note = "note: the log ends here: No space left on device (os error 28)";
    assert!(run.stderr.lines().any(|line| line == note), "{run:?}");
    assert_eq!(run.stderr.matches("note: the log").count(), 1);
    assert_eq!(folder.open("vectors.w2v").len(), 20);
    let script = format!("(ulimit -f 1; exec {train} --log run.jsonl -o /dev/stdout) | wc -c");
    let run = bash(&folder, &script).ok();
    assert!(
        run.stderr
            .contains(&format!("note: the log ends here: {FULL}")),
        "{run:?}"
    );
    let bytes: usize = run.stdout.trim().parse().unwrap();
    assert_eq!(bytes, folder.read("vectors.w2v").len());
}

/// The report comes last: the vectors are there, and the exit code says that it is not.
#[test]
fn while_the_report_is_written() {
    let folder = Folder::with_corpus(small_text());
    let train = "$W2V train corpus.txt -q --dim 8 --epochs 2 --subsample 0 --report run.html";
    let run = bash(&folder, &format!("ulimit -f 4; {train}"));
    run.told(&format!("run.html: cannot write: {FULL}"));
    assert_eq!(folder.open("vectors.w2v").len(), 20);
    assert_eq!(folder.files(), ["corpus.txt", "vectors.w2v"]);
}

#[test]
fn while_a_map_or_lines_or_another_format_are_written() {
    let folder = Folder::with_corpus(small_text());
    folder
        .w2v("train corpus.txt -q --dim 100 --epochs 1 --subsample 0")
        .ok();
    let before = folder.files();
    for (command, output) in [
        ("map -q -o map.html", "map.html"),
        ("map -q -o map.svg", "map.svg"),
        ("embed corpus.txt -q -o lines.npy", "lines.npy"),
        ("convert vectors.w2v out.txt -q", "out.txt"),
        ("convert vectors.w2v out.npy -q", "out.npy"),
    ] {
        let run = bash(&folder, &format!("ulimit -f 1; $W2V {command}"));
        run.told(&format!("{output}: cannot write: {FULL}"));
        assert_eq!(folder.files(), before, "{command}");
    }
}

#[test]
fn while_answers_are_written() {
    let folder = Folder::with_corpus(small_text());
    folder
        .w2v("train corpus.txt -q --dim 8 --epochs 1 --subsample 0")
        .ok();
    for command in [
        "nearest red",
        "similarity red green",
        "analogy red green blue",
        "vocab corpus.txt -q",
        "info vectors.w2v",
        "words --prefix r",
        "odd-one-out red green dog",
        "vector red",
        "rank red green",
        "--version",
        "--help",
        "train -h",
    ] {
        let run = bash(&folder, &format!("$W2V {command} >/dev/full"));
        run.told("standard output: cannot write: No space left on device (os error 28)");
    }
}

/// A file system of 128 kB, in a space of names that ends with the script.
#[test]
fn a_small_disk_that_is_really_full() {
    let folder = Folder::with_corpus(small_text());
    std::fs::create_dir(folder.path("disk")).unwrap();
    let spare = "mount -t tmpfs -o size=128k none disk";
    let run = bash(&folder, &format!("unshare -rm bash -c '{spare}'"));
    if run.code != 0 {
        eprintln!("skipped: no file system can be mounted here: {run:?}");
        return;
    }
    let script = format!(
        "unshare -rm bash -c '{spare}; echo older > disk/vectors.w2v
        for options in --dim=2000 \"--dim=800 --checkpoint=disk/run.ck --checkpoint-every=20000 --epochs=100\" \
            \"--dim=8 --memory=16M --temp-dir=disk\"; do
            text=corpus.txt; [[ $options == *memory* ]] && text=long.txt
            $W2V train $text -q --subsample 0 --threads 1 --epochs 1 -o disk/vectors.w2v $options
            echo $? $(ls -A disk) $(head -c5 disk/vectors.w2v | tail -c4)
        done'"
    )
    .replace("--threads 1 --epochs 1", "--threads 1");
    folder.write("long.txt", long_text());
    let run = bash(&folder, &script);
    let full = "No space left on device (os error 28)";
    let errors = [
        format!("error: disk/vectors.w2v: cannot write: {full}"),
        format!("error: disk: cannot write a temporary file in: {full}"),
    ];
    // A temporary file's own name may follow.
    let (notes, said): (Vec<&str>, Vec<&str>) = (run.stderr.lines())
        .partition(|line| line.starts_with("note: disk/run.ck: cannot write: "));
    assert!(!notes.is_empty(), "{run:?}");
    let said = said.iter().map(|l| l.split(" at path ").next());
    assert!(said.eq(errors.iter().map(|e| Some(e.as_str()))), "{run:?}");
    // The second one has room for its vectors and none for two checkpoints: it ends well.
    let lines: Vec<&str> = run.stdout.lines().collect();
    let expected = [
        "1 vectors.w2v lder",
        "0 vectors.w2v w2v",
        "1 vectors.w2v w2v",
    ];
    assert_eq!(lines, expected);
}

/// A folder that nobody else may write to, files and a folder that nobody else may read, and a model; and that
/// nobody, where the tests may become it.
fn locked() -> Option<(Folder, Nobody)> {
    let folder = Folder::with_corpus(small_text());
    folder
        .w2v("train corpus.txt -q --dim 8 --epochs 1 --subsample 0")
        .ok();
    folder.write("secret.txt", "red green\n");
    let make = "mkdir -p shut texts more/inner; echo red > texts/a.txt; cp texts/a.txt more; \
        cp secret.txt texts; chmod 0 secret.txt texts/secret.txt more/inner; chmod 555 shut";
    bash(&folder, make).ok();
    let nobody = Nobody::new(65_533)?;
    nobody.enters(&folder, "755");
    Some((folder, nobody))
}

#[test]
fn a_folder_that_may_not_be_written_and_a_file_that_may_not_be_read() {
    let Some((folder, nobody)) = locked() else {
        return;
    };
    for (command, what) in [
        (
            "train corpus.txt -q -o shut/v.w2v",
            "shut/v.w2v: cannot write a file in its folder: ",
        ),
        (
            "train corpus.txt -q -o shut/v.bin",
            "shut/v.bin: cannot write a file in its folder: ",
        ),
        (
            "train corpus.txt -q -o /dev/null --checkpoint shut/run.ck",
            "shut/run.ck: cannot write a file in its folder: ",
        ),
        (
            "train corpus.txt -q -o /dev/null --log shut/log",
            "shut/log: cannot write: ",
        ),
        (
            "train corpus.txt -q -o /dev/null --report shut/r.html",
            "shut/r.html: cannot write a file in its folder: ",
        ),
        (
            "map -q -o shut/map.html",
            "shut/map.html: cannot write a file in its folder: ",
        ),
        (
            "train secret.txt -q -o /dev/null",
            "secret.txt: cannot open for reading: ",
        ),
        (
            "vocab texts --min-count 1",
            "texts/secret.txt: cannot open for reading: ",
        ),
        (
            "vocab more --min-count 1",
            "more/inner: cannot look into it: ",
        ),
        (
            "nearest red -m secret.txt",
            "secret.txt: cannot open for reading: ",
        ),
    ] {
        let run = nobody.bash(&folder, &format!("$W2V {command}"));
        run.told(&format!("{what}Permission denied (os error 13)"));
    }
    assert_eq!(
        folder.files(),
        [
            "corpus.txt",
            "more",
            "secret.txt",
            "shut",
            "texts",
            "vectors.w2v"
        ]
    );
}

/// Who may not give a file away keeps its group where that is one of theirs; to another group nothing is opened.
#[test]
fn a_file_written_over_opens_to_nobody_else() {
    let folder = Folder::with_corpus(small_text());
    folder.w2v("train corpus.txt -q").ok();
    let Some(nobody) = Nobody::new(65_530) else {
        return;
    };
    nobody.enters(&folder, "777");
    for (group, mode, expected) in [
        (65_532, "660", "65532 660\n"),
        (65_531, "664", "65534 644\n"),
        (65_531, "660", "65534 600\n"),
    ] {
        let older =
            format!("rm -f v.txt; touch v.txt; chown 65531:{group} v.txt; chmod {mode} v.txt");
        bash(&folder, &older).ok();
        let convert = "$W2V convert vectors.w2v v.txt -q && stat -c '%g %a' v.txt";
        let run = nobody.bash(&folder, convert).ok();
        assert_eq!(run.stdout, expected, "{group} {mode}");
    }
}

/// What is no file and no pipe is opened before the work, not after it.
#[test]
fn an_output_that_cannot_be_opened_is_told_at_once() {
    let folder = Folder::with_corpus(small_text());
    let _listening = std::os::unix::net::UnixListener::bind(folder.path("socket")).unwrap();
    let run = bash(&folder, "$W2V train corpus.txt -q -o socket --log log");
    run.told("socket: cannot open for writing: ");
    assert!(!logged(&folder, "log", "training"));
}
