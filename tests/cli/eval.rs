//! `w2v eval` and `w2v info`, for people and for programs.

use ndarray::array;
use serde_json::Value;
use w2v::embeddings::{Embeddings, Metadata};
use w2v::vocab::Vocab;

use crate::common::{Folder, Outcome, small_text};

/// Words in the plane, questions about them, and pairs.
fn plane() -> Folder {
    let vocab = Vocab::from_counts([("a", 9), ("b", 8), ("c", 7), ("d", 6)], 1, None);
    let matrix = array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.9]];
    let model = Embeddings::new(vocab, matrix, Metadata::default());
    let folder = Folder::new();
    w2v::format::save(&folder.path("vectors.w2v"), &model).unwrap();
    folder.write(
        "an.txt",
        ": letters\na b c d\na b c x\nno\n: gram1\na b c x\n",
    );
    folder.write(
        "pairs.tsv",
        "a\tb\t1\na\tc\t2\na\tx\t3\nd\tc\t3\nb\tc\tnan\n",
    );
    folder
}

#[test]
fn figures_in_rows() {
    let folder = plane();
    let run = folder
        .w2v("eval --analogies an.txt --pairs pairs.tsv --format tsv")
        .ok();
    let rows: Vec<Vec<&str>> = run
        .stdout
        .lines()
        .map(|l| l.split('\t').collect())
        .collect();
    assert_eq!(
        rows[..5],
        [
            ["analogies", "an", "letters", "100", "1", "1", "1", ""],
            ["analogies", "an", "gram1", "", "0", "0", "1", ""],
            ["analogies", "an", "semantic", "100", "1", "1", "1", ""],
            ["analogies", "an", "syntactic", "", "0", "0", "1", ""],
            ["analogies", "an", "total", "100", "1", "1", "2", "1"],
        ]
    );
    let json = folder
        .w2v("eval --analogies an.txt --pairs pairs.tsv --json")
        .ok();
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let of = |name: &str| json["pairs"][0][name].to_string();
    let figures = [
        "spearman",
        "pearson",
        "seen",
        "skipped",
        "unknown_share",
        "invalid_lines",
    ];
    let expected: Vec<String> = figures.map(of).into();
    assert_eq!(rows[5][..2], ["pairs", "pairs"]);
    let number = |text: &str| text.parse::<f64>().unwrap();
    let found: Vec<f64> = rows[5][2..].iter().map(|text| number(text)).collect();
    assert_eq!(
        found,
        expected.iter().map(|text| number(text)).collect::<Vec<_>>()
    );
    assert_eq!(rows.len(), 6);
}

/// A score that is no number is no score.
#[test]
fn scores_are_finite() {
    let folder = plane();
    let run = folder.w2v("eval --pairs pairs.tsv --json").ok();
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let set = &json["pairs"][0];
    assert_eq!(
        (&set["seen"], &set["invalid_lines"]),
        (&3.into(), &1.into())
    );
    assert!(
        set["pearson"].is_number() && set["spearman"].is_number(),
        "{set}"
    );
    for floor in ["nan", "inf", "-inf"] {
        let run = folder.w2v(&format!("eval --analogies an.txt --floor an={floor}"));
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("expected a finite number"), "{run:?}");
    }
}

/// Vectors behind the sets would be read as one of them, and others scored.
#[test]
fn vectors_are_no_questions() {
    let folder = plane();
    folder.write("corpus.txt", small_text());
    folder.write("other.w2v", folder.read("vectors.w2v"));
    for line in [
        "eval --analogies an.txt other.w2v",
        "eval --pairs pairs.tsv other.w2v",
        "train corpus.txt --eval other.w2v -o fresh.w2v",
    ] {
        let run = folder.w2v(line);
        run.fails(
            1,
            "error: other.w2v: expected questions as lines of UTF-8, found NUL bytes; check that it is the \
             right file (`w2v eval` takes vectors before the sets)",
        );
    }
    folder.w2v("eval other.w2v --analogies an.txt").ok();
    folder.w2v("eval --analogies an.txt -- other.w2v").ok();
    assert!(!folder.files().contains(&"fresh.w2v".to_owned()));
}

#[test]
#[cfg(unix)]
fn names_of_files_may_be_no_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = plane();
    let name = OsStr::from_bytes(b"v\xFF.w2v");
    let path = folder.path("").join(name);
    std::fs::rename(folder.path("vectors.w2v"), path).unwrap();
    for (line, field) in [("info", "file"), ("eval --pairs pairs.tsv", "model")] {
        let run = folder
            .command(line)
            .args(["--json", "--"])
            .arg(name)
            .output();
        let run = Outcome::of(run.unwrap()).ok();
        let json: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(json[field], "v\u{FFFD}.w2v");
    }
}

#[test]
fn info_is_short_for_people_and_whole_for_programs() {
    let folder = Folder::with_corpus(small_text());
    folder
        .w2v("train corpus.txt --dim 4 --epochs 2 --stopwords en -q")
        .ok();
    let table = folder.w2v("info").ok().stdout;
    assert!(table.lines().count() < 15, "{table}");
    let json: Value = serde_json::from_str(&folder.w2v("info --json").ok().stdout).unwrap();
    let words = json["text"]["stopwords"].as_str().unwrap();
    let words: Vec<&str> = words.lines().collect();
    let begins = format!("stopwords ({}: {}, {}, ", words.len(), words[0], words[1]);
    assert!(words.len() > 1000 && table.contains(&begins), "{table}");
    let tsv = folder.w2v("info --format tsv").ok().stdout;
    let rows: Vec<(&str, &str)> = tsv.lines().map(|l| l.split_once('\t').unwrap()).collect();
    assert!(rows.contains(&("words", "15")), "{tsv}");
    assert!(rows.contains(&("file", "vectors.w2v")), "{tsv}");
    assert!(
        rows.contains(&("text.stopwords", &words.join(" "))),
        "{tsv}"
    );
    assert!(rows.contains(&("training.dim", "4")), "{tsv}");
    assert_eq!(rows.iter().filter(|(name, _)| *name == "loss").count(), 2);
}
