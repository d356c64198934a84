//! Questions and their answers, for people and for programs.

use std::process::Stdio;

use ndarray::array;
use serde_json::Value;
use w2v::embeddings::{Embeddings, Metadata};
use w2v::vocab::Vocab;

use crate::common::Folder;

/// Five words in the plane, two of them without a direction:
/// north (0, 1), east (1, 0), up (3, 4), and zero and nan.
fn compass() -> Folder {
    let words = [
        ("north", 9),
        ("east", 8),
        ("up", 7),
        ("zero", 6),
        ("nan", 5),
    ];
    let vocab = Vocab::from_counts(words, 1, None);
    let matrix = array![
        [0.0, 1.0],
        [1.0, 0.0],
        [3.0, 4.0],
        [0.0, 0.0],
        [f32::NAN, 1.0]
    ];
    let embeddings = Embeddings::new(vocab, matrix, Metadata::default());
    let folder = Folder::new();
    w2v::format::save(&folder.path("vectors.w2v"), &embeddings).unwrap();
    folder
}

#[test]
fn nearest_prints_cosines_and_words() {
    // cos(up, north) = 4/5, cos(up, east) = 3/5.
    let run = compass().w2v("nearest up").ok();
    assert_eq!(run.stdout, "0.8000  north\n0.6000  east\n");
    assert_eq!(run.stderr, "");
}

#[test]
fn several_words_are_answered_one_by_one() {
    let run = compass().w2v("nearest up north --top 1").ok();
    assert_eq!(run.stdout, "up\n  0.8000  north\nnorth\n  0.8000  up\n");
}

#[test]
fn analogy_leaves_its_three_words_out() {
    let run = compass().w2v("analogy east north up").ok();
    assert_eq!(run.stdout, "");
    let folder = compass();
    let run = folder.w2v("analogy east east north --json").ok();
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        answer["query"],
        serde_json::json!(["east", "east", "north"])
    );
    assert_eq!(answer["neighbors"][0]["word"], "up");
}

#[test]
fn json_is_one_object_a_question() {
    let run = compass().w2v("nearest up north --top 1 --json").ok();
    let answers: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0]["query"], serde_json::json!(["up"]));
    assert_eq!(answers[0]["neighbors"][0]["word"], "north");
    let cosine = answers[0]["neighbors"][0]["similarity"].as_f64().unwrap();
    assert!((cosine - 0.8).abs() < 1e-6);
}

#[test]
fn a_missing_word_is_named_and_the_others_are_answered() {
    let folder = compass();
    let run = folder.w2v("nearest up nort --top 1");
    assert_eq!(run.code, 1);
    assert_eq!(run.stdout, "up\n  0.8000  north\n");
    let message = "error: \"nort\" is not among the 5 words; did you mean north?\n";
    assert_eq!(run.stderr, message);
    let run = folder.w2v("analogy up nort east");
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (1, "", message)
    );
    let run = folder.w2v("nearest nort --json");
    assert_eq!((run.code, run.stderr.as_str()), (1, message));
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        format!("error: {}\n", answer["error"].as_str().unwrap()),
        message
    );
}

#[test]
fn a_vector_without_direction_never_wins_and_has_no_neighbours() {
    let folder = compass();
    let run = folder.w2v("nearest north");
    assert_eq!(run.words(), ["up", "east"]);
    for word in ["zero", "nan"] {
        let run = folder.w2v(&format!("nearest {word}"));
        run.fails(
            1,
            &format!(
                "error: {word} has no direction (its vector is zero or not finite), so nothing \
                 is near it; ask for another word"
            ),
        );
    }
}

#[test]
fn words_are_treated_as_the_text_was() {
    let folder = Folder::with_corpus("Café Müller café MÜLLER\n".repeat(5));
    folder
        .w2v("train corpus.txt --dim 5 --subsample 0 --quiet")
        .ok();
    let expected = folder.w2v("nearest café").ok().stdout;
    assert_eq!(expected.lines().count(), 1);
    assert_eq!(folder.w2v("nearest CAFÉ").ok().stdout, expected);
    // The same letter in two code points.
    assert_eq!(folder.w2v("nearest Cafe\u{301}").ok().stdout, expected);
}

#[test]
fn another_model_can_be_named() {
    let folder = compass();
    std::fs::rename(folder.path("vectors.w2v"), folder.path("other.w2v")).unwrap();
    let run = folder.w2v("nearest up --model other.w2v --top 1").ok();
    assert_eq!(run.words(), ["north"]);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = compass();
    let words = "up ".repeat(20_000);
    let mut command = folder.command(&format!("nearest {words}"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
#[cfg(target_os = "linux")]
fn an_output_that_takes_nothing_is_an_error() {
    let folder = compass();
    let full = std::fs::File::options().write(true).open("/dev/full");
    let mut nearest = folder.command("nearest up");
    let output = nearest.stdout(full.unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        stderr,
        "error: standard output: cannot write: No space left on device (os error 28)\n"
    );
}
