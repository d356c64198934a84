use std::fs;

use ndarray::{Array2, array};

use super::*;
use crate::embeddings::{Metadata, OwnedEmbeddings};
use crate::error::Error;
use crate::kernels::Kernel;

fn model(words: &[&str], matrix: Array2<f32>) -> Embeddings {
    let words = words.iter().map(|word| (*word, 1));
    Embeddings::from_owned(
        OwnedEmbeddings::from_words(words, matrix),
        Metadata::default(),
    )
}

fn words(answer: &[Neighbor]) -> Vec<&str> {
    answer.iter().map(|n| n.word.as_str()).collect()
}

#[test]
fn nearest_is_by_cosine_not_by_product() {
    let e = model(
        &["east", "far-north-east", "north", "west"],
        array![[2.0, 0.0], [100.0, 100.0], [0.0, 3.0], [-1.0, 0.0]],
    );
    let answer = nearest(&e, "east", 10).unwrap();
    assert_eq!(words(&answer), ["far-north-east", "north", "west"]);
    let similarities: Vec<f32> = answer.iter().map(|n| n.similarity).collect();
    assert!((similarities[0] - 0.5f32.sqrt()).abs() < 1e-6);
    assert_eq!(similarities[1..], [0.0, -1.0]);
    assert_eq!(nearest(&e, "east", 1).unwrap().len(), 1);
    assert!(nearest(&e, "east", 0).unwrap().is_empty());
}

#[test]
fn analogy_adds_unit_vectors_and_leaves_its_words_out() {
    // king - man + woman = queen; the lengths must not matter.
    let e = model(
        &["man", "woman", "king", "queen", "apple"],
        array![
            [10.0, 0.0, 0.0],
            [0.0, 0.1, 0.0],
            [5.0, 0.0, 5.0],
            [0.0, 2.0, 2.0],
            [-1.0, 0.0, 0.1]
        ],
    );
    let answer = analogy(&e, ["man", "king", "woman"], 10).unwrap();
    assert_eq!(words(&answer), ["queen", "apple"]);
    // (1/sqrt 2 - 1, 1, 1/sqrt 2), and queen is (0, 1, 1) / sqrt 2.
    assert!((answer[0].similarity - 0.95856).abs() < 1e-5);
}

#[test]
fn zeros_and_nan_never_win_and_have_no_neighbours() {
    let e = model(
        &["a", "zero", "nan", "inf", "b"],
        array![
            [1.0, 0.0],
            [0.0, 0.0],
            [f32::NAN, 1.0],
            [f32::INFINITY, 0.0],
            [-1.0, -1.0]
        ],
    );
    assert_eq!(words(&nearest(&e, "a", 10).unwrap()), ["b"]);
    for word in ["zero", "nan", "inf"] {
        let error = nearest(&e, word, 10).unwrap_err();
        let no_direction = matches!(error, Error::Query(QueryError::NoDirection { .. }));
        assert!(no_direction, "{error}");
    }
    // b - a + a' = 0 has no direction either.
    let error = analogy(&e, ["a", "a", "zero"], 10).unwrap_err();
    assert!(matches!(error, Error::Query(_)), "{error}");
    let nothing = Question {
        positive: vec!["a", "b"],
        negative: vec!["b", "a"],
        method: Method::Add,
    };
    // What is far from a word only is far from being an answer.
    let far = |method| Question {
        positive: Vec::new(),
        negative: vec!["a"],
        method,
    };
    let questions = [nothing, far(Method::Add), far(Method::Mul)];
    let answers = answer_each(&e, &questions, Search::top(1)).unwrap();
    assert!(answers[1..].iter().all(Result::is_err), "{answers:?}");
    let error = answers[0].as_ref().unwrap_err().to_string();
    assert!(
        error.starts_with("a + b - b - a has no direction"),
        "{error}"
    );
}

