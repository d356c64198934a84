//! Models of fastText and finalfusion as these write them.

use std::fs;

use super::source::LONGEST;
use super::tests::{model, read_as, refusal, row, rows};
use super::*;

/// A model of fastText.
struct Model {
    version: i32,
    supervised: bool,
    buckets: i32,
    lengths: [i32; 2],
    words: i32,
    pruned: i64,
    quantised: u8,
    rows: i64,
    dim: i64,
}

/// Two words, the mark of a line's end and a label; two buckets.
const MODEL: Model = Model {
    version: 12,
    supervised: false,
    buckets: 2,
    lengths: [2, 3],
    words: 3,
    pruned: -1,
    quantised: 0,
    rows: 5,
    dim: 1,
};

impl Model {
    /// As fastText writes it. The rows of words are 16, 32 and 48, all others 8.
    fn bytes(&self) -> Vec<u8> {
        let [least, most] = self.lengths;
        let kind = if self.supervised { 3 } else { 2 };
        let options = [
            793_712_314,
            self.version,
            1,
            5,
            1,
            1,
            5,
            1,
            2,
            kind,
            self.buckets,
            least,
            most,
            100,
        ];
        let mut file = options.map(i32::to_le_bytes).concat();
        file.extend(1e-4f64.to_le_bytes());
        file.extend([4, self.words, 1].map(i32::to_le_bytes).concat());
        file.extend([300, self.pruned].map(i64::to_le_bytes).concat());
        for (word, count, kind) in [
            ("ab", 200i64, 0),
            ("é", 70, 0),
            ("</s>", 30, 0),
            ("l", 9, 1),
        ] {
            file.extend(word.as_bytes());
            file.push(0);
            file.extend(count.to_le_bytes());
            file.push(kind);
        }
        file.push(self.quantised);
        file.extend([self.rows, self.dim].map(i64::to_le_bytes).concat());
        let numbers = (0..self.rows).map(|i| if i < 3 { 16.0 * (i + 1) as f32 } else { 8.0 });
        file.extend(numbers.flat_map(f32::to_le_bytes));
        file
    }
}

#[test]
fn a_word_of_fasttext_is_the_mean_of_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Parts of `<ab>` and `<é>` by hand: of two characters 3 and 2, of three 2 and 1; alone stand only a, b and é.
    for ((version, supervised), (buckets, rows_in_all), lengths, parts) in [
        ((12, false), (2, 5), [2, 3], [5.0, 3.0]),
        ((12, false), (2, 5), [1, 2], [5.0, 3.0]),
        ((12, false), (2, 5), [0, 1], [2.0, 1.0]),
        ((12, false), (2, 5), [3, 3], [2.0, 1.0]),
        ((12, false), (2, 5), [4, 9], [1.0, 0.0]),
        ((12, false), (2, 5), [0, 0], [0.0, 0.0]),
        ((12, false), (2, 9), [2, 3], [5.0, 3.0]),
        ((12, false), (0, 3), [2, 3], [0.0, 0.0]),
        ((11, false), (2, 5), [2, 3], [5.0, 3.0]),
        ((12, true), (2, 5), [2, 3], [5.0, 3.0]),
        ((11, true), (2, 5), [2, 3], [0.0, 0.0]),
    ] {
        let model = Model {
            version,
            supervised,
            buckets,
            lengths,
            rows: rows_in_all,
            ..MODEL
        };
        let (found, report) = read_as(folder, "model.bin", &model.bytes()).unwrap();
        assert_eq!(report.format, Format::FastTextModel);
        let counts: Vec<u64> = (0..3).map(|id| found.count(id)).collect();
        assert_eq!(counts, [200, 70, 30]);
        let mean = |own: f32, parts: f32| (own + 8.0 * parts) / (1.0 + parts);
        let expected = [
            row("ab", &[mean(16.0, parts[0])]),
            row("é", &[mean(32.0, parts[1])]),
            row("</s>", &[48.0]),
        ];
        assert_eq!(rows((found, report)), expected, "{:?}", model.lengths);
    }
}

#[test]
fn models_of_fasttext_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (model, said) in [
        (
            Model {
                version: 13,
                ..MODEL
            },
            "install a newer w2v",
        ),
        (Model { pruned: 0, ..MODEL }, "a pruned dictionary"),
        (Model { words: 4, ..MODEL }, "expected 4 words, found 3"),
        (Model { words: 2, ..MODEL }, "expected 2 words, found 3"),
        (
            Model {
                quantised: 1,
                ..MODEL
            },
            "quantised rows",
        ),
        (Model { rows: 4, ..MODEL }, "expected 5 rows of 1 floats"),
        (Model { dim: 2, ..MODEL }, "found 5 of 2"),
        (Model { rows: -1, ..MODEL }, "x 1 numbers of 4 bytes"),
    ] {
        let error = refusal(folder, "model.bin", &model.bytes());
        assert!(error.contains(said), "{error}");
    }
    let mut cut = MODEL.bytes();
    cut.pop();
    let error = refusal(folder, "model.bin", &cut);
    assert!(error.contains("copy it"), "{error}");
}

/// A chunk of finalfusion.
fn chunk(kind: u32, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_le_bytes();
    [&kind.to_le_bytes()[..], &length, content].concat()
}

/// Words after `facts` of them.
fn chunk_of_words(kind: u32, facts: &[u8], words: &[&str]) -> Vec<u8> {
    let mut content = (words.len() as u64).to_le_bytes().to_vec();
    content.extend(facts);
    for word in words {
        content.extend((word.len() as u32).to_le_bytes());
        content.extend(word.as_bytes());
    }
    chunk(kind, &content)
}

