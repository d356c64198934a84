//! The definition, step by step in f64, and what must not change it.

use std::fs;

use ndarray::Array2;

use super::lines::Lines;
use super::*;
use crate::embeddings::{Metadata, OwnedEmbeddings};
use crate::text::{Input, SourceOptions};

const DIM: usize = 6;

/// Words w0 to w39 with counts that fall, and vectors between -1 and 1.
fn model(counted: bool) -> Embeddings {
    let words = (0..40_u64).map(|i| (format!("w{i}"), if counted { 1_000 / (i + 1) } else { 0 }));
    let entry = |(i, j): (usize, usize)| ((i * 7 + j * 13 + i * j) % 29) as f32 / 14.5 - 1.0;
    let matrix = Array2::from_shape_fn((40, DIM), entry);
    Embeddings::from_owned(
        OwnedEmbeddings::from_words(words, matrix),
        Metadata::default(),
    )
}

/// Line `i` holds four words, one of them unknown.
fn text(lines: usize) -> String {
    let line = |i: usize| {
        format!(
            "W{} w{}, unknown w{}!\n",
            i % 40,
            (i * 3 + 1) % 40,
            (i * i) % 40
        )
    };
    (0..lines).map(line).collect()
}

fn embed(model: &Embeddings, weights: Weights, text: &str, threads: usize) -> LineVectors {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    fs::write(&path, text).unwrap();
    let composer = Composer::new(model, weights).unwrap();
    let input = [Input::Path(path)];
    embed_lines(
        &composer,
        (&input, &SourceOptions::default()),
        true,
        threads,
    )
    .unwrap()
}

#[test]
fn a_line_has_a_longest_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    let long = "w1 ".repeat(100);
    for (text, ends) in [
        (format!("w1\nw2\n{long}\nw3\n"), Ok(4)),
        (format!("w1\nw2\n{long}w1\n"), Err(3)),
        (format!("{long}\nw2\n{long}{long}"), Err(3)),
    ] {
        fs::write(&path, text).unwrap();
        let inputs = vec![Input::Path(path.clone())];
        let mut lines = Lines::new(inputs, SourceOptions::default(), (16, long.len())).unwrap();
        let mut block = Vec::new();
        let read = loop {
            match lines.next(&mut block) {
                Ok(true) => assert!(block.ends_with(b"\n")),
                Ok(false) => break Ok(lines.ended),
                Err(error) => break Err(error.to_string()),
            }
        };
        let error = |line| {
            format!(
                "{}, line {line}: expected the end of what begins there within 256 MiB, found none; \
                 break it into lines",
                path.display()
            )
        };
        assert_eq!(read, ends.map_err(error));
    }
}

/// The weighted means of `text`'s lines, by the definition.
fn means(model: &Embeddings, weight: impl Fn(u32) -> f64, text: &str) -> Vec<Vec<f64>> {
    let line = |line: &str| {
        let mut sum = vec![0.0; DIM];
        let words = line.split(|c: char| !c.is_alphanumeric());
        let ids: Vec<u32> = words.filter_map(|w| model.id(&w.to_lowercase())).collect();
        for &id in &ids {
            for (sum, x) in sum.iter_mut().zip(model.row(id)) {
                *sum += weight(id) * f64::from(*x) / ids.len() as f64;
            }
        }
        sum
    };
    text.lines().map(line).collect()
}

#[track_caller]
fn close(found: &LineVectors, expected: &[Vec<f64>]) {
    assert_eq!(found.vectors().nrows(), expected.len());
    for (row, expected) in found.vectors().rows().into_iter().zip(expected) {
        for (x, y) in row.iter().zip(expected) {
            assert!((f64::from(*x) - y).abs() < 2e-6, "{row} {expected:?}");
        }
    }
}

