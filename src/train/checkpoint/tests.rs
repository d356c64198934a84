//! A run that is broken off and gone on with is the run that was never disturbed.

use std::ops::ControlFlow;
use std::path::Path;

use super::*;
use crate::error::{Error, TrainError};
use crate::train::tests::{corpus, rows};
use crate::train::{Freeze, Given, GivenOptions, TrainConfig, Trained, Training, Vectors};

fn config(threads: usize, epochs: usize) -> TrainConfig {
    let options = TrainOptions {
        threads,
        epochs,
        dim: 24,
        seed: 5,
        ..TrainOptions::default()
    };
    options.validate().unwrap()
}

/// Trains until `tokens` have been seen, then breaks off; `None` when the run was too short.
fn break_off(training: Training, path: &Path, tokens: u64) -> Option<u64> {
    let mut kept = Vec::new();
    let checkpoints = Checkpoints {
        path: path.to_path_buf(),
        every: Every::Tokens(u64::MAX),
        at_end: true,
        note: "mine".to_owned(),
        told: Box::new(|result| kept.push(result.unwrap().tokens)),
    };
    let result = training.keep(checkpoints).run(&mut |p| match p.tokens {
        at if at >= tokens => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    match result {
        Err(Error::Train(TrainError::Interrupted { checkpoint, .. })) => {
            assert_eq!(checkpoint.unwrap(), path);
            kept.pop()
        }
        other => {
            other.unwrap();
            None
        }
    }
}

fn to_the_end(training: Training) -> Trained {
    training.run(&mut |_| ControlFlow::Continue(())).unwrap()
}

/// A corpus of a few hundred units of work.
fn long() -> Corpus {
    corpus(300, 20_000)
}

#[test]
fn one_thread_broken_off_anywhere_ends_with_the_same_vectors() {
    break_off_everywhere(config(1, 60), None);
}

#[test]
fn so_does_a_run_that_learns_weights_of_positions() {
    let options = TrainOptions {
        objective: crate::train::Objective::Cbow,
        position_weights: true,
        ..config(1, 60).options().clone()
    };
    break_off_everywhere(options.validate().unwrap(), None);
}

#[test]
fn so_does_a_run_that_begins_with_given_vectors() {
    let given = given(0.5, ["w0009", "w0018"]);
    break_off_everywhere(with_given(60), Some(&given));
}

/// Vectors of some words of the text and of others, two of them frozen for some time.
fn given(less: f32, frozen: [&str; 2]) -> Given {
    let matrix =
        ndarray::Array2::from_shape_fn((40, 24), |(i, j)| (i + 3 * j) as f32 / 90.0 - less);
    let words = (0..40).map(|i| (format!("w{:04}", i * 9), 1));
    let owned = crate::embeddings::OwnedEmbeddings::from_words(words, matrix);
    let given = Embeddings::from_owned(owned, Default::default());
    let options = GivenOptions {
        freeze: Freeze::Words(frozen.map(str::to_owned).into()),
        freeze_until: Some(6),
        ..GivenOptions::default()
    };
    Given::new(vec![("given".into(), given)], options).unwrap()
}

/// What goes with given vectors.
fn with_given(epochs: usize) -> TrainConfig {
    let options = TrainOptions {
        vectors: Vectors::Input,
        ..config(1, epochs).options().clone()
    };
    options.validate().unwrap()
}

#[test]
fn other_given_vectors_are_refused_where_the_checkpoint_can_tell() {
    let (text, config) = (long(), with_given(12));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    let begun = given(0.5, ["w0009", "w0018"]);
    break_off(Training::new(&config, &text).given(Some(&begun)), &path, 1).unwrap();
    let mut checkpoint = Checkpoint::open(&path).unwrap();
    let go_on = |checkpoint: &Checkpoint, given: Option<&Given>| {
        let training = Training::new(&config, &text).given(given);
        let trained = training
            .resume(checkpoint)
            .run(&mut |_| ControlFlow::Continue(()));
        trained.map(drop).map_err(|error| error.to_string())
    };
    let (vectors, frozen) = (
        given(0.25, ["w0009", "w0018"]),
        given(0.5, ["w0009", "w0027"]),
    );
    let refused = [
        (Some(&vectors), "the vectors of given are not"),
        (Some(&frozen), "the frozen words are not"),
        (None, "found none; give the same ones, or begin anew"),
    ];
    for (given, says) in refused {
        let error = go_on(&checkpoint, given).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
    // As an older version wrote it.
    let mut sums = serde_json::to_value(&checkpoint.state.text).unwrap();
    for name in ["edges", "given", "frozen"] {
        assert!(sums.as_object_mut().unwrap().remove(name).is_some());
    }
    checkpoint.state.text = serde_json::from_value(sums).unwrap();
    assert_eq!(go_on(&checkpoint, Some(&frozen)), Ok(()));
}

#[test]
fn other_options_and_other_pieces_of_work_are_refused() {
    let (text, begun) = (long(), config(1, 12));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    break_off(Training::new(&begun, &text), &path, 1).unwrap();
    let mut checkpoint = Checkpoint::open(&path).unwrap();
    let go_on = |checkpoint: &Checkpoint, options: TrainOptions| {
        let config = options.validate().unwrap();
        let training = Training::new(&config, &text).resume(checkpoint);
        let trained = training.run(&mut |_| ControlFlow::Continue(()));
        trained.map(drop).map_err(|error| error.to_string())
    };
    // An option that the run did not have.
    let options = TrainOptions {
        output_decay: 0.5,
        ..begun.options().clone()
    };
    let error = go_on(&checkpoint, options).unwrap_err();
    let says = "the run began with output-decay none, found output-decay 0.5; ";
    assert!(error.contains(says), "{error}");
    checkpoint.state.tokens += 1;
    let error = go_on(&checkpoint, begun.options().clone()).unwrap_err();
    let (expected, found) = (checkpoint.state.tokens, checkpoint.state.tokens - 1);
    let says =
        format!("expected {expected} tokens in the pieces of work that are done, found {found}; ");
    assert!(error.contains(&says), "{error}");
}

fn break_off_everywhere(config: TrainConfig, given: Option<&Given>) {
    let corpus = long();
    let training = || Training::new(&config, &corpus).given(given);
    let expected = to_the_end(training());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    let mut places = vec![break_off(training(), &path, 1).unwrap()];
    loop {
        let checkpoint = Checkpoint::open(&path).unwrap();
        assert_eq!(checkpoint.note(), "mine");
        assert_eq!(checkpoint.tokens().0, *places.last().unwrap());
        let training = training().resume(&checkpoint);
        let until = places.last().unwrap() + 700_000;
        match break_off(training, &path, until) {
            Some(place) => places.push(place),
            None => break,
        }
    }
    assert!(places.len() > 2 && places.is_sorted(), "{places:?}");
    // From the last checkpoint and from the one before it.
    for path in [path.clone(), old(&path)] {
        let checkpoint = Checkpoint::open(&path).unwrap();
        let found = to_the_end(training().resume(&checkpoint));
        assert_eq!(rows(&found), rows(&expected));
        assert_eq!(found.loss, expected.loss);
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(Checkpoint::open(&path).unwrap().path(), old(&path));
}

#[test]
fn another_text_or_option_is_refused_by_name() {
    let (text, begun) = (long(), config(1, 12));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    break_off(Training::new(&begun, &text), &path, 1).unwrap();
    let checkpoint = Checkpoint::open(&path).unwrap();
    let refused = |config: &TrainConfig, corpus: &Corpus| {
        let training = Training::new(config, corpus).resume(&checkpoint);
        let error = training.run(&mut |_| ControlFlow::Continue(()));
        error
            .unwrap_err()
            .to_string()
            .replace(path.to_str().unwrap(), "run")
    };
    assert_eq!(
        refused(&config(1, 7), &text),
        "run: the run began with epochs 12, found epochs 7; go on with what it began with, or \
         begin anew"
    );
    assert_eq!(
        refused(&begun, &corpus(300, 20_001)),
        "run: the text is not the one that the run began with: tokens that are kept: expected \
         240000, found 240012; give the same text, or begin anew"
    );
    let lines = (0..20_000)
        .rev()
        .map(|l| (0..12).map(|i| (l * 7 + i) % 300).collect());
    let backwards = Corpus::from_sentences(text.vocab().clone(), lines);
    let found = refused(&begun, &backwards);
    assert!(
        found.contains("the order of the words: expected sum "),
        "{found}"
    );
}

#[test]
fn threads_are_free() {
    let (corpus, begun) = (long(), config(1, 12));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    break_off(Training::new(&begun, &corpus), &path, 1).unwrap();
    let checkpoint = Checkpoint::open(&path).unwrap();
    let config = config(3, 12);
    let trained = to_the_end(Training::new(&config, &corpus).resume(&checkpoint));
    let (first, last) = (trained.loss[0], trained.loss[11]);
    assert!(last < 0.9 * first, "{:?}", trained.loss);
}

#[test]
fn checkpoints_are_written_while_training_goes_on() {
    let (corpus, config) = (long(), config(2, 120));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    let mut kept = Vec::new();
    let checkpoints = Checkpoints {
        path: path.clone(),
        every: Every::Tokens(100_000),
        at_end: false,
        note: String::new(),
        told: Box::new(|result| kept.push(result.unwrap().tokens)),
    };
    let trained = to_the_end(Training::new(&config, &corpus).keep(checkpoints));
    assert!(kept.len() > 1 && kept.is_sorted(), "{kept:?}");
    let checkpoint = Checkpoint::open(&path).unwrap();
    assert_eq!(checkpoint.tokens().1, 120 * corpus.tokens());
    let unfinished = &checkpoint.embeddings.metadata().training["unfinished"];
    assert_eq!(
        *unfinished,
        format!("{} of 28800000 tokens", checkpoint.tokens().0)
    );
    assert!(trained.loss[119] < trained.loss[0]);
}

/// The plan counts what a run holds at once: two matrices, and two copies while a checkpoint is written.
#[test]
fn the_plan_counts_the_copies() {
    let (corpus, config) = (corpus(60, 400), config(1, 2));
    // 60 rows of 24 floats, padded to 32.
    let one = 60 * 32 * 4;
    let plan = |kept| crate::train::MemoryPlan::new(&config, &corpus, None, kept);
    assert_eq!((plan(false).matrices, plan(false).copies), (2 * one, 0));
    assert_eq!((plan(true).matrices, plan(true).copies), (2 * one, 2 * one));
    let keeps = TrainOptions {
        keep_output: true,
        vectors: Vectors::Input,
        ..config.options().clone()
    };
    let keeps = keeps.validate().unwrap();
    let plan = |kept| crate::train::MemoryPlan::new(&keeps, &corpus, None, kept).copies;
    assert_eq!((plan(false), plan(true)), (one, 2 * one));
    // Seven of the forty given words are among the sixty: the result has 93.
    let given = given(0.5, ["w0009", "w0018"]);
    let plan = |config: &TrainConfig| {
        crate::train::MemoryPlan::new(config, &corpus, Some(&given), false).copies
    };
    assert_eq!(plan(&with_given(2)), 33 * 32 * 4);
    assert_eq!(plan(&keeps), (2 * 93 - 60) * 32 * 4);
}

#[test]
fn finished_vectors_are_no_checkpoint() {
    let (corpus, config) = (corpus(60, 400), config(1, 2));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.w2v");
    let trained = to_the_end(Training::new(&config, &corpus));
    format::save(&path, &trained.embeddings).unwrap();
    let error = Checkpoint::open(&path).unwrap_err().to_string();
    assert!(error.contains("found finished vectors"), "{error}");
}
