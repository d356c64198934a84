//! A system that gives little: of memory, of open files, of threads.

use super::{Nobody, bash, logged};
use crate::common::{Folder, Outcome, small_text};

/// All went well, or one line says why not; no signal, no panic.
#[track_caller]
fn ends_well_or_told(run: &Outcome, what: &str) -> bool {
    let errors = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "));
    let told = run.code == 1 && errors.count() == 1;
    assert!(
        (run.code == 0 || told) && !run.stderr.contains("panicked"),
        "{what}: {run:?}"
    );
    run.code == 0
}

/// Address space in steps from what not even loads the program to what is enough.
#[test]
fn little_memory() {
    let folder = Folder::with_corpus(small_text());
    folder
        .w2v("train corpus.txt -q --dim 100 --subsample 0 -o model.w2v")
        .ok();
    let words: String = (0..30_000)
        .map(|i| format!("w{} w{}\n", i, i + 1))
        .collect();
    folder.write("many.txt", words);
    for (command, enough) in [
        (
            "train many.txt -q --min-count 1 --dim 300 --epochs 1 --threads 2 -o v.w2v",
            2_000_000,
        ),
        (
            "train many.txt -q --min-count 1 --dim 300 --epochs 1 --deterministic --threads 2 -o v.w2v",
            2_000_000,
        ),
        ("nearest red -m model.w2v", 1_000_000),
        ("map model.w2v -q -o map.html", 1_000_000),
        ("embed corpus.txt -m model.w2v -q -o lines.npy", 1_000_000),
        ("convert model.w2v out.txt -q", 1_000_000),
    ] {
        let mut succeeded = false;
        for kilobytes in [
            20_000, 30_000, 40_000, 60_000, 80_000, 120_000, 160_000, 250_000, 400_000, enough,
        ] {
            let before = folder.files();
            let run = bash(
                &folder,
                &format!("ulimit -v {kilobytes}; exec $W2V {command}"),
            );
            if run.stderr.contains("error while loading shared libraries") || run.code == 127 {
                continue; // not a line of ours ran
            }
            succeeded = ends_well_or_told(&run, &format!("{kilobytes} kB, {command}"));
            if !succeeded {
                assert_eq!(folder.files(), before, "{kilobytes} kB, {command}");
            }
        }
        assert!(succeeded, "{command}");
        for output in ["v.w2v", "map.html", "lines.npy", "out.txt"] {
            let _ = std::fs::remove_file(folder.path(output));
        }
    }
}

/// The matrices are refused before they are asked for, with the numbers and what to do.
#[test]
fn matrices_that_do_not_fit_into_the_limit() {
    let words: String = (0..100_000).map(|i| format!("w{i} ")).collect();
    let folder = Folder::with_corpus(words);
    let train = "$W2V train corpus.txt -q --min-count 1 --threads 1 --epochs 1";
    let run = bash(&folder, &format!("ulimit -v 1000000; {train} --dim 2000"));
    run.told("training needs about 1600 MB of memory for 100000 words of 2000 floats, and this machine has ");
    run.told(" MB; lower --dim, raise --min-count or set --max-vocab");
    // They fit, the copy for checkpoints does not: told when it was asked for, left out otherwise.
    let limited = format!("ulimit -v 1000000; {train} --dim 700");
    let run = bash(&folder, &format!("{limited} --checkpoint run.ck"));
    run.told("training needs about 1126 MB of memory");
    run.told("; give --no-checkpoint, lower --dim");
    let run = bash(&folder, &format!("{limited} --no-checkpoint --keep-output"));
    run.told("training needs about 844 MB of memory");
    run.told("; give no --keep-output, lower --dim");
    assert_eq!(folder.files(), ["corpus.txt"]);
    let run = bash(&folder, &format!("{limited} --no-checkpoint"));
    ends_well_or_told(&run, "no copy");
}

