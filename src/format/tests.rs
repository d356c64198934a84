use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use ndarray::Array2;
use proptest::prelude::*;

use super::*;
use crate::embeddings::{Metadata, OwnedEmbeddings};

pub(super) fn model(words: &[(String, u64)], floats: &[f32], dim: usize) -> Embeddings {
    let matrix = Array2::from_shape_vec((words.len(), dim), floats.to_vec()).unwrap();
    let words = words.iter().map(|(word, count)| (word, *count));
    Embeddings::from_owned(
        OwnedEmbeddings::from_words(words, matrix),
        Metadata::default(),
    )
}

fn sample() -> Embeddings {
    let words = ["the", "crème", "王", "\u{A0}", "-1", "co-op"];
    let words: Vec<(String, u64)> = words.into_iter().map(str::to_owned).zip(7..).collect();
    let floats = [
        0.5, -1.25, 3.0e-12, 0.1, 0.2, 1e20, -0.0, 7.0, 1.0e-30, 0.0, 0.0, 0.0, 0.3333333, -5.0,
        123456.79, 1.0, 2.0, 3.0,
    ];
    model(&words, &floats, 3)
}

/// Reads a file both ways, into memory and where it lies, which must come to the same.
pub(super) fn read_both(path: &Path) -> Result<(Embeddings, ReadReport)> {
    let in_place = ReadOptions {
        in_place: true,
        ..Default::default()
    };
    let (copied, laid) = (read(path, &ReadOptions::default()), read(path, &in_place));
    match (&copied, &laid) {
        (Ok((a, first)), Ok((b, second))) => {
            assert_eq!(first, second);
            assert_eq!((a.len(), a.dim()), (b.len(), b.dim()));
            for id in 0..a.len() as u32 {
                assert_eq!((a.word(id), a.count(id)), (b.word(id), b.count(id)));
                assert_eq!(a.id(a.word(id)), b.id(a.word(id)));
                assert_eq!(a.row_bytes(id), b.row_bytes(id));
                let bits = |e: &Embeddings| -> Vec<u32> {
                    e.vector(id).iter().map(|x| x.to_bits()).collect()
                };
                assert_eq!(bits(a), bits(b));
            }
            let bits = |e: &Embeddings| -> Vec<u32> {
                e.inverse_norms().iter().map(|x| x.to_bits()).collect()
            };
            assert_eq!(bits(a), bits(b));
        }
        (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
        _ => panic!(
            "{}: read one way only: {copied:?}, {laid:?}",
            path.display()
        ),
    }
    laid
}

/// Reads `bytes` as a file of this name in `folder`, into memory and where it lies.
pub(super) fn read_as(folder: &Path, name: &str, bytes: &[u8]) -> Result<(Embeddings, ReadReport)> {
    let path = folder.join(name);
    let _ = fs::remove_file(&path);
    fs::write(&path, bytes).unwrap();
    read_both(&path)
}

/// What is said of a file that is refused.
#[track_caller]
pub(super) fn refusal(folder: &Path, name: &str, bytes: &[u8]) -> String {
    read_as(folder, name, bytes).unwrap_err().to_string()
}

/// Words and rows of what was read.
pub(super) fn rows((found, _): (Embeddings, ReadReport)) -> Vec<(String, Vec<f32>)> {
    let ids = 0..found.len() as u32;
    ids.map(|id| (found.word(id).to_owned(), found.vector(id).to_vec()))
        .collect()
}

pub(super) fn row(word: &str, numbers: &[f32]) -> (String, Vec<f32>) {
    (word.to_owned(), numbers.to_vec())
}

fn place(folder: &Path, format: Format) -> PathBuf {
    folder.join(format!("vectors.{}", format.name()))
}

/// The file of `sample` in each format that can be written, in a folder of its own.
fn written() -> Vec<(Format, tempfile::TempDir, PathBuf)> {
    let formats = Format::writable();
    let made = formats.map(|format| {
        let folder = tempfile::tempdir().unwrap();
        let path = place(folder.path(), format);
        save_as(&path, format, &sample(), &WriteOptions::default()).unwrap();
        (format, folder, path)
    });
    made.collect()
}

fn assert_same(format: Format, found: &Embeddings, expected: &Embeddings) {
    assert_eq!(
        (found.len(), found.dim()),
        (expected.len(), expected.dim()),
        "{format}"
    );
    for id in 0..expected.len() as u32 {
        assert_eq!(found.word(id), expected.word(id), "{format}");
        let with_counts = matches!(format, Format::Native | Format::TensorBoard);
        assert_eq!(
            found.count(id),
            if with_counts { expected.count(id) } else { 0 }
        );
        for (x, y) in found.row(id).iter().zip(expected.row(id)) {
            let same = x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan());
            // finalfusion stores unit rows and norms: two roundings.
            let near = format == Format::Finalfusion && (x - y).abs() <= 3e-7 * y.abs();
            assert!(same || near, "{format}: {x} for {y}");
        }
    }
}