#[test]
fn ties_go_by_row() {
    let rows = Array2::from_shape_fn((50, 3), |(i, j)| if i == 0 || j < 2 { 0.3 } else { 0.1 });
    let names: Vec<String> = (0..50).map(|i| format!("w{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answer = nearest(&model(&names, rows), "w0", 5).unwrap();
    let ids: Vec<u32> = answer.iter().map(|n| n.id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5]);
}

#[test]
fn unknown_words_are_named_with_near_misses() {
    let e = model(&["king", "queen"], array![[1.0], [1.0]]);
    let answers = nearest_each(&e, &["king", "kng", "xyzzy"], 3).unwrap();
    assert_eq!(words(answers[0].as_ref().unwrap()), ["queen"]);
    let messages: Vec<String> = answers[1..]
        .iter()
        .map(|a| a.as_ref().unwrap_err().to_string())
        .collect();
    assert_eq!(
        messages,
        [
            "\"kng\" is not among the 2 words; did you mean king?",
            "\"xyzzy\" is not among the 2 words; ask for another word, or train on text that \
             holds it"
        ]
    );
}

/// Deterministic numbers in -1..1 (splitmix64).
pub(super) fn noise(i: usize) -> f32 {
    let mut x = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x >> 40) as f32 / (1u64 << 23) as f32) - 1.0
}

#[test]
fn threads_and_blocks_change_nothing() {
    // Large enough for the parallel path.
    let (rows, dim) = (40_000, 64);
    let matrix = Array2::from_shape_fn((rows, dim), |(i, j)| noise(i * dim + j));
    let names: Vec<String> = (0..rows).map(|i| i.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let e = model(&names, matrix);
    let asked = [
        "7", "39999", "20000", "11", "0", "5", "1", "2", "3", "4", "777",
    ];
    let few = nearest_each(&e, &asked[..6], 10).unwrap();
    let many = nearest_each(&e, &asked, 10).unwrap();
    for (word, answer) in asked.iter().zip(many).chain(asked.iter().zip(few)) {
        let answer = answer.unwrap();
        assert_eq!(answer, nearest(&e, word, 10).unwrap());
        // The definition, in f64.
        let query = e.row(e.id(word).unwrap());
        let cosine = |row: &[f32]| {
            let dot = |a: &[f32], b: &[f32]| -> f64 {
                let products = a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y));
                products.sum()
            };
            dot(query, row) / (dot(query, query) * dot(row, row)).sqrt()
        };
        let mut all: Vec<(f64, u32)> = e
            .rows(0..rows)
            .map(|(id, row)| (-cosine(row), id))
            .collect();
        all.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let expected: Vec<u32> = all[1..=10].iter().map(|x| x.1).collect();
        let found: Vec<u32> = answer.iter().map(|n| n.id).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_damaged_file_is_never_used_silently() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.w2v");
    let matrix = Array2::from_shape_fn((4, 3), |(i, j)| noise(i * 3 + j));
    crate::format::save(&path, &model(&["one", "two", "three", "four"], matrix)).unwrap();
    let good = fs::read(&path).unwrap();
    let ask = || nearest(&crate::format::open(&path)?, "one", 3);
    let expected = ask().unwrap();
    for at in 0..good.len() {
        let mut damaged = good.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, damaged).unwrap();
        assert!(matches!(ask(), Err(Error::Format(_))), "byte {at}");
    }
    fs::write(&path, good).unwrap();
    assert_eq!(ask().unwrap(), expected);
}

/// The definition of 3CosMul, in f64.
fn product_of_cosines(e: &Embeddings, [a, b, c]: [&str; 3], id: u32) -> f64 {
    let half = |word: &str| {
        let (x, y) = (e.row(e.id(word).unwrap()), e.row(id));
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            let products = a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y));
            products.sum()
        };
        (1.0 + dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()) / 2.0
    };
    half(b) * half(c) / (half(a) + 1e-6)
}

