//! Vectors of lines, and the lines that are near.

use ndarray::array;
use serde_json::Value;
use w2v::embeddings::{Embeddings, Metadata};
use w2v::vocab::Vocab;

use crate::common::Folder;

/// Three words along the axes.
fn axes() -> Folder {
    let vocab = Vocab::from_counts([("east", 9), ("north", 8), ("up", 7)], 1, None);
    let matrix = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]];
    let folder = Folder::new();
    let model = Embeddings::new(vocab, matrix, Metadata::default());
    w2v::format::save(&folder.path("vectors.w2v"), &model).unwrap();
    folder.write(
        "lines.txt",
        "East, north\nup\nsomewhere else\nEAST east north\n",
    );
    folder
}

const MEAN: &str = "embed lines.txt --weights mean";

#[test]
fn a_line_each() {
    let folder = axes();
    let run = folder.w2v(MEAN).ok();
    assert_eq!(
        run.stdout,
        "0.5\t0.5\t0\n0\t0\t2\n0\t0\t0\n0.6666667\t0.33333334\t0\n"
    );
    let note = "note: 1 of 4 lines have no word that the model knows: their vectors are zeros\n";
    assert_eq!(run.stderr, note);
    let quiet = folder.w2v(&format!("{MEAN} --quiet --output out.tsv")).ok();
    assert_eq!((quiet.stdout, quiet.stderr), (String::new(), String::new()));
    assert_eq!(folder.read("out.tsv"), run.stdout.as_bytes());
    let piped = folder
        .w2v_with("embed - --weights mean --quiet", &folder.read("lines.txt"))
        .ok();
    assert_eq!(piped.stdout, run.stdout);
}

#[test]
fn for_programs() {
    let folder = axes();
    folder
        .w2v(&format!("{MEAN} --quiet --output out.jsonl"))
        .ok();
    let text = String::from_utf8(folder.read("out.jsonl")).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[1],
        serde_json::json!({"line": 2, "words": 1, "vector": [0.0, 0.0, 2.0]})
    );
    folder.w2v(&format!("{MEAN} --quiet --output out.npy")).ok();
    let bytes = folder.read("out.npy");
    assert_eq!(bytes[..8], *b"\x93NUMPY\x01\0");
    assert_eq!(bytes.len(), 128 + 4 * 3 * 4);
    assert!(String::from_utf8_lossy(&bytes[10..128]).contains("'shape': (4, 3)"));
    assert_eq!(bytes[128..132], 0.5_f32.to_le_bytes());
    // The name says nothing, the option does.
    folder
        .w2v(&format!("{MEAN} --quiet --format npy --output out"))
        .ok();
    assert_eq!(folder.read("out"), bytes);
}

#[test]
fn records_are_lines_whatever_they_hold() {
    let folder = axes();
    folder.write(
        "lines.jsonl",
        "{\"t\":\"east\\nnorth\"}\n{\"t\":\"\"}\n{\"t\":\"up\"}\n",
    );
    let run = folder
        .w2v("embed lines.jsonl --field t --weights mean --quiet")
        .ok();
    assert_eq!(run.stdout, "0.5\t0.5\t0\n0\t0\t0\n0\t0\t2\n");
}

#[test]
fn a_line_or_record_is_a_row_however_long() {
    let folder = axes();
    let long = "east north ".repeat(200_000);
    folder.write("long.txt", format!("{long}\nup\n"));
    folder.write(
        "long.jsonl",
        format!("{{\"t\":\"{long}\"}}\n{{\"t\":\"up\"}}\n"),
    );
    folder.write("long.csv", format!("t\n\"{long}\"\nup\n"));
    for source in ["long.txt", "long.jsonl --field t", "long.csv --column t"] {
        let run = folder.w2v(&format!(
            "embed {source} --weights mean --quiet --format jsonl"
        ));
        let lines: Vec<Value> = run
            .ok()
            .stdout
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        let words: Vec<&Value> = lines.iter().map(|line| &line["words"]).collect();
        assert_eq!(words, [400_000, 1], "{source}");
    }
    let near = folder
        .w2v("similar-lines long.txt --query up --top 1 --quiet --json")
        .ok();
    assert!(near.stdout.contains("\"line\":2,"), "{near:?}");
}

