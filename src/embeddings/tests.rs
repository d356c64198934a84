use super::near::NearMiss;
use super::*;
use proptest::prelude::*;

fn owned(words: &[(&str, u64)]) -> Embeddings {
    let matrix = Array2::from_shape_fn((words.len(), 2), |(i, j)| (i + j) as f32 + 1.0);
    Embeddings::from_owned(
        OwnedEmbeddings::from_words(words.iter().copied(), matrix),
        Metadata::default(),
    )
}

/// Optimal string alignment by the definition, as a full table.
fn distance_by_table(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut d = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            if i == 0 || j == 0 {
                d[i][j] = i + j;
                continue;
            }
            let change = d[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            d[i][j] = change.min(d[i - 1][j] + 1).min(d[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                d[i][j] = d[i][j].min(d[i - 2][j - 2] + 1);
            }
        }
    }
    d[a.len()][b.len()]
}

#[test]
fn automaton_is_the_table() {
    // All words of up to 4 letters over an alphabet with 1-, 2-, 3- and 4-byte letters.
    let mut words = vec![String::new()];
    let mut start = 0;
    for _ in 0..4 {
        let end = words.len();
        for i in start..end {
            for letter in ['a', 'é', '王', '🦀'] {
                words.push(format!("{}{letter}", words[i]));
            }
        }
        start = end;
    }
    for a in words.iter().step_by(3) {
        let near = NearMiss::new(a);
        let most = if a.chars().count() <= 3 { 1 } else { 2 };
        for b in &words {
            let expected = distance_by_table(a, b);
            let expected = (expected <= most).then_some(expected as u8);
            assert_eq!(near.distance(b), expected, "{a} {b}");
        }
    }
}

#[test]
fn near_misses_go_by_distance_then_frequency() {
    let e = owned(&[
        ("kingdom", 90),
        ("kings", 50),
        ("king", 40),
        ("ring", 30),
        ("kin", 20),
        ("queen", 10),
    ]);
    assert_eq!(e.near_misses("kinng", 3), ["king", "kings", "ring"]);
    assert_eq!(e.near_misses("knig", 1), ["king"]);
    assert!(e.near_misses("zzzzzz", 3).is_empty());
    assert!(e.near_misses(&"long".repeat(500), 3).is_empty());
}

#[test]
fn words_are_found_and_come_once() {
    let mut list = WordList::default();
    assert!(list.push("b", 7));
    assert!(!list.push("b", 1));
    let e = owned(&[("b", 7), ("a", 5), ("c", 1), ("", 0)]);
    assert_eq!(e.len(), 4);
    assert_eq!(e.id("b"), Some(0));
    assert_eq!(e.id("a"), Some(1));
    assert_eq!(e.id(""), Some(3));
    assert_eq!(e.id("d"), None);
    assert_eq!((e.word(2), e.count(2)), ("c", 1));
    assert_eq!(e.row(1), [2.0, 3.0]);
}

#[test]
fn rows_without_direction_have_inverse_norm_zero() {
    assert_eq!(inverse_norm(&[3.0, 4.0]), 0.2);
    // 1e30 squared overflows f32, not the sum in f64.
    assert_eq!(inverse_norm(&[1e30, 0.0]), 1e-30);
    for row in [
        [0.0, 0.0],
        [f32::NAN, 1.0],
        [f32::INFINITY, 1.0],
        [1e-45, 0.0],
    ] {
        assert_eq!(inverse_norm(&row), 0.0, "{row:?}");
    }
}

proptest! {
    #[test]
    fn small_numbers_are_as_near_as_they_can(
        row in prop::collection::vec(-9e3f32..9e3, 1..50), scale in -30i32..0,
    ) {
        let row: Vec<f32> = row.iter().map(|x| x * (scale as f32).exp2()).collect();
        let largest = row.iter().fold(0f32, |a, x| a.max(x.abs()));
        for (dtype, error) in [
            (Dtype::F32, 0.0),
            // Half a unit in the last of 11 places, or of the smallest number.
            (Dtype::F16, (largest / 2048.0).max(2f32.powi(-25))),
            (Dtype::I8, largest / 253.0),
        ] {
            let (mut bytes, mut back) = (Vec::new(), vec![f32::NAN; row.len()]);
            let factor = dtype.encode(&row, &mut bytes);
            prop_assert_eq!(bytes.len(), dtype.row_bytes(row.len()));
            dtype.decode(&bytes, factor, &mut back);
            for (x, y) in row.iter().zip(&back) {
                prop_assert!((x - y).abs() <= error, "{x} {y} {}", dtype.name());
            }
        }
    }
}

#[test]
fn what_small_numbers_cannot_hold_has_no_direction() {
    for row in [[f32::NAN, 1.0], [f32::INFINITY, -2.0], [0.0, 0.0]] {
        let (mut bytes, mut back) = (Vec::new(), [7.0; 2]);
        for dtype in [Dtype::F16, Dtype::I8] {
            let factor = dtype.encode(&row, &mut bytes);
            dtype.decode(&bytes, factor, &mut back);
            assert_eq!(inverse_norm(&back), 0.0, "{row:?} {}", dtype.name());
        }
    }
    // What is beyond f16 becomes its largest, and is told.
    let (row, mut back, mut bytes) = ([1e6, -65_504.0], [0.0; 2], Vec::new());
    let factor = Dtype::F16.encode(&row, &mut bytes);
    Dtype::F16.decode(&bytes, factor, &mut back);
    assert_eq!(back, [65_504.0, -65_504.0]);
    assert!(Dtype::F16.is_beyond(&row) && !Dtype::F16.is_beyond(&back));
    assert!(!Dtype::I8.is_beyond(&row) && !Dtype::F16.is_beyond(&[f32::INFINITY]));
    // The smallest numbers there are do not become infinite.
    let mut back = [7.0; 2];
    let mut bytes = Vec::new();
    let factor = Dtype::I8.encode(&[1e-45, -1e-45], &mut bytes);
    Dtype::I8.decode(&bytes, factor, &mut back);
    assert!(back.iter().all(|x| x.abs() < 1e-37), "{back:?}");
}
