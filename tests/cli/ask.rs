//! Every kind of question, in every shape, alone and in batches.

use ndarray::array;
use serde_json::{Value, json};
use w2v::embeddings::{Embeddings, Metadata};
use w2v::vocab::Vocab;

use crate::common::{Folder, Outcome};

/// Words in the plane: a (1, 0), b (3, 4), c (0, 2), d (1, 1), ant (-1, 0).
fn plane() -> Folder {
    let words = [("a", 9), ("b", 8), ("c", 7), ("d", 6), ("ant", 2)];
    let vocab = Vocab::from_counts(words, 1, None);
    let matrix = array![[1.0, 0.0], [3.0, 4.0], [0.0, 2.0], [1.0, 1.0], [-1.0, 0.0]];
    let embeddings = Embeddings::new(vocab, matrix, Metadata::default());
    let folder = Folder::new();
    w2v::format::save(&folder.path("vectors.w2v"), &embeddings).unwrap();
    folder
}

#[track_caller]
fn says(line: &str, expected: &str) {
    let run = plane().w2v(line).ok();
    assert_eq!(run.stdout, expected);
    assert_eq!(run.stderr, "");
}

#[test]
fn answers_for_people() {
    says("similarity a b", "0.6000\n");
    says("rank a d", "1 of 4  (cosine 0.7071)\n");
    says("rank a ant", "4 of 4  (cosine -1.0000)\n");
    // Among the first three words: b, c; d, outside, is as near as it is.
    says("rank a c --limit 3", "2 of 2  (cosine 0.0000)\n");
    says("vector b", "3 4\n");
    says("vector b a", "b\n  3 4\na\n  1 0\n");
    says("words --prefix a", "         9  a\n         2  ant\n");
    says("words --top 2 --format tsv", "\ta\t9\n\tb\t8\n");
    // The mean of the unit vectors of c, b and ant is (-0.4, 1.8) / 3.
    says(
        "odd-one-out c b ant",
        "0.9762  c\n0.6508  b\n0.2169  ant  <- does not belong\n",
    );
}

#[test]
fn answers_among_frequent_words_only() {
    says("nearest a --limit 3", "0.6000  b\n0.0000  c\n");
    says("nearest a --min-count 8", "0.6000  b\n");
    says("nearest a --min-count 10", "");
}

#[test]
fn counts_that_are_not_known_are_told() {
    let folder = plane();
    folder.w2v("convert vectors.w2v v.bin --quiet").ok();
    for question in ["nearest a", "words", "rank a b", "analogy a b c"] {
        folder
            .w2v(&format!("{question} --min-count 1 --model v.bin"))
            .fails(
                1,
                "error: --min-count: the model has no counts of its words; take --limit, which goes by \
                 their order",
            );
    }
    folder.w2v("nearest a --limit 3 --model v.bin").ok();
}

#[test]
fn analogies_of_any_number_of_words_and_both_methods() {
    // a + c = (1, 1) / sqrt 2: d, then b with (0.6 + 0.8) / sqrt 2.
    says("analogy --and a c --top 2", "1.0000  d\n0.9899  b\n");
    // c - ant = (1, 1) too.
    says("analogy --and c --not ant --top 1", "1.0000  d\n");
    // 3CosMul: (1 + .7071) / 2 for a and c each, over (1 - .7071) / 2 + 1e-6 for ant.
    says("analogy ant a c --method mul --top 1", "4.9748  d\n");
    let run = plane().w2v("analogy a b");
    assert_eq!(run.code, 2);
}

#[test]
fn shapes_for_programs() {
    says(
        "nearest c a --limit 2 --format tsv",
        "c\tb\t0.8\nc\ta\t0\na\tb\t0.6\n",
    );
    let folder = plane();
    let of = |line: &str| -> Value { serde_json::from_str(&folder.w2v(line).ok().stdout).unwrap() };
    assert_eq!(
        of("similarity a b --json"),
        json!({"query": ["a", "b"], "similarity": 0.6})
    );
    assert_eq!(
        of("rank a b --json"),
        json!({"query": ["a", "b"], "rank": 2, "of": 4, "similarity": 0.6})
    );
    assert_eq!(
        of("vector b a --format json"),
        json!([{"query": ["b"], "vector": [3.0, 4.0]}, {"query": ["a"], "vector": [1.0, 0.0]}])
    );
    assert_eq!(of("odd-one-out c b ant --json")["odd"], "ant");
    assert_eq!(
        of("words --prefix an --json")["words"],
        json!([{"word": "ant", "count": 2}])
    );
}

