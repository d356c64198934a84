//! Models whose rows are not in the order of their counts, as those are that were trained further.

use ndarray::Array2;

use crate::embeddings::{Dtype, Embeddings, Metadata, OwnedEmbeddings};
use crate::format::{Format, Stored, WriteOptions, open, save_as};
use crate::query::tests::noise;
use crate::query::{Method, Question, Search, answer_each, rank, recommend};

const ROWS: usize = 700;
const DIM: usize = 12;

/// Words `w0`, `w1`, ... the more frequent the lower their number, in rows by `place`.
fn model(place: impl Fn(usize) -> usize) -> Embeddings {
    let word = |row: usize| (format!("w{}", place(row)), (2 * ROWS - place(row)) as u64);
    let entry = |(row, j): (usize, usize)| noise(place(row) * DIM + j);
    let words = (0..ROWS).map(word);
    let owned = OwnedEmbeddings::from_words(words, Array2::from_shape_fn((ROWS, DIM), entry));
    Embeddings::from_owned(owned, Metadata::default())
        .with_output(Array2::from_shape_fn((ROWS, DIM), |(row, j)| {
            entry((row, j + 1))
        }))
}

/// Answers without their rows, to several questions together and one by one.
fn answers(model: &Embeddings, limit: usize) -> Vec<(String, f32)> {
    let search = Search { top: 9, limit };
    let names: Vec<String> = (0..20).map(|i| format!("w{}", i * 31)).collect();
    let of = |method| {
        let three = names.windows(3);
        let three = three.map(|w| [&w[0], &w[1], &w[2]].map(String::as_str));
        let questions: Vec<Question> = three.map(|w| Question::analogy(w, method)).collect();
        let mut all = answer_each(model, &questions, search).unwrap();
        for question in questions {
            all.extend(answer_each(model, &[question], search).unwrap());
        }
        all
    };
    let mut all = of(Method::Add);
    all.extend(of(Method::Mul));
    let histories: Vec<&[String]> = names.chunks(2).collect();
    let histories: Vec<Vec<&String>> = histories.iter().map(|h| h.iter().collect()).collect();
    all.extend(
        recommend(model, &histories, search)
            .unwrap()
            .unwrap_or_default(),
    );
    let mut found: Vec<(String, f32)> = Vec::new();
    for answer in all {
        found.extend(answer.unwrap().into_iter().map(|n| (n.word, n.similarity)));
    }
    for other in ["w2", "w500"] {
        let rank = rank(model, "w1", other, limit).unwrap();
        found.push((format!("{} of {}", rank.rank, rank.of), rank.similarity));
    }
    found
}

#[test]
fn the_most_frequent_words_are_answers_wherever_their_rows_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.w2v");
    let (sorted, mixed) = (model(|row| row), model(|row| (row * 9 + 5) % ROWS));
    assert_eq!(sorted.frequent(10), None);
    let first = mixed.frequent(10).unwrap();
    let first: Vec<&str> = first.iter().map(|id| mixed.word(*id)).collect();
    let expected: Vec<String> = (0..10).map(|i| format!("w{i}")).collect();
    assert_eq!(first, expected);
    for limit in [0, 1, 300, ROWS - 1, ROWS] {
        same(&answers(&mixed, limit), &answers(&sorted, limit));
    }
    // With numbers that choose before the vectors decide.
    let quick = WriteOptions {
        numbers: Stored {
            dtype: Dtype::F32,
            quick: true,
        },
        ..WriteOptions::default()
    };
    save_as(&path, Format::Native, &mixed, &quick).unwrap();
    same(&answers(&open(&path).unwrap(), 300), &answers(&sorted, 300));
}

/// Sums of chances may be taken in another order.
#[track_caller]
fn same(found: &[(String, f32)], expected: &[(String, f32)]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.0, expected.0);
        assert!(
            (found.1 - expected.1).abs() < 1e-6,
            "{found:?} {expected:?}"
        );
    }
}
