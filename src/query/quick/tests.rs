use ndarray::Array2;

use crate::embeddings::{Dtype, Embeddings, Metadata, OwnedEmbeddings};
use crate::format::{Format, Stored, WriteOptions, open, save_as};
use crate::query::*;

/// Rows about a few centres, as those of words are, from a generator of fixed numbers.
fn model(rows: usize, dim: usize) -> Embeddings {
    let mut state = 1u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    let centres = Array2::from_shape_simple_fn((30, dim), &mut noise);
    let matrix = Array2::from_shape_fn((rows, dim), |(i, j)| centres[[i % 30, j]] + 0.8 * noise());
    let words = (0..rows).map(|i| (format!("w{i}"), 1));
    Embeddings::from_owned(
        OwnedEmbeddings::from_words(words, matrix),
        Metadata::default(),
    )
}

#[test]
fn small_numbers_choose_and_vectors_decide() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.w2v");
    let exact = model(4_000, 48);
    for (dtype, quick) in [
        (Dtype::F32, true),
        (Dtype::F16, true),
        (Dtype::F16, false),
        (Dtype::I8, false),
    ] {
        let options = WriteOptions {
            numbers: Stored { dtype, quick },
            ..Default::default()
        };
        save_as(&path, Format::Native, &exact, &options).unwrap();
        let stored = open(&path).unwrap();
        // The same numbers as f32 are searched in full.
        let full = Embeddings::from_owned(
            OwnedEmbeddings::from_words(
                (0..stored.len()).map(|i| (format!("w{i}"), 1)),
                stored.block(0..stored.len()).into_owned(),
            ),
            Metadata::default(),
        );
        for i in 0..60 {
            let words = [0, 1, 2].map(|k| format!("w{}", i * 61 + k * 7));
            let [a, b, c] = words.each_ref().map(String::as_str);
            for question in [
                Question::nearest(a),
                Question::analogy([a, b, c], Method::Add),
                Question::analogy([a, b, c], Method::Mul),
            ] {
                let search = Search {
                    top: 10,
                    limit: 3_900,
                };
                let ask = |e| answer_each(e, std::slice::from_ref(&question), search);
                let (found, expected) = (ask(&stored).unwrap(), ask(&full).unwrap());
                assert_eq!(
                    found[0].as_ref().unwrap(),
                    expected[0].as_ref().unwrap(),
                    "{dtype:?} {quick}"
                );
            }
        }
        let of = |e| rank(e, "w5", "w35", usize::MAX).unwrap();
        assert_eq!(of(&stored), of(&full));
        assert_eq!(
            similarity(&stored, "w5", "w35").unwrap(),
            similarity(&full, "w5", "w35").unwrap()
        );
    }
}