/// Every command that has `--format json` writes one array, also of nothing and where it breaks off.
#[test]
fn json_is_one_array() {
    let folder = plane();
    let corpus = "to be or not to be to be\n".repeat(40);
    folder.write("corpus.txt", corpus);
    folder.write("batch", "b\nnope\na\n");
    folder.write("pairs", "a\tb\t3\nb\tc\t4\n");
    let array = |run: &Outcome| -> Vec<Value> {
        serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}: {run:?}"))
    };
    for (line, length) in [
        ("vocab corpus.txt", 4),
        ("phrases corpus.txt", 3),
        ("phrases corpus.txt --phrase-min-count 1000", 0),
        ("nearest a b", 2),
        ("nearest --batch batch", 3),
        ("analogy a b c", 1),
        ("similarity a b", 1),
        ("rank a b", 1),
        ("recommend a", 1),
        ("link a b", 1),
        ("odd-one-out a b c", 1),
        ("vector a", 1),
        ("words", 1),
        ("similar-lines batch --query a", 1),
        ("eval --pairs pairs", 1),
        ("info", 1),
    ] {
        let run = folder.w2v(&format!("{line} --format json")).ok();
        assert_eq!(array(&run).len(), length, "{run:?}");
    }
    let run = folder.w2v("nearest --batch batch --strict --format json");
    assert_eq!((run.code, array(&run).len()), (1, 2), "{run:?}");
}

/// Names of items may hold what parts fields and lines.
#[test]
fn rows_of_tabs_stay_whole() {
    let vocab = Vocab::from_counts([("a\tb", 9), ("c\r\nd", 8)], 1, None);
    let model = Embeddings::new(vocab, array![[1.0, 0.0], [0.0, 1.0]], Metadata::default());
    let folder = Folder::new();
    w2v::format::save(&folder.path("vectors.w2v"), &model).unwrap();
    let run = folder.w2v("words --format tsv").ok();
    assert_eq!(run.stdout, "\ta b\t9\n\tc  d\t8\n");
    let run = folder.w2v_one("nearest --format tsv", "a\tb").ok();
    assert_eq!(run.stdout, "a b\tc  d\t0\n");
}

#[test]
fn batches_are_answered_in_order_and_marked_where_there_is_no_answer() {
    let folder = plane();
    folder.write("batch.txt", "b\n\nnope\r\n  a \n");
    let run = folder.w2v("nearest --batch batch.txt --top 1").ok();
    assert_eq!(
        run.stdout,
        "b\n  0.9899  d\nnope\n  # \"nope\" is not among the 5 words; ask for another word, or \
         train on text that holds it\na\n  0.7071  d\n"
    );
    assert_eq!(run.stderr, "1 question had no answer; it is marked\n");
    let run = folder
        .w2v("nearest --batch batch.txt --top 1 --format jsonl")
        .ok();
    let lines = run.stdout.lines();
    let answers: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[1]["query"], json!(["nope"]));
    assert!(answers[1]["error"].is_string() && answers[2]["error"].is_null());
    let run = folder.w2v("nearest --batch batch.txt --top 1 --strict");
    assert_eq!(run.code, 1);
    assert!(run.stdout.starts_with("b\n  0.9899  d\nnope\n") && !run.stdout.contains("\na\n"));
}

/// A mark of the encoding is no part of the first question.
#[test]
fn a_byte_order_mark_is_no_part_of_a_batch() {
    let folder = plane();
    folder.write("batch.txt", "\u{FEFF}b\na\n");
    let run = folder.w2v("nearest --batch batch.txt --top 1").ok();
    assert_eq!(run.stdout, "b\n  0.9899  d\na\n  0.7071  d\n");
}