/// Rows of one number of this kind, after so many zeros.
fn chunk_of_rows(kind: u32, zeros: usize, numbers: &[f32]) -> Vec<u8> {
    let mut content = (numbers.len() as u64).to_le_bytes().to_vec();
    content.extend([1, kind].map(u32::to_le_bytes).concat());
    content.resize(content.len() + zeros, 0);
    content.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
    chunk(2, &content)
}

fn chunk_of_norms(zeros: usize, norms: &[f32]) -> Vec<u8> {
    let mut content = (norms.len() as u64).to_le_bytes().to_vec();
    content.extend(10u32.to_le_bytes());
    content.resize(content.len() + zeros, 0);
    content.extend(norms.iter().flat_map(|x| x.to_le_bytes()));
    chunk(6, &content)
}

fn finalfusion(version: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"FiFu".to_vec();
    file.extend(
        [version, chunks.len() as u32]
            .map(u32::to_le_bytes)
            .concat(),
    );
    let kinds = chunks.iter().flat_map(|chunk| &chunk[..4]);
    file.extend(kinds);
    [file, chunks.concat()].concat()
}

#[test]
fn chunks_of_every_kind_of_words_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let words = ["a", "\u{10F7FF}é"];
    for zeros in 0..=4 {
        for (kind, facts, more) in [(1, 0, 0), (3, 12, 2), (7, 12, 1)] {
            // Rows of n-grams after those of the words.
            let chunks = [
                chunk(5, b"about = \"it\""),
                chunk_of_words(kind, &[3; 12][..facts], &words),
                chunk_of_rows(10, zeros, &[0.5, -1.0, 9.0, 9.0][..2 + more]),
                chunk_of_norms(zeros, &[4.0, 3.0]),
            ];
            let found = read_as(folder, "a.fifu", &finalfusion(0, &chunks)).unwrap();
            assert!(found.1.notes().is_empty());
            assert_eq!(rows(found), [row(words[0], &[2.0]), row(words[1], &[-3.0])]);
            let found = read_as(folder, "a.fifu", &finalfusion(0, &chunks[..3])).unwrap();
            assert_eq!(rows(found), [row(words[0], &[0.5]), row(words[1], &[-1.0])]);
        }
    }
    // The longest word that there may be.
    let long = "w".repeat(LONGEST);
    let chunks = [
        chunk_of_words(1, &[], &[&long]),
        chunk_of_rows(10, 4, &[1.0]),
    ];
    let found = read_as(folder, "a.fifu", &finalfusion(0, &chunks)).unwrap();
    assert_eq!(rows(found), [row(&long, &[1.0])]);
}

/// Norms are those of the rows in the file, also where one of these is left out.
#[test]
fn norms_go_with_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = |norms: &[f32]| {
        let chunks = [
            chunk_of_words(1, &[], &["a", "b", "a", "c", "b", "d"]),
            chunk_of_rows(10, 4, &[1.0, -1.0, 1.0, -1.0, 1.0, -1.0]),
            chunk_of_norms(4, norms),
        ];
        finalfusion(0, &chunks)
    };
    let found = read_as(folder, "a.fifu", &file(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])).unwrap();
    let expected = [("a", 1.0), ("b", -2.0), ("c", -4.0), ("d", -6.0)];
    assert_eq!(rows(found), expected.map(|(word, x)| row(word, &[x])));
    for few in [&[][..], &[1.0, 2.0, 3.0, 4.0, 5.0]] {
        let error = refusal(folder, "a.fifu", &file(few));
        let said = format!(
            "expected 6, one for each word, found {}; the file is damaged",
            few.len()
        );
        assert!(error.contains(&said), "{error}");
    }
}

#[test]
fn chunks_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let words = || chunk_of_words(1, &[], &["a", "b"]);
    let two = || chunk_of_rows(10, 4, &[1.0, 2.0]);
    let long = "w".repeat(LONGEST + 1);
    for (version, chunks, said) in [
        (1, vec![words(), two()], "expected version 0"),
        (0, vec![words()], "expected a matrix"),
        (
            0,
            vec![words(), chunk_of_rows(11, 4, &[1.0, 2.0])],
            "type 11",
        ),
        (
            0,
            vec![words(), chunk_of_rows(10, 5, &[1.0, 2.0])],
            "at most 4 of padding",
        ),
        (
            0,
            vec![words(), chunk_of_rows(10, 4, &[1.0])],
            "at least 2 rows",
        ),
        (
            0,
            vec![words(), two(), chunk_of_norms(5, &[1.0])],
            "at most 4 of padding",
        ),
        (0, vec![words(), chunk(8, &[0; 9])], "a chunk of kind 8"),
        (0, vec![chunk_of_words(1, &[], &[&long])], "at most 1 MiB"),
        (
            0,
            vec![chunk_of_words(1, &[], &["a"]), [words(), vec![0]].concat()],
            "expected the file's end",
        ),
    ] {
        let error = refusal(folder, "a.fifu", &finalfusion(version, &chunks));
        assert!(error.contains(said), "{error}");
    }
}

/// finalfusion maps its files, and takes floats at multiples of 4 only.
#[test]
fn numbers_of_finalfusion_are_aligned() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.fifu");
    for word in ["a", "ab", "abc", "abcd"] {
        let words = [(word.to_owned(), 1)];
        let one = model(&words, &[8192.0], 1);
        save_as(&path, Format::Finalfusion, &one, &WriteOptions::default()).unwrap();
        let bytes = fs::read(&path).unwrap();
        // The row at length 1, and its norm.
        for number in [1.0f32, 8192.0] {
            let number = number.to_le_bytes();
            let at = bytes.windows(4).position(|four| four == number).unwrap();
            assert_eq!(at % 4, 0, "{word} {at}");
        }
        assert_eq!(bytes.len() % 4, 0);
    }
}