#[test]
fn what_is_read_is_what_was_written_and_content_tells_the_format() {
    for (format, _folder, path) in written() {
        // The name must not matter: files are told by content.
        let other = path.with_extension("bin");
        if !matches!(
            format,
            Format::Npy | Format::Safetensors | Format::TensorBoard
        ) {
            fs::rename(&path, &other).unwrap();
        } else {
            fs::copy(&path, &other).unwrap();
        }
        let (found, report) = read_both(&other).unwrap();
        assert_eq!(report.format, format);
        assert!(report.notes().is_empty());
        assert_same(format, &found, &sample());
    }
}

#[test]
fn packed_files_are_read() {
    for (format, folder, path) in written() {
        let bytes = fs::read(&path).unwrap();
        // Two members each, as `cat a.gz b.gz` makes.
        let (one, two) = bytes.split_at(bytes.len() / 2);
        let gzip = |part: &[u8]| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), Default::default());
            packer.write_all(part).unwrap();
            packer.finish().unwrap()
        };
        let zstd = |part: &[u8]| zstd::encode_all(part, 1).unwrap();
        let packed = [
            ("vectors.gz", [gzip(one), gzip(two)].concat()),
            ("vectors.zst", [zstd(one), zstd(two)].concat()),
        ];
        for (name, packed) in packed {
            let path = folder.path().join(name);
            fs::write(&path, packed).unwrap();
            let found = read(&path, &ReadOptions::default());
            if format == Format::Native {
                assert!(found.unwrap_err().to_string().contains("unpack it first"));
                continue;
            }
            let (found, report) = found.unwrap();
            assert_eq!(
                report.packed,
                Some(if name.ends_with("gz") { "gzip" } else { "zstd" })
            );
            assert_same(format, &found, &sample());
        }
    }
}

#[test]
fn only_what_was_asked_for_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for format in Format::writable() {
        let path = place(folder.path(), format);
        let words = ["crème", "-1", "co-op", "王"].map(str::to_owned);
        let options = WriteOptions {
            limit: Some(3),
            words: Some(HashSet::from(words)),
            normalize: true,
            ..WriteOptions::default()
        };
        save_as(&path, format, &sample(), &options).unwrap();
        let found = open(&path).unwrap();
        let words: Vec<&str> = (0..found.len() as u32).map(|id| found.word(id)).collect();
        // The least frequent of them stands first.
        assert_eq!(words, ["王", "-1", "co-op"], "{format}");
        let norm = |id| found.row(id).iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((norm(0) - 1.0).abs() < 1e-6 && (norm(2) - 1.0).abs() < 1e-6);
        let limited = read(
            &path,
            &ReadOptions {
                limit: 2,
                ..Default::default()
            },
        )
        .unwrap()
        .0;
        assert_eq!(limited.len(), if format == Format::Native { 3 } else { 2 });
    }
}