#[test]
fn lines_near_to_a_text() {
    let folder = axes();
    // Cosines of (2, 1, 0) with (1, 1, 0) and itself: 3 / sqrt 10 and 1.
    let run = folder.w2v_one(
        "similar-lines lines.txt --weights mean --quiet --top 2 --query",
        "east north east",
    );
    let expected = "1.0000        4  EAST east north\n0.9487        1  East, north\n";
    assert_eq!((run.code, run.stdout.as_str()), (0, expected), "{run:?}");
    folder.write("batch.txt", "up\nnorth\n");
    let run = folder
        .w2v("similar-lines lines.txt --weights mean --quiet --top 1 --batch batch.txt --json")
        .ok();
    let lines: Vec<Value> = run
        .stdout
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(
        lines[0],
        serde_json::json!({"query": "up", "lines": [{"similarity": 1.0, "line": 2, "text": "up"}]})
    );
    assert_eq!(lines[1]["lines"][0]["line"], 1);
    let run = folder.w2v("similar-lines lines.txt --weights mean --quiet --query nowhere");
    run.fails(
        1,
        "error: \"nowhere\" has no direction (its vector is zero or not finite), so nothing is near \
         it; ask for another word",
    );
}

/// Of several files, or of a folder, a line is the one that its file has.
#[test]
fn lines_of_several_files_are_named_by_file() {
    let folder = axes();
    std::fs::create_dir(folder.path("more")).unwrap();
    folder.write("more/a.txt", "up\n\nnorth");
    folder.write("more/b.txt", "");
    folder.write("more/c.txt", "up up\neast\n");
    let similar = "similar-lines --weights mean --quiet --top 1 --query";
    for (query, place) in [("up", "lines.txt:2"), ("north", "more/a.txt:3")] {
        let run = folder.w2v(&format!("{similar} {query} lines.txt more"));
        let line = run.ok().stdout;
        assert!(line.starts_with(&format!("1.0000  {place}  ")), "{line}");
    }
    let run = folder.w2v(&format!("{similar} east more --format tsv"));
    assert_eq!(run.ok().stdout, "east\tmore/c.txt\t2\t1\teast\n");
    let run = folder.w2v(&format!("{similar} north more/c.txt more/a.txt --json"));
    let answer: Value = serde_json::from_str(&run.ok().stdout).unwrap();
    assert_eq!(
        answer["lines"][0],
        serde_json::json!({"similarity": 1.0, "file": "more/a.txt", "line": 3, "text": "north"})
    );
}

/// What stands among the texts and was written for them is none of them.
#[test]
fn the_output_and_the_model_are_no_texts() {
    let folder = axes();
    folder.write("a.txt", "red\n");
    for _ in 0..2 {
        folder.w2v("embed . --output lines.tsv --weights mean").ok();
        let lines = String::from_utf8(folder.read("lines.tsv")).unwrap();
        assert_eq!(lines.lines().count(), 5, "{lines}");
    }
}

#[test]
fn texts_of_a_batch_are_answered_or_marked_in_order() {
    let folder = axes();
    let similar = "similar-lines lines.txt --weights mean --quiet --top 1";
    let batch = b"up\n\nnowhere\nno \xFF\nnorth\n";
    let run = folder
        .w2v_with(&format!("{similar} --batch - --json"), batch)
        .ok();
    let answers: Vec<Value> = run
        .stdout
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let lines: Vec<&Value> = answers.iter().map(|a| &a["lines"][0]["line"]).collect();
    assert_eq!(lines, [&2.into(), &Value::Null, &Value::Null, &1.into()]);
    assert_eq!(answers[1]["query"], "nowhere");
    assert!(
        answers[1]["error"]
            .as_str()
            .unwrap()
            .contains("no direction")
    );
    assert_eq!(run.stderr, "2 questions had no answer; they are marked\n");
    let run = folder
        .w2v_with(&format!("{similar} --batch -"), b"up\nnowhere\n")
        .ok();
    let table = "up\n  1.0000        2  up\nnowhere\n  # \"nowhere\" has no direction";
    assert!(run.stdout.starts_with(table), "{run:?}");
    // Typed, it is an error that programs see as well.
    let run = folder.w2v(&format!("{similar} --query nowhere --json"));
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(run.code == 1 && answer["error"].is_string(), "{run:?}");
    folder.w2v("similar-lines - --batch -").fails(
        2,
        "error: standard input holds the lines or the questions of --batch, not both; give a file for \
         one of them",
    );
}

#[test]
fn what_goes_wrong() {
    let folder = axes();
    folder.w2v("embed nope.txt").fails(
        1,
        "error: nope.txt: no such file; check the name, or give - to read standard input",
    );
    folder.write("out.tsv", "older");
    assert_eq!(folder.w2v("embed nope.txt --output out.tsv").code, 1);
    assert_eq!(folder.read("out.tsv"), b"older");
    assert_eq!(folder.w2v("embed lines.txt --weights median").code, 2);
    assert_eq!(folder.w2v("similar-lines lines.txt").code, 2);
    // An empty file has no lines.
    folder.write("empty.txt", "");
    assert_eq!(folder.w2v("embed empty.txt --quiet").ok().stdout, "");
}
