use std::fs;
use std::path::Path;

use ndarray::Array2;

use crate::embeddings::{Dtype, Embeddings, Metadata, OwnedEmbeddings, inverse_norm};
use crate::error::Error;
use crate::format::{self, Format, Stored, WriteOptions};

const WORDS: [&str; 6] = ["the", "king", "crème", "王", "a b", "last"];
const DIM: usize = 19;

fn sample() -> Embeddings {
    let matrix = Array2::from_shape_fn((WORDS.len(), DIM), |(i, j)| {
        ((i * DIM + j) as f32 * 0.37).sin() * (i + 1) as f32
    });
    let words = WORDS.iter().zip(1..);
    Embeddings::from_owned(
        OwnedEmbeddings::from_words(words, matrix),
        Metadata::default(),
    )
}

const ALL: [Stored; 4] = [
    stored(Dtype::F16, false),
    stored(Dtype::I8, false),
    stored(Dtype::F32, true),
    stored(Dtype::F16, true),
];

const fn stored(dtype: Dtype, quick: bool) -> Stored {
    Stored { dtype, quick }
}

fn write(path: &Path, numbers: Stored) {
    let options = WriteOptions {
        numbers,
        ..Default::default()
    };
    format::save_as(path, Format::Native, &sample(), &options).unwrap();
}

/// Every way to a row that there is.
fn read_all(path: &Path) -> crate::Result<Embeddings> {
    let opened = format::open(path)?;
    opened.verify()?;
    for id in 0..opened.len() as u32 {
        opened.check_row(id)?;
        opened.check_quick(id)?;
    }
    Ok(opened)
}

#[test]
fn rows_come_back_as_the_numbers_hold_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.w2v");
    for numbers in ALL {
        write(&path, numbers);
        let (found, sample) = (read_all(&path).unwrap(), sample());
        assert_eq!(found.dtype(), numbers.dtype);
        assert!(found.has_quick());
        assert_eq!(found.block(0..6), found.matrix());
        assert_eq!(found.block(2..4).nrows(), 2);
        for (id, word) in (0u32..).zip(WORDS) {
            assert_eq!((found.word(id), found.id(word)), (word, Some(id)));
            let (mut bytes, mut expected) = (Vec::new(), [0.0; DIM]);
            let factor = numbers.dtype.encode(sample.row(id), &mut bytes);
            numbers.dtype.decode(&bytes, factor, &mut expected);
            assert_eq!(found.vector(id)[..], expected);
            assert_eq!(found.row(id), expected);
            assert_eq!(found.inverse_norms()[id as usize], inverse_norm(&expected));
            let quick = found.quick_view().unwrap().row(id as usize).floats();
            let error = quick.iter().zip(sample.row(id)).map(|(x, y)| (x - y).abs());
            assert!(error.fold(0.0, f32::max) < 0.03);
        }
        // And what is written from it is what it holds.
        let again = folder.path().join("again.w2v");
        format::save(&again, &found).unwrap();
        let again = read_all(&again).unwrap();
        assert_eq!((again.dtype(), again.has_quick()), (Dtype::F32, false));
        assert_eq!(again.matrix(), found.matrix());
    }
}

#[test]
fn every_flipped_byte_and_every_cut_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.w2v");
    for numbers in ALL {
        write(&path, numbers);
        let good = fs::read(&path).unwrap();
        let bad = folder.path().join("bad.w2v");
        let refused = |bytes: &[u8], at: usize| {
            let _ = fs::remove_file(&bad);
            fs::write(&bad, bytes).unwrap();
            let found = read_all(&bad);
            assert!(
                matches!(found, Err(Error::Format(_))),
                "byte {at} {numbers:?}"
            );
        };
        for at in 0..good.len() {
            let mut damaged = good.clone();
            damaged[at] ^= 0x10;
            refused(&damaged, at);
            refused(&good[..at], at);
        }
    }
}

/// A file of each kind that there is beside plain f32 (`v1.w2v`), with the rows of
/// [`plain`], written by `rewrite_golden_numbers`. A change that breaks a test on them needs a new version, and golden files of its own beside these.
const GOLDEN: [(&str, u8, Stored); 4] = [
    ("v1-quick.w2v", 1, stored(Dtype::F32, true)),
    ("v2-f16.w2v", 2, stored(Dtype::F16, false)),
    ("v2-f16-quick.w2v", 2, stored(Dtype::F16, true)),
    ("v2-i8.w2v", 2, stored(Dtype::I8, false)),
];