#[test]
fn rows_for_padding_and_unknown_words_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["a", "<unk>", "b"].map(|word| (word.to_owned(), 3));
    let e = model(&words, &[1.0, 2.0, 5.0, 6.0, 3.0, -2.0], 2);
    let options = |unknown: &str| WriteOptions {
        padding_row: Some("<pad>".to_owned()),
        unknown_row: Some(unknown.to_owned()),
        ..WriteOptions::default()
    };
    for format in Format::writable() {
        // Words of one matrix are not written over those of another.
        let folder = tempfile::tempdir().unwrap();
        let path = place(folder.path(), format);
        let rows = |unknown| {
            save_as(&path, format, &e, &options(unknown)).unwrap();
            let found = open(&path).unwrap();
            let rows = (0..found.len() as u32)
                .map(|id| (found.word(id).to_owned(), found.row(id).to_vec()));
            rows.collect::<Vec<_>>()
        };
        let row = |word: &str, x, y| (word.to_owned(), vec![x, y]);
        // The mean, and the vector of a word that is there, which then stands only once.
        let mean = rows("other");
        assert_eq!(
            mean[..2],
            [row("<pad>", 0.0, 0.0), row("other", 3.0, 2.0)],
            "{format}"
        );
        assert_eq!(mean.len(), 5);
        let own = rows("<unk>");
        assert_eq!(own[1].0, "<unk>");
        assert!((own[1].1[0] - 5.0).abs() < 1e-5, "{format}: {own:?}");
        assert_eq!(own.len(), 4, "{format}");
    }
    let path = place(folder.path(), Format::Word2vecText);
    let error = save_as(&path, Format::Word2vecText, &e, &options("not known")).unwrap_err();
    assert!(error.to_string().contains("\"not known\""), "{error}");
}

#[test]
fn words_that_a_format_cannot_hold_are_refused_or_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["new york", "a", "tab\there", "line\nbreak", "", "cr\r"];
    let words: Vec<(String, u64)> = words.map(|word| (word.to_owned(), 1)).into();
    let e = model(&words, &[1.0; 6], 1);
    for format in Format::writable() {
        let path = place(folder.path(), format);
        let (lost, why) = match format {
            Format::Native | Format::Finalfusion => (0, ""),
            Format::Word2vecBinary => (2, "ends a word at a space"),
            Format::Word2vecText | Format::Glove => (5, "parts fields at spaces and tabs"),
            Format::Npy | Format::Safetensors => (2, "has one word a line"),
            _ => (3, "parts fields at tabs"),
        };
        let refused = save_as(&path, format, &e, &WriteOptions::default());
        if lost > 0 {
            let error = refused.unwrap_err().to_string();
            assert!(error.contains(&format!("{lost} words")), "{error}");
            assert!(error.contains(why), "{error}");
            assert!(!path.exists());
        }
        let options = WriteOptions {
            skip_unwritable: true,
            ..WriteOptions::default()
        };
        let left_out = save_as(&path, format, &e, &options).unwrap().left_out;
        assert_eq!(left_out.len(), lost, "{format}");
        let found = open(&path).unwrap();
        assert_eq!(found.len(), 6 - lost);
        assert!((0..found.len() as u32).all(|id| e.id(found.word(id)).is_some()));
    }
}

#[test]
fn formats_go_by_their_names_and_the_ends_of_file_names() {
    for format in Format::all() {
        assert_eq!(Format::from_name(format.name()), Some(format));
        assert_eq!(format.to_string(), format.name());
    }
    assert_eq!(Format::from_name("bin"), None);
    let of = |path: &str| Format::from_path(Path::new(path));
    assert_eq!(of("a.w2v"), Some(Format::Native));
    assert_eq!(of("a.b/A.BIN"), Some(Format::Word2vecBinary));
    assert_eq!(of("a.txt"), Some(Format::Word2vecText));
    assert_eq!(of("a.vec"), Some(Format::Word2vecText));
    assert_eq!(of("a.npy.glove"), Some(Format::Glove));
    assert_eq!(of("a.npy"), Some(Format::Npy));
    assert_eq!(of("a.safetensors"), Some(Format::Safetensors));
    assert_eq!(of("a.fifu"), Some(Format::Finalfusion));
    assert_eq!(of("a.tsv"), Some(Format::TensorBoard));
    for path in ["a", "npy", "a.gz", "a.bin/b"] {
        assert_eq!(of(path), None, "{path}");
    }
}