#[test]
fn a_mean_is_the_mean_of_the_known_words() {
    let (model, text) = (model(true), text(50) + "none of these\n\nw3");
    let found = embed(&model, Weights::Mean, &text, 2);
    close(&found, &means(&model, |_| 1.0, &text));
    assert_eq!(found.words()[..2], [3, 3]);
    assert_eq!(found.words()[50..], [0, 0, 1]);
    assert_eq!(found.texts()[50..], ["none of these", "", "w3"]);
    assert_eq!(found.component(), None);
}

#[test]
fn rare_words_weigh_more() {
    // Fewer lines than tell what they have in common.
    let text = text(20);
    let counted = model(true);
    let total: f64 = (0..40).map(|id| counted.count(id) as f64).sum();
    let by_count = |id| 1e-3 / (1e-3 + counted.count(id) as f64 / total);
    close(
        &embed(&counted, Weights::Sif, &text, 1),
        &means(&counted, by_count, &text),
    );
    // Without counts, by rank.
    let bare = model(false);
    let zipf = |id: u32| 1.0 / (f64::from(id) + 2.7);
    let total: f64 = (0..40).map(zipf).sum();
    let by_rank = |id| 1e-3 / (1e-3 + zipf(id) / total);
    close(
        &embed(&bare, Weights::Sif, &text, 1),
        &means(&bare, by_rank, &text),
    );
}

#[test]
fn what_is_taken_out_is_the_first_singular_vector() {
    let (model, text) = (model(true), text(300));
    let found = embed(&model, Weights::Sif, &text, 2);
    let component = found.component().unwrap();
    let total: f64 = (0..40).map(|id| model.count(id) as f64).sum();
    let weight = |id| 1e-3 / (1e-3 + model.count(id) as f64 / total);
    let rows = means(&model, weight, &text);
    // Of all directions none has more of the rows: the component is an eigenvector of their
    // second moments, and the eigenvalue is at least half the trace here.
    let dot =
        |a: &[f64], b: &[f32]| -> f64 { a.iter().zip(b).map(|(x, y)| x * f64::from(*y)).sum() };
    let mut image = vec![0.0; DIM];
    for row in &rows {
        let along = dot(row, component);
        image
            .iter_mut()
            .zip(row)
            .for_each(|(image, x)| *image += along * x);
    }
    let value = dot(&image, component);
    for (x, y) in image.iter().zip(component) {
        assert!(
            (x - value * f64::from(*y)).abs() < 1e-3 * value,
            "{image:?} {component:?}"
        );
    }
    let trace: f64 = rows.iter().flatten().map(|x| x * x).sum();
    assert!(value <= trace, "{value} {trace}");
    let mut rest = rows;
    for row in &mut rest {
        let along = dot(row, component);
        row.iter_mut()
            .zip(component)
            .for_each(|(x, c)| *x -= along * f64::from(*c));
    }
    // No other direction of what is left has as much: compare with the squares of all of it.
    let left: f64 = rest.iter().flatten().map(|x| x * x).sum();
    assert!(
        (trace - value - left).abs() < 1e-3 * trace,
        "{trace} {value} {left}"
    );
    close(&found, &rest);
}

#[test]
fn threads_and_blocks_change_nothing() {
    let model = model(true);
    let text = text(70_000);
    assert!(text.len() > crate::text::BLOCK_BYTES);
    let one = embed(&model, Weights::Sif, &text, 1);
    let three = embed(&model, Weights::Sif, &text, 3);
    assert_eq!(one.vectors(), three.vectors());
    assert_eq!(one.texts(), three.texts());
    assert_eq!(one.texts()[69_999], text.lines().last().unwrap());
}

#[test]
fn a_line_is_a_row_however_long() {
    let model = model(true);
    let long = "w1 w2 w3, w3 ".repeat(2 * crate::text::BLOCK_BYTES / 10);
    let text = format!("w1\n{long}\nw2\n\n{long}");
    let found = embed(&model, Weights::Mean, &text, 2);
    assert_eq!(found.texts(), text.lines().collect::<Vec<_>>());
    let words = 4 * long.len() as u32 / 13;
    assert_eq!(found.words(), [1, words, 1, 0, words]);
    let short = embed(&model, Weights::Mean, "w1 w2 w3 w3", 1);
    let rows = found.vectors();
    for (x, y) in rows.row(1).iter().zip(short.vectors().row(0)) {
        assert!((x - y).abs() < 1e-4, "{rows} {}", short.vectors());
    }
}