#[test]
fn products_of_cosines_alone_and_in_a_batch() {
    let (rows, dim) = (3_000, 16);
    let matrix = Array2::from_shape_fn((rows, dim), |(i, j)| noise(i * dim + j));
    let names: Vec<String> = (0..rows).map(|i| i.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let e = model(&names, matrix);
    let asked: Vec<[&str; 3]> = (0..12)
        .map(|i| [names[i], names[i * 7 + 20], names[i + 900]])
        .collect();
    let questions = asked
        .iter()
        .map(|words| Question::analogy(*words, Method::Mul));
    let questions: Vec<Question> = questions.collect();
    let search = Search {
        top: 5,
        limit: 2_000,
    };
    let many = answer_each(&e, &questions, search).unwrap();
    for ((question, words), answer) in questions.iter().zip(&asked).zip(many) {
        let answer = answer.unwrap();
        let alone = answer_each(&e, std::slice::from_ref(question), search).unwrap();
        assert_eq!(&answer, alone[0].as_ref().unwrap());
        let ids = (0..2_000u32).filter(|&id| !words.contains(&e.word(id)));
        let mut all: Vec<(f64, u32)> = ids
            .map(|id| (-product_of_cosines(&e, *words, id), id))
            .collect();
        all.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let expected: Vec<u32> = all[..5].iter().map(|x| x.1).collect();
        let found: Vec<u32> = answer.iter().map(|n| n.id).collect();
        assert_eq!(found, expected);
        assert!((f64::from(answer[0].similarity) + all[0].0).abs() < 1e-5);
    }
}

#[test]
fn words_are_measured_against_each_other() {
    let e = model(
        &["a", "b", "c", "d", "zero"],
        array![[1.0, 0.0], [3.0, 4.0], [0.0, 2.0], [0.5, 0.0], [0.0, 0.0]],
    );
    assert_eq!(similarity(&e, "a", "b").unwrap(), 0.6);
    assert_eq!(similarity(&e, "c", "a").unwrap(), 0.0);
    assert_eq!(vector(&e, "b").unwrap()[..], [3.0, 4.0]);
    // Neighbours of a: d (1), b (.6), c (0); zero is none.
    let of_a = |word| rank(&e, "a", word, usize::MAX).unwrap();
    assert_eq!(
        of_a("c"),
        Rank {
            rank: 3,
            of: 3,
            similarity: 0.0
        }
    );
    assert_eq!((of_a("d").rank, of_a("b").rank), (1, 2));
    // Among the first three rows only b is nearer than c.
    assert_eq!(rank(&e, "a", "c", 3).unwrap().rank, 2);
    let odd = odd_one_out(&e, &["a", "d", "c"]).unwrap();
    assert_eq!(odd.odd, 2);
    // The mean of (1, 0) twice and (0, 1) is (2, 1) / sqrt 5.
    assert!((odd.similarities[0] - 2.0 / 5f32.sqrt()).abs() < 1e-6);
    for error in [
        similarity(&e, "a", "zero").unwrap_err(),
        rank(&e, "zero", "a", 9).unwrap_err(),
        vector(&e, "e").unwrap_err(),
        odd_one_out(&e, &["a", "e"]).unwrap_err(),
    ] {
        assert!(matches!(error, Error::Query(_)), "{error}");
    }
}

#[test]
fn the_best_are_the_same_in_any_order_of_arrival() {
    let scores = [0.5, 0.9, 0.5, f32::NAN, -0.2, 0.9, 0.5, 0.1];
    for first in 0..scores.len() {
        let mut found = top::Top::new(4);
        for i in 0..scores.len() {
            assert_eq!(
                found.floor() == f32::NEG_INFINITY,
                found.clone().into_hits().len() < 4
            );
            let id = (first + i * 3) % scores.len();
            found.offer(scores[id], id as u32);
        }
        assert_eq!(found.floor(), 0.5);
        let hits = found.into_hits();
        let hits: Vec<(f32, u32)> = hits.iter().map(|hit| (hit.similarity, hit.id)).collect();
        assert_eq!(hits, [(0.9, 1), (0.9, 5), (0.5, 0), (0.5, 2)]);
    }
}

/// Rows of one direction and all lengths: their cosines are the same but for rounding, and so each
/// must be measured alike.
#[test]
fn rows_that_rounding_parts_are_measured_alike() {
    let (rows, dim) = (3_000, 37);
    let matrix = Array2::from_shape_fn((rows, dim), |(i, j)| {
        noise(i % 3 * 100 + j) * (0.01 + 7.0 * noise(i).abs().powi(3))
    });
    let names: Vec<String> = (0..rows).map(|i| i.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let e = model(&names, matrix);
    let questions = names[..3].iter().map(|word| Question::nearest(word));
    let targets = questions.map(|question| question.target(&e).unwrap());
    let targets: Vec<Target> = targets.collect();
    for kernel in Kernel::available() {
        let space = Space {
            kernel,
            ..Space::new(&e, usize::MAX)
        };
        let found = space.scan(&targets, 40).unwrap();
        for (target, found) in targets.iter().zip(found) {
            let mut all = top::Top::new(rows);
            (0..rows as u32).for_each(|id| all.offer(0.0, id));
            assert_eq!(found, space.measure(target, all, 40).unwrap(), "{kernel}");
        }
    }
}

/// Products far beyond what `exp` of an f32 can be.
#[test]
fn chances_of_sure_items_are_numbers() {
    let items = [("a", 1), ("b", 1), ("c", 1)].into_iter();
    let owned = OwnedEmbeddings::from_words(items, array![[30.0], [1.0], [1.0]]);
    let model = Embeddings::from_owned(owned, Metadata::default());
    let model = model.with_output(array![[0.0], [30.0], [29.0]]);
    let answers = recommend(&model, &[vec!["a"]], Search::top(2)).unwrap();
    let answer = answers.unwrap().remove(0).unwrap();
    assert_eq!(words(&answer), ["b", "c"]);
    assert!((answer[0].similarity - 1.0).abs() < 1e-6, "{answer:?}");
}

/// Large enough for threads; some words are the same, and the lower row is nearer then.
#[test]
fn a_rank_is_the_place_among_all_neighbours() {
    let (rows, dim) = (12_000, 1 << 10);
    let matrix = Array2::from_shape_fn((rows, dim), |(i, j)| match i % 100 {
        99 => 0.0,
        _ => noise(i % 9_000 / 2 * 3 + j),
    });
    let names: Vec<String> = (0..rows).map(|i| i.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let e = model(&names, matrix);
    for (word, limit) in [("4", usize::MAX), ("9001", 11_000), ("0", 5_000)] {
        let search = Search { top: rows, limit };
        let answers = answer_each(&e, &[Question::nearest(word)], search).unwrap();
        let all = answers[0].as_ref().unwrap();
        for at in [0, 1, 2, 3, 4, 1_000, 4_500, all.len() - 1] {
            let found = rank(&e, word, &all[at].word, limit).unwrap();
            assert_eq!((found.rank, found.of), (at + 1, all.len()), "{word}");
            assert_eq!(found.similarity, all[at].similarity);
        }
    }
}

#[test]
fn a_damaged_row_is_found_however_many_ask() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.w2v");
    let (rows, dim) = (1_200, 16);
    let matrix = Array2::from_shape_fn((rows, dim), |(i, j)| noise(i * dim + j));
    let names: Vec<String> = (0..rows).map(|i| i.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let e = model(&names, matrix);
    crate::format::save(&path, &e).unwrap();
    let good = fs::read(&path).unwrap();
    for id in [0, 511, 512, 1_100, 1_199] {
        let row = e.row(id).iter().flat_map(|x| x.to_le_bytes());
        let row: Vec<u8> = row.collect();
        let at = good.windows(64).position(|bytes| bytes == row).unwrap();
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        let opened = crate::format::open(&path).unwrap();
        let targets = names[600..].iter().take(12).map(|word| {
            let question = Question::nearest(word);
            question.target(&opened).unwrap()
        });
        let targets: Vec<Target> = targets.collect();
        let space = Space::new(&opened, 1_150);
        let outside = id >= 1_150;
        assert_eq!(space.scan(&targets[..1], 3).is_ok(), outside, "{id}");
        assert_eq!(space.scan(&targets, 3).is_ok(), outside, "{id}");
        assert_eq!(batch::scan_batch(&space, &targets, 3).is_ok(), outside);
        let ranked = rank(&opened, names[600], names[601], 1_150);
        assert_eq!(ranked.is_ok(), outside, "{id}");
    }
}

/// Three items by hand: `exp(in . out) * count ^ 0.5`, made to sum to 1 over all items (Python:
/// `w = [exp(dot(o, i)) * sqrt(c) for o, c in ...]; w[k] / sum(w)`), and for two
/// `((sqrt(a) + sqrt(b)) / 2) ** 2`.
#[test]
fn items_are_recommended_by_their_chances() {
    let words = [("a", 4), ("b", 2), ("c", 1)].into_iter();
    let mut metadata = Metadata::default();
    let noise = ("noise-power".to_owned(), "0.5".to_owned());
    metadata.training.extend([noise]);
    let input = array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
    let model = Embeddings::from_owned(OwnedEmbeddings::from_words(words, input), metadata);
    let asked = [vec!["a"], vec!["a", "b"], vec!["d"]];
    assert!(recommend(&model, &asked, Search::top(2)).unwrap().is_none());
    let model = model.with_output(array![[0.5, 0.0], [0.0, -0.5], [1.0, 1.0]]);
    let answers = recommend(&model, &asked, Search::top(2)).unwrap().unwrap();
    let near = |answer: &Result<Vec<Neighbor>>, expected: &[(&str, f32)]| {
        let found = answer.as_ref().unwrap();
        assert_eq!(found.len(), expected.len());
        for (neighbor, (word, chance)) in found.iter().zip(expected) {
            assert_eq!(neighbor.word, *word);
            assert!((neighbor.similarity - chance).abs() < 1e-5, "{neighbor:?}");
        }
    };
    near(&answers[0], &[("c", 0.365_855), ("b", 0.190_340)]);
    near(&answers[1], &[("c", 0.424_496)]);
    assert!(answers[2].is_err());
    // What may be an answer changes no chance.
    let search = Search { top: 2, limit: 2 };
    let answers = recommend(&model, &asked, search).unwrap().unwrap();
    near(&answers[0], &[("b", 0.190_340)]);
}

/// On each kernel and in each way that there is for many directions at once: as one by one.
#[test]
fn every_way_of_a_batch_answers_as_questions_do_one_by_one() {
    let (rows, dim) = (2_500, 23);
    // Groups of rows that are the same, some rows that are zeros: ties, and no direction.
    let matrix = Array2::from_shape_fn((rows, dim), |(i, j)| match i % 50 {
        49 => 0.0,
        _ => noise(i / 3 * dim + j),
    });
    let names: Vec<String> = (0..rows).map(|i| i.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let e = model(&names, matrix);
    let sizes = [
        (1, 0),
        (2, 1),
        (3, 2),
        (4, 4),
        (1, 1),
        (5, 0),
        (2, 2),
        (1, 7),
        (1, 0),
    ];
    for method in [Method::Add, Method::Mul] {
        let questions = sizes.iter().enumerate().map(|(i, &(near, far))| Question {
            positive: names[i * 100..][..near].to_vec(),
            negative: names[i * 100 + 20..][..far].to_vec(),
            method,
        });
        let targets = questions.map(|question| question.target(&e).unwrap());
        let targets: Vec<Target> = targets.collect();
        for kernel in Kernel::available() {
            let space = Space {
                kernel,
                ..Space::new(&e, 2_301)
            };
            let together = space.scan(&targets, 7).unwrap();
            assert_eq!(batch::scan_batch(&space, &targets, 7).unwrap(), together);
            for (target, found) in targets.iter().zip(&together) {
                let alone = space.scan(std::slice::from_ref(target), 7).unwrap();
                assert_eq!(&alone[0], found, "{kernel} {method:?}");
            }
        }
    }
}