/// Writes a new file: writing over an old one makes some file systems wait for the disk.
fn put(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Reads damaged files: it may succeed, must not panic, and must not believe what it cannot hold.
fn try_all(format: Format, path: &Path, good: &[u8], damage: &dyn Fn(&mut Vec<u8>) -> bool) {
    let mut bytes = good.to_vec();
    if damage(&mut bytes) {
        put(path, &bytes);
        if let Ok((found, _)) = read_both(path) {
            assert!(found.len() * found.dim() <= good.len(), "{format}");
        }
    }
}

#[test]
fn cut_files_are_refused() {
    for (format, _folder, path) in written() {
        let good = fs::read(&path).unwrap();
        let text = matches!(
            format,
            Format::Word2vecText | Format::Glove | Format::TensorBoard
        );
        for length in 0..good.len() {
            put(&path, &good[..length]);
            let found = read_both(&path);
            // A number that lost digits, or a last line that is gone, is still text.
            let lost = |found: Embeddings| text && found.len() <= 6;
            // Some writers put no line feed after the last row.
            let no_feed = format == Format::Word2vecBinary && length + 1 == good.len();
            let fine = no_feed || found.map_or(true, |(found, _)| lost(found));
            assert!(fine, "{format} cut at {length} of {}", good.len());
        }
    }
}

#[test]
fn flipped_bytes_and_huge_numbers_never_panic() {
    for (format, _folder, path) in written() {
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            for mask in [0x01, 0x80, 0xFF] {
                try_all(format, &path, &good, &|bytes| {
                    bytes[at] ^= mask;
                    true
                });
            }
            for huge in [1u64 << 63, u64::MAX, 1 << 31, 1 << 40] {
                try_all(format, &path, &good, &|bytes| {
                    let end = bytes.len().min(at + 8);
                    bytes[at..end].copy_from_slice(&huge.to_le_bytes()[..end - at]);
                    true
                });
            }
            // Digits: headers of text.
            try_all(format, &path, &good, &|bytes| {
                let digit = bytes[at].is_ascii_digit();
                if digit {
                    bytes.splice(at..=at, *b"9223372036854775808");
                }
                digit
            });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_words_and_numbers_survive(
        words in prop::collection::hash_set("[^ \\t\\r\\n]{1,8}", 1..12),
        dim in 1usize..5,
        bits in prop::collection::vec(any::<u32>(), 60),
    ) {
        let words: Vec<(String, u64)> = words.into_iter().map(|w| (w, 3)).collect();
        let numbers = bits.iter().map(|&b| f32::from_bits(b));
        let floats: Vec<f32> = numbers.take(words.len() * dim).collect();
        let e = model(&words, &floats, dim);
        let folder = tempfile::tempdir().unwrap();
        for format in Format::writable() {
            // Norms of f32s near the limits are beyond f32.
            let tame = floats.iter().all(|x| x.abs() < 1e18 && x.abs() > 1e-18);
            if format == Format::Finalfusion && !tame {
                continue;
            }
            // `7 5` may be a header or a word and its number.
            if format == Format::Glove && dim == 1 {
                continue;
            }
            let path = place(folder.path(), format);
            save_as(&path, format, &e, &WriteOptions::default()).unwrap();
            let (found, report) = read_both(&path).unwrap();
            prop_assert_eq!(report.format, format);
            assert_same(format, &found, &e);
        }
    }
}