/// As words that are asked for: as typed when some words begin so, else as the text was treated.
#[test]
fn prefixes_are_treated_as_the_text_was() {
    let words = [("king", 9), ("kind", 8), ("Kiev", 7), ("\u{E9}tude", 6)];
    let vocab = Vocab::from_counts(words, 1, None);
    let model = Embeddings::new(vocab, ndarray::Array2::ones((4, 2)), Metadata::default());
    let folder = Folder::new();
    w2v::format::save(&folder.path("vectors.w2v"), &model).unwrap();
    let of = |prefix: &str, options: &str| {
        let line = format!("words --format tsv {options} --prefix");
        folder.w2v_one(&line, prefix).ok().stdout
    };
    for options in ["", "--min-count 6"] {
        assert_eq!(of("KIN", options), "KIN\tking\t9\nKIN\tkind\t8\n");
        assert_eq!(of("Ki", options), "Ki\tKiev\t7\n");
        assert_eq!(of("E\u{301}", options), "E\u{301}\t\u{E9}tude\t6\n");
    }
    folder.write("batch.txt", "KING\n");
    let run = folder.w2v("words --batch batch.txt").ok();
    assert_eq!(run.stdout, "KING\n           9  king\n");
}

#[test]
fn batches_of_every_question() {
    let folder = plane();
    folder.write("pairs", "a b\na\na ant\n");
    let tsv = |line: &str| folder.w2v(&format!("{line} --format tsv")).ok().stdout;
    let expected = "a b\t0.6\na\t\t# expected 2 words, found 1\na ant\t-1\n";
    assert_eq!(tsv("similarity --batch pairs"), expected);
    folder.write("triples", "ant a c\n");
    let answer = tsv("analogy --batch triples --top 1");
    assert!(answer.starts_with("ant a c\td\t0.94868"), "{answer}");
    folder.write("lists", "c b ant\n");
    assert!(tsv("odd-one-out --batch lists").contains("c b ant\tant\t0.21693"));
    let missing = folder.w2v("similarity --batch nothing");
    assert_eq!(missing.code, 1);
}

/// Words of files of other tools may hold any bytes; a line that means none of them is marked.
#[test]
fn lines_that_are_no_utf_8_are_asked_as_they_are() {
    let folder = Folder::new();
    folder.write("v.txt", b"3 2\nking 1 0\ncaf\xC3 0 1\nqueen 1 1\n");
    let lines = b"king\nx\xFF\ncaf\xC3\nqueen\n";
    let run = folder
        .w2v_with("vector --model v.txt --batch - --format jsonl", lines)
        .ok();
    let answers: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let vectors: Vec<&Value> = answers.iter().map(|answer| &answer["vector"]).collect();
    assert_eq!(
        vectors,
        [
            &json!([1.0, 0.0]),
            &Value::Null,
            &json!([0.0, 1.0]),
            &json!([1.0, 1.0])
        ]
    );
    assert!(run.stderr.contains("1 question had no answer"), "{run:?}");
}

#[test]
fn batches_may_ask_about_names_with_spaces() {
    let vocab = Vocab::from_counts([("new york", 9), ("bath", 8), ("ely", 7)], 1, None);
    let matrix = array![[1.0, 0.0], [3.0, 4.0], [0.0, 1.0]];
    let model = Embeddings::new(vocab, matrix, Metadata::default());
    let folder = Folder::new();
    w2v::format::save(&folder.path("vectors.w2v"), &model).unwrap();
    for line in ["\"new york\" bath", "new york\tbath"] {
        folder.write("two", line);
        folder.write("three", format!("{line}\t\"ely\"").replace("\" b", "\"\tb"));
        let tsv = |command: &str| folder.w2v(&format!("{command} --format tsv")).ok().stdout;
        assert_eq!(tsv("similarity --batch two"), "new york bath\t0.6\n");
        assert_eq!(tsv("link --batch two"), "new york bath\t0.6\n");
        assert_eq!(tsv("rank --batch two"), "new york bath\t1\t2\t0.6\n");
        let odd = tsv("odd-one-out --batch three");
        assert!(odd.starts_with("new york bath ely\tnew york\t"), "{odd}");
        let found = tsv("analogy --batch three");
        assert_eq!(found, "", "no other word is left");
    }
}

#[test]
fn a_batch_gives_the_answers_of_single_questions() {
    // More questions than are answered together, from standard input.
    let folder = plane();
    let lines: String = (0..2500).map(|i| ["a\n", "b\n", "c\n"][i % 3]).collect();
    folder.write("batch.txt", &lines);
    let batch = folder.w2v("nearest --batch batch.txt --top 2").ok().stdout;
    let three = folder.w2v("nearest a b c --top 2").ok().stdout;
    let first = three.split("\nb\n").next().unwrap();
    let expected = format!("{}{first}\n", three.repeat(2500 / 3));
    assert!(batch == expected, "a batch differs");
}
