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