#[test]
fn a_line_is_nearest_to_itself() {
    let (model, text) = (model(true), text(40));
    let lines = embed(&model, Weights::Sif, &text, 2);
    let composer = Composer::new(&model, Weights::Sif).unwrap();
    for (at, line) in text.lines().enumerate() {
        let near = lines.nearest(&composer, line, 3).unwrap();
        assert_eq!((near.len(), near[0].line), (3, at));
        assert!((near[0].similarity - 1.0).abs() < 1e-5 && near[1].similarity < 1.0);
    }
    let error = lines.nearest(&composer, "nothing known", 3).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("\"nothing known\" has no direction"),
        "{error}"
    );
}

#[test]
fn phrases_of_the_model_are_found() {
    let words = [
        ("new", 5),
        ("york", 4),
        ("new_york", 3),
        ("new_york_city", 2),
        ("city", 2),
    ];
    let matrix = Array2::from_shape_fn((5, 5), |(i, j)| f32::from(u8::from(i == j)));
    let metadata = Metadata {
        text: [("phrases".to_owned(), "2".to_owned())].into(),
        ..Metadata::default()
    };
    let owned = OwnedEmbeddings::from_words(words.into_iter(), matrix);
    let model = Embeddings::from_owned(owned, metadata);
    let found = embed(
        &model,
        Weights::Mean,
        "New York city new york\nyork new\n",
        1,
    );
    assert_eq!(found.words(), [2, 2]);
    assert_eq!(found.vectors().row(0).to_vec(), [0.0, 0.0, 0.5, 0.5, 0.0]);
    assert_eq!(found.vectors().row(1).to_vec(), [0.5, 0.5, 0.0, 0.0, 0.0]);
}

/// The longest phrase is found though what it begins with is none, and what only seemed to begin one is
/// looked at again.
#[test]
fn the_longest_phrases_of_the_model_are_found() {
    let words = ["a_b_c_d", "a_b", "b_c", "c", "d", "e", "it_came_to_pass"];
    let matrix = Array2::from_shape_fn((7, 7), |(i, j)| f32::from(u8::from(i == j)));
    let metadata = Metadata {
        text: [("phrases".to_owned(), "2".to_owned())].into(),
        ..Metadata::default()
    };
    let owned = OwnedEmbeddings::from_words(words.iter().map(|word| (word, 1)), matrix);
    let model = Embeddings::from_owned(owned, metadata);
    let composer = Composer::new(&model, Weights::Mean).unwrap();
    for (text, expected) in [
        ("and it came to pass", "it_came_to_pass"),
        ("it came to", ""),
        ("a b c d", "a_b_c_d"),
        ("a b c e", "a_b c e"),
        ("x b c a b c", "b_c a_b c"),
        ("a it came to b c", "b_c"),
        ("b b c", "b_c"),
    ] {
        let (vector, known) = composer.text(text).unwrap();
        let found: Vec<&str> = (0..7)
            .filter(|i| vector[*i] > 0.0)
            .map(|i| words[i])
            .collect();
        let mut expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(known as usize, expected.len(), "{text}");
        expected.sort_by_key(|word| words.iter().position(|other| other == word));
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn words_without_a_direction_do_not_count() {
    let matrix = Array2::from_shape_vec((3, 2), vec![1.0, 2.0, 0.0, 0.0, f32::NAN, 1.0]).unwrap();
    let words = [("a", 3), ("zero", 2), ("nan", 1)];
    let owned = OwnedEmbeddings::from_words(words.into_iter(), matrix);
    let model = Embeddings::from_owned(owned, Metadata::default());
    let found = embed(&model, Weights::Mean, "a zero nan", 1);
    assert_eq!(
        (found.words(), found.vectors().row(0).to_vec()),
        (&[1][..], vec![1.0, 2.0])
    );
}