/// A checkpoint for which there is no memory is told, and the run goes on to its end.
#[test]
fn too_little_memory_for_a_checkpoint() {
    let line = |i: u32| (0..20).map(move |j| format!("w{} ", (i * 31 + j * j * 7) % 20_000));
    let text: String = (0..10_000)
        .flat_map(|i| line(i).chain(["\n".to_owned()]))
        .collect();
    let folder = Folder::with_corpus(text);
    let train = "$W2V train corpus.txt -q --min-count 1 --dim 300 --epochs 1 --threads 1 \
        --checkpoint run.ck --checkpoint-every 0.02s --log log";
    let mut failed = 0;
    for kilobytes in (136_000..158_000).step_by(2_000) {
        let _ = std::fs::remove_file(folder.path("log"));
        // One arena: others reserve so much at a time that what is left goes by chance.
        let limited = format!("export MALLOC_ARENA_MAX=1; ulimit -v {kilobytes}; exec {train}");
        let run = bash(&folder, &limited);
        // What is too much for the plan is refused before the training.
        let trains = logged(&folder, "log", "training");
        assert_eq!(run.code == 0, trains, "{kilobytes}: {run:?}");
        failed += u32::from(logged(&folder, "log", "checkpoint_failed"));
    }
    assert!(failed > 0, "no limit was in between");
    assert_eq!(folder.files(), ["corpus.txt", "log", "vectors.w2v"]);
}

#[test]
fn few_open_files() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("texts")).unwrap();
    for i in 0..100 {
        folder.write(
            &format!("texts/{i}.txt"),
            "red green blue dog cat\n".repeat(3),
        );
    }
    let train = "$W2V train texts --subsample 0 -q --dim 16 --threads 8 --epochs 2 --memory 16M \
        --checkpoint run.ck --checkpoint-every 1000 --log log --report r.html";
    bash(&folder, &format!("ulimit -n 16; {train}")).ok();
    bash(&folder, "ulimit -n 16; $W2V nearest red").ok();
    bash(&folder, "ulimit -n 16; $W2V map -q -o map.html").ok();
    bash(&folder, "ulimit -n 16; $W2V convert vectors.w2v v.npy -q").ok();
    for limit in [4, 5, 6, 8, 10] {
        for command in [
            train,
            "$W2V nearest red",
            "$W2V convert vectors.w2v out.bin -q",
        ] {
            let run = bash(&folder, &format!("ulimit -n {limit}; exec {command}"));
            if !run.stderr.contains("error while loading shared libraries") {
                ends_well_or_told(&run, &format!("{limit} files, {command}"));
            }
        }
    }
}

/// More runs of words on disk than files may be open: they are in one.
#[test]
fn many_runs_of_words_and_few_open_files() {
    let words: String = (0..600_000u32)
        .map(|i| format!("word{i} other{i}\n"))
        .collect();
    let folder = Folder::with_corpus(words);
    let train =
        "$W2V train corpus.txt -q --memory 16M --min-count 1 --dim 2 --epochs 1 --threads 2";
    bash(&folder, &format!("ulimit -n 16; exec {train}")).ok();
    assert_eq!(folder.open("vectors.w2v").len(), 1_200_000);
}

/// No thread more than there are: told, or done with those.
#[test]
fn no_more_threads() {
    let folder = Folder::with_corpus(small_text());
    folder
        .w2v("train corpus.txt -q --dim 16 --subsample 0 --epochs 1")
        .ok();
    // The limit counts all of a user's threads and does not bind root.
    let Some(nobody) = Nobody::new(61_234) else {
        return;
    };
    nobody.enters(&folder, "777");
    for threads in 1..=12 {
        for command in [
            "train corpus.txt -q --dim 16 --epochs 1 --subsample 0 --threads 4 -o v.w2v",
            "train corpus.txt -q --dim 16 --epochs 1 --subsample 0 --threads 2 --deterministic -o v.w2v \
             --checkpoint run.ck --checkpoint-every 1000",
            "nearest red",
            "map -q -o map.html",
        ] {
            let script = format!("ulimit -u {threads}; exec $W2V {command}");
            let run = nobody.bash(&folder, &script);
            ends_well_or_told(&run, &format!("{threads} threads, {command}"));
        }
    }
}