/// The file with rows of the prediction side.
const WITH_OUTPUT: &str = "v1-output.w2v";

/// Numbers that are the same on every machine.
fn plain() -> Embeddings {
    let matrix = Array2::from_shape_fn((WORDS.len(), DIM), |(i, j)| {
        (i * DIM + j) as f32 * 0.37 - 20.0
    });
    let owned = OwnedEmbeddings::from_words(WORDS.iter().zip(1..), matrix);
    Embeddings::from_owned(owned, Metadata::default())
}

fn with_output() -> Embeddings {
    plain().with_output(Array2::from_shape_fn((WORDS.len(), DIM), |(i, j)| {
        i as f32 - j as f32 * 0.25
    }))
}

fn golden(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.join("tests/golden").join(name)
}

fn write_plain(path: &Path, numbers: Stored) {
    let options = WriteOptions {
        numbers,
        ..Default::default()
    };
    format::save_as(path, Format::Native, &plain(), &options).unwrap();
}

#[test]
fn every_kind_of_file_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.w2v");
    for (name, version, numbers) in GOLDEN {
        let bytes = fs::read(golden(name)).unwrap();
        assert_eq!(bytes[8], version, "{name}");
        is_plain(&golden(name), numbers);
        write_plain(&path, numbers);
        assert!(
            fs::read(&path).unwrap() == bytes,
            "{name}: what is written has changed"
        );
        // For some commits, which nobody was given, all numbers had version 1.
        let mut first = bytes;
        first[8] = 1;
        let length = u32::from_le_bytes(first[12..16].try_into().unwrap()) as usize;
        let sum = super::header::checksum(&first[8..16], &first[24..24 + length]);
        first[16..24].copy_from_slice(&sum.to_le_bytes());
        fs::remove_file(&path).unwrap();
        fs::write(&path, first).unwrap();
        is_plain(&path, numbers);
    }
}

/// Whether the file holds the rows of [`plain`], as exactly as its numbers can.
#[track_caller]
fn is_plain(path: &Path, numbers: Stored) {
    let (found, plain) = (read_all(path).unwrap(), plain());
    assert_eq!(found.dtype(), numbers.dtype);
    // Rows smaller than f32 are what a fast search begins with, where there are no others.
    let quick = numbers.quick || numbers.dtype != Dtype::F32;
    assert_eq!(found.has_quick(), quick);
    assert_eq!((found.len(), found.dim()), (WORDS.len(), DIM));
    // Half a step of what is kept: 11 bits of f16, 127 steps up to the largest of a row of i8.
    let most = match numbers.dtype {
        Dtype::F32 => 0.0,
        Dtype::F16 => 1.0 / 2048.0,
        Dtype::I8 => 0.5 / 127.0,
    };
    for (id, word) in (0..).zip(WORDS) {
        assert_eq!((found.word(id), found.id(word)), (word, Some(id)));
        assert_eq!(found.count(id), u64::from(id) + 1);
        let (row, expected) = (found.vector(id), plain.row(id));
        let largest = expected.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        for (x, y) in row.iter().zip(expected) {
            assert!(
                (x - y).abs() <= most * largest * 1.001,
                "{word}: {x} for {y}"
            );
        }
    }
}

#[test]
fn rows_of_the_prediction_side_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.w2v");
    let found = read_all(&golden(WITH_OUTPUT)).unwrap();
    let expected = with_output();
    for id in 0..WORDS.len() as u32 {
        assert_eq!(found.row(id), expected.row(id));
        assert_eq!(found.output_row(id), expected.output_row(id));
    }
    format::save(&path, &expected).unwrap();
    let same = fs::read(&path).unwrap() == fs::read(golden(WITH_OUTPUT)).unwrap();
    assert!(same, "what is written has changed");
}

/// `cargo test --lib rewrite_golden -- --ignored`, on purpose only.
#[test]
#[ignore = "writes the golden files anew"]
fn rewrite_golden_numbers() {
    for (name, _, numbers) in GOLDEN {
        write_plain(&golden(name), numbers);
    }
    format::save(&golden(WITH_OUTPUT), &with_output()).unwrap();
}
