//! `--log`: what happened, for programs.

use serde_json::Value;

use crate::common::{Folder, small_text};

fn records(folder: &Folder) -> Vec<Value> {
    let text = String::from_utf8(folder.read("run.jsonl")).unwrap();
    assert!(text.ends_with('\n'));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn named<'a>(records: &'a [Value], event: &str) -> Vec<&'a Value> {
    records
        .iter()
        .filter(|record| record["event"] == event)
        .collect()
}

#[test]
fn a_run_is_told_from_start_to_end() {
    let folder = Folder::with_corpus(small_text());
    folder
        .w2v("train corpus.txt --dim 10 --epochs 2000 --seed 3 --quiet --log run.jsonl")
        .ok();
    let records = records(&folder);

    let start = &records[0];
    assert_eq!(start["event"], "start");
    assert_eq!(start["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(start["inputs"], serde_json::json!(["corpus.txt"]));
    assert_eq!(start["output"], "vectors.w2v");
    assert_eq!(start["text"]["tokenizer"], "auto");
    assert_eq!(start["training"]["dim"], "10");
    assert_eq!(start["training"]["seed"], "3");

    let [scanned] = named(&records, "scanned")[..] else {
        panic!("{records:?}")
    };
    for (field, value) in [
        ("lines", 800),
        ("tokens", 3200),
        ("types", 20),
        ("words", 20),
        ("kept_tokens", 3200),
    ] {
        assert_eq!(scanned[field], value, "{field}");
    }
    assert_eq!(scanned["tokenizer"], "unicode");
    assert_eq!(scanned["zipf"][0], serde_json::json!([1, 160]));

    let training = named(&records, "training");
    assert!(!training.is_empty());
    let mut before = 0;
    for record in training {
        let tokens = record["tokens"].as_u64().unwrap();
        assert!(tokens > before, "{record}");
        before = tokens;
        assert_eq!(record["tokens_total"], 2000 * 3200);
        assert!((1..=2000).contains(&record["epoch"].as_u64().unwrap()));
        assert!(record["words_per_second"].as_f64().unwrap() > 0.0);
        assert!((0.0..=0.05).contains(&record["lr"].as_f64().unwrap()));
    }

    let [trained] = named(&records, "trained")[..] else {
        panic!("{records:?}")
    };
    assert_eq!(trained["loss"].as_array().unwrap().len(), 2000);
    let [saved] = named(&records, "saved")[..] else {
        panic!("{records:?}")
    };
    assert_eq!(
        (&saved["event"], &saved["words"], &saved["dim"]),
        (&"saved".into(), &20.into(), &10.into())
    );
    assert_eq!(saved["bytes"], folder.read("vectors.w2v").len());

    let seconds: Vec<f64> = records
        .iter()
        .map(|r| r["seconds"].as_f64().unwrap())
        .collect();
    assert!(seconds.is_sorted(), "{seconds:?}");
}

/// Bytes are those of what was read, not of lines that were made of it.
#[test]
fn what_was_read_is_counted_for_every_kind_of_input() {
    let folder = Folder::new();
    let table = "who,what,when\n".to_owned() + &"a,x,1\na,y,2\nb,x,3\nb,z,4\n".repeat(20);
    folder.write("t.csv", &table);
    folder.write("edges.tsv", "a\tb\nb\tc\nc\ta\n");
    let train = "--threads 1 --dim 2 --epochs 1 --log run.jsonl";
    for (input, bytes, lines, said) in [
        ("t.csv --input table", table.len(), 80, "scanned 494 B in "),
        (
            "t.csv --input events --user who --item what --time when",
            table.len(),
            2,
            "scanned 494 B in ",
        ),
        ("edges.tsv --input graph", 12, 3, "graph of 3 nodes"),
    ] {
        let run = folder.w2v(&format!("train {input} {train}")).ok();
        assert!(run.stderr.contains(said), "{run:?}");
        assert!(!run.stderr.contains("  0 B/s"), "{run:?}");
        let records = records(&folder);
        let [scanned] = named(&records, "scanned")[..] else {
            panic!("{input}: {records:?}")
        };
        assert_eq!(scanned["bytes"], bytes, "{input}");
        assert_eq!(scanned["lines"], lines, "{input}");
        let model = folder.open("vectors.w2v");
        assert_eq!(model.metadata().corpus["bytes"], bytes as u64, "{input}");
    }
}

/// The start of a run on `input`, and what its model stores of it.
fn configuration(
    folder: &Folder,
    input: &str,
) -> (Value, std::collections::BTreeMap<String, String>) {
    folder
        .w2v(&format!(
            "train {input} --dim 2 --epochs 1 -q --log run.jsonl"
        ))
        .ok();
    let start = records(folder).swap_remove(0);
    (
        start,
        folder.open("vectors.w2v").metadata().training.clone(),
    )
}

#[test]
fn the_start_is_the_whole_configuration() {
    let folder = Folder::with_corpus(small_text());
    folder.write(
        "t.csv",
        "who,what,when\n".to_owned() + &"a,x,1\na,y,2\nb,x,3\nb,z,4\n".repeat(20),
    );
    folder.write("edges.tsv", "a\tb\nb\tc\nc\ta\n");
    let (start, stored) = configuration(
        &folder,
        "corpus.txt --phrases 1 --phrase-threshold 9 --min-count 2 --max-vocab 15",
    );
    for (name, value) in [
        ("min-count", "2"),
        ("max-vocab", "15"),
        ("phrase-score", "mikolov"),
        ("phrase-threshold", "9"),
        ("phrase-min-count", "5"),
    ] {
        assert_eq!(start["text"][name], value, "{name}");
        assert_eq!(stored[name], value, "{name}");
    }
    assert_eq!(start["text"]["phrases"], "1");
    let columns = "--user who --item what --time when";
    let (start, stored) = configuration(&folder, &format!("t.csv --input events {columns}"));
    for (name, value) in [
        ("user", "who"),
        ("item", "what"),
        ("time", "when"),
        ("min-count", "1"),
    ] {
        assert_eq!(start["text"][name], value, "{name}");
        assert_eq!(stored[name], value, "{name}");
    }
    let (start, _) = configuration(
        &folder,
        "t.csv --input table --columns who,what,when --except when --names what --bins 7",
    );
    for (name, value) in [
        ("columns", "who,what,when"),
        ("except", "when"),
        ("names", "what"),
        ("bins", "7"),
    ] {
        assert_eq!(start["text"][name], value, "{name}");
    }
    let (start, stored) = configuration(&folder, "edges.tsv --input graph --directed");
    assert_eq!(start["training"]["directed"], "yes");
    assert_eq!(stored["directed"], "yes");
    let said = folder
        .w2v("train edges.tsv --input graph --directed --dim 2")
        .ok();
    assert!(said.stderr.contains("directed yes"), "{said:?}");
    let (start, stored) = configuration(&folder, "corpus.txt --init vectors.w2v --freeze all");
    assert_eq!(start["training"]["init"], "vectors.w2v");
    assert_eq!(
        (&start["training"]["freeze"], &stored["freeze"]),
        (&"all".into(), &"all".into())
    );
}

#[test]
fn a_failure_is_told_too() {
    let folder = Folder::with_corpus("a b c\n");
    let run = folder.w2v("train corpus.txt --log run.jsonl");
    assert_eq!(run.code, 1);
    let records = records(&folder);
    let failed = records.last().unwrap();
    assert_eq!(failed["event"], "failed");
    let error = format!("error: {}", failed["error"].as_str().unwrap());
    assert_eq!(run.stderr.lines().last(), Some(error.as_str()));
}

#[test]
fn a_log_that_cannot_be_written_is_refused_before_the_work() {
    let folder = Folder::with_corpus(small_text());
    let run = folder.w2v("train corpus.txt --log nowhere/run.jsonl");
    run.fails(
        1,
        "error: nowhere/run.jsonl: cannot write: No such file or directory (os error 2)",
    );
    assert_eq!(folder.files(), ["corpus.txt"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_log_that_ends_does_not_end_the_run() {
    let folder = Folder::with_corpus(small_text());
    let run = folder
        .w2v("train corpus.txt --dim 10 --epochs 1 --quiet --log /dev/full")
        .ok();
    assert_eq!(
        run.stderr,
        "note: the log ends here: No space left on device (os error 28)\n"
    );
    assert_eq!(folder.files(), ["corpus.txt", "vectors.w2v"]);
}
