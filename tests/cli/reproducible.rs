//! The same question, the same bytes.

use crate::common::{Folder, small_text};

#[test]
fn one_seed_and_one_thread_give_the_same_bytes() {
    let folder = Folder::with_corpus(small_text());
    let train = "train corpus.txt --dim 20 --threads 1 --quiet";
    folder.w2v(&format!("{train} -o a.w2v --seed 7")).ok();
    folder.w2v(&format!("{train} -o b.w2v --seed 7")).ok();
    folder.w2v(&format!("{train} -o c.w2v --seed 8")).ok();
    assert!(folder.read("a.w2v") == folder.read("b.w2v"));
    assert!(folder.read("a.w2v") != folder.read("c.w2v"));
}

/// A run in the folder of its texts writes there what the next one must not read.
#[test]
fn what_is_written_into_a_folder_of_texts_is_no_text() {
    let folder = Folder::with_corpus(small_text());
    let train = "train . --dim 4 --epochs 2 --threads 1 --log run.jsonl --report run.html -q";
    folder.w2v(train).ok();
    let first = folder.read("vectors.w2v");
    folder.w2v(train).ok();
    assert!(folder.read("vectors.w2v") == first);
    assert_eq!(folder.files().len(), 4);
}

#[test]
fn ids_and_counts_do_not_depend_on_the_threads() {
    // Many words of one count: their order is theirs, not that of the threads that met them.
    let text: String = (0..20_000)
        .map(|i| format!("w{} x{}\n", i % 997, i % 1009))
        .collect();
    let folder = Folder::with_corpus(text);
    let mut listings = Vec::new();
    for threads in [1, 2, 5] {
        let name = format!("{threads}.w2v");
        let train = "train corpus.txt --dim 2 --epochs 1 --quiet";
        folder
            .w2v(&format!("{train} --threads {threads} -o {name}"))
            .ok();
        let model = folder.open(&name);
        let words = (0..model.len() as u32).map(|id| (model.word(id).to_owned(), model.count(id)));
        listings.push(words.collect::<Vec<_>>());
    }
    assert_eq!(listings[0].len(), 997 + 1009);
    assert_eq!(listings[0], listings[1]);
    assert_eq!(listings[0], listings[2]);
}

#[test]
fn deterministic_runs_give_the_same_bytes_for_any_threads_even_when_killed() {
    let folder = Folder::with_corpus(small_text());
    for objective in ["skipgram", "cbow --position-weights"] {
        let train = format!(
            "train corpus.txt --dim 40 --epochs 1000 --subsample 0 --deterministic --quiet --objective {objective}"
        );
        folder.w2v(&format!("{train} --threads 1 -o one.w2v")).ok();
        for threads in [2, 3, 4, 7] {
            let output = format!("-o {threads}.w2v --threads {threads}");
            folder.w2v(&format!("{train} {output}")).ok();
            assert!(folder.read(&format!("{threads}.w2v")) == folder.read("one.w2v"));
        }
        let kept = "--checkpoint run.ck --checkpoint-every 20000 --threads 3 -o killed.w2v";
        let mut child = folder.command(&format!("{train} {kept}")).spawn().unwrap();
        while !folder.path("run.ck").exists() && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        child.wait().unwrap();
        folder.w2v("resume run.ck --threads 2 --quiet").ok();
        assert!(folder.read("killed.w2v") == folder.read("one.w2v"));
    }
}
