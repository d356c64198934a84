use std::fs;
use std::path::Path;

use ndarray::Array2;

use super::header::{Header, Section, checksum};
use super::*;
use crate::embeddings::{Embeddings, Metadata, OwnedEmbeddings};
use crate::error::{Error, FormatError};
use crate::format;

const WORDS: [(&str, u64); 5] = [
    ("the", 90),
    ("king", 40),
    ("crème", 7),
    ("王", 5),
    ("a b", 5),
];

fn sample() -> Embeddings {
    let matrix = Array2::from_shape_fn((5, 3), |(i, j)| (i * 3 + j) as f32 * 0.37 - 1.5);
    let metadata = Metadata {
        tool: "w2v test".into(),
        text: [("tokenizer".into(), "unicode".into())].into(),
        training: [("dim".into(), "3".into())].into(),
        corpus: [("tokens".into(), 147)].into(),
        loss: vec![0.7, 0.3],
    };
    Embeddings::from_owned(
        OwnedEmbeddings::from_words(WORDS.into_iter(), matrix),
        metadata,
    )
}

fn written(folder: &Path) -> Vec<u8> {
    let path = folder.join("v.w2v");
    format::save(&path, &sample()).unwrap();
    fs::read(path).unwrap()
}

/// Opens `bytes` as a file and verifies all of it.
fn open_all(folder: &Path, bytes: &[u8]) -> crate::Result<Embeddings> {
    let path = folder.join("try.w2v");
    // Writing over an old file makes some file systems wait for the disk.
    let _ = fs::remove_file(&path);
    fs::write(&path, bytes).unwrap();
    let opened = format::open(&path)?;
    opened.verify()?;
    Ok(opened)
}

#[test]
fn further_sections_come_back_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.w2v");
    let bytes = |out: &mut dyn std::io::Write| out.write_all(&[7; 24]);
    let extra = Extra {
        name: "more",
        stride: 8,
        body: &bytes,
    };
    let backup = folder.path().join("v.old");
    format::save_keeping(&path, &sample(), &[extra], &backup).unwrap();
    let whole = fs::read(&path).unwrap();
    let opened = open_all(folder.path(), &whole).unwrap();
    assert_eq!(opened.matrix(), sample().matrix());
    assert_eq!(opened.extra("more").unwrap().unwrap().bytes(), [7; 24]);
    assert!(opened.extra("less").unwrap().is_none());
    let mut damaged = whole;
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(&path, damaged).unwrap();
    let error = format::open(&path).unwrap().extra("more").unwrap_err();
    assert!(error.to_string().contains("more (bytes"), "{error}");
}

/// The same file with another header, everything about it consistent but what `change` does.
fn with_header(bytes: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let length = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let mut header = Header::decode(&bytes[PREFIX..PREFIX + length]).unwrap();
    change(&mut header);
    let encoded = header.encode().unwrap();
    assert_eq!(encoded.len(), length, "fixed widths");
    let mut out = bytes.to_vec();
    out[PREFIX..PREFIX + length].copy_from_slice(&encoded);
    let sum = checksum(&out[8..16], &encoded);
    out[16..24].copy_from_slice(&sum.to_le_bytes());
    out
}

#[test]
fn what_is_read_is_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let opened = open_all(folder.path(), &written(folder.path())).unwrap();
    let expected = sample();
    assert_eq!((opened.len(), opened.dim()), (5, 3));
    assert_eq!(opened.metadata(), expected.metadata());
    assert_eq!(opened.matrix(), expected.matrix());
    assert_eq!(opened.inverse_norms(), expected.inverse_norms());
    for (id, (word, count)) in (0..).zip(WORDS) {
        assert_eq!(opened.word(id), word);
        assert_eq!(opened.id(word), Some(id));
        assert_eq!(opened.count(id), count);
        assert_eq!(opened.row(id), expected.row(id));
    }
    assert_eq!(opened.id("queen"), None);
    for word in ["kong", "creme", "tha", "xyz"] {
        assert_eq!(opened.near_misses(word, 3), expected.near_misses(word, 3));
    }
    for prefix in ["", "k", "a ", "王", "x"] {
        assert_eq!(opened.with_prefix(prefix), expected.with_prefix(prefix));
    }
    assert_eq!(opened.with_prefix("c"), [2]);
    // A second generation, from the map, is the same bytes.
    let again = folder.path().join("again.w2v");
    format::save(&again, &opened).unwrap();
    assert_eq!(fs::read(again).unwrap(), written(folder.path()));
}

#[test]
fn rows_that_are_not_there_have_no_word() {
    let folder = tempfile::tempdir().unwrap();
    let found = open_all(folder.path(), &written(folder.path())).unwrap();
    for id in [5, 6, u32::MAX] {
        assert_eq!((found.word(id), found.count(id)), ("\u{FFFD}", 0));
        assert_eq!(sample().count(id), 0);
    }
}

#[test]
fn sections_are_aligned_and_the_file_ends_with_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = written(folder.path());
    with_header(&bytes, |header| {
        assert!(header.sections.iter().all(|s| s.offset % 64 == 0));
        let last = header.sections.last().unwrap();
        assert_eq!(last.offset + last.length, bytes.len() as u64);
    });
}

#[test]
fn cut_at_every_byte_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = written(folder.path());
    for length in 0..bytes.len() {
        let error = open_all(folder.path(), &bytes[..length]).unwrap_err();
        assert!(matches!(error, Error::Format(_)), "{length}: {error}");
    }
    let longer = [&bytes[..], b"\0"].concat();
    let error = open_all(folder.path(), &longer).unwrap_err();
    assert!(
        matches!(error, Error::Format(FormatError::Size { .. })),
        "{error}"
    );
}

#[test]
fn a_flipped_bit_anywhere_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = written(folder.path());
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        let error = open_all(folder.path(), &damaged).unwrap_err();
        assert!(matches!(error, Error::Format(_)), "{at}: {error}");
    }
}

#[test]
fn unknown_sections_are_skipped_but_verified() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = written(folder.path());
    // A reader of an older version sees a name it does not know.
    let unknown = with_header(&bytes, |header| header.sections[3].name = "tnuocs".into());
    let error = open_all(folder.path(), &unknown).unwrap_err().to_string();
    assert!(error.contains("counts"), "{error}");
    let extra = xxhash_rust::xxh3::xxh3_64(b"extra");
    let mut longer = bytes.clone();
    longer.resize(bytes.len().next_multiple_of(64), 0);
    longer.extend(b"extra");
    let section = Section {
        name: "of a later version".into(),
        offset: bytes.len().next_multiple_of(64) as u64,
        length: 5,
        stride: 0,
        checksum: extra,
    };
    let file = rebuilt(&longer, |header| header.sections.push(section));
    assert_eq!(open_all(folder.path(), &file).unwrap().len(), 5);
    let mut damaged = file;
    *damaged.last_mut().unwrap() ^= 1;
    let error = open_all(folder.path(), &damaged).unwrap_err().to_string();
    assert!(error.contains("of a later version"), "{error}");
}

/// As [`with_header`] where the header may grow: the sections move.
fn rebuilt(bytes: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let length = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let mut header = Header::decode(&bytes[PREFIX..PREFIX + length]).unwrap();
    let old_start = header.sections[0].offset as usize;
    change(&mut header);
    let encoded = header.encode().unwrap();
    let start = (PREFIX + encoded.len()).next_multiple_of(64);
    for section in &mut header.sections {
        section.offset = section.offset - old_start as u64 + start as u64;
    }
    let encoded = header.encode().unwrap();
    let mut out = bytes[..12].to_vec();
    out.extend((encoded.len() as u32).to_le_bytes());
    out.extend(checksum(&out[8..16], &encoded).to_le_bytes());
    out.extend(&encoded);
    out.resize(start, 0);
    out.extend(&bytes[old_start..]);
    out
}

#[test]
fn a_newer_version_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = written(folder.path());
    bytes[8] = 3;
    let error = open_all(folder.path(), &bytes).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Format(FormatError::Newer {
                found: 3,
                newest: 2,
                ..
            })
        ),
        "{error}"
    );
}

#[test]
fn there_never_was_a_version_0() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = written(folder.path());
    bytes[8] = 0;
    // Right otherwise: it is the version that is wrong.
    let bytes = with_header(&bytes, |_| ());
    let error = open_all(folder.path(), &bytes).unwrap_err().to_string();
    let said = "try.w2v: version at byte 8: expected 1, found 0; the file is damaged";
    assert!(error.contains(said), "{error}");
}

#[test]
fn a_header_that_lies_is_refused_before_it_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = written(folder.path());
    let lies: [fn(&mut Header, u64); 6] = [
        |h, x| h.words = x,
        |h, x| h.dim = x,
        |h, x| h.sections[0].offset = x,
        |h, x| h.sections[1].length = x,
        |h, x| h.sections.last_mut().unwrap().length = x,
        |h, x| h.sections.last_mut().unwrap().stride = x,
    ];
    for (i, lie) in lies.iter().enumerate() {
        for value in [
            0,
            1,
            4,
            6,
            64,
            1 << 31,
            1 << 32,
            1 << 61,
            1 << 62,
            1 << 63,
            u64::MAX,
        ] {
            let file = with_header(&bytes, |header| lie(header, value));
            if file != bytes {
                let error = open_all(folder.path(), &file).unwrap_err();
                assert!(matches!(error, Error::Format(_)), "{i} {value}: {error}");
            }
        }
    }
    let twice = with_header(&bytes, |h| h.sections[0].name = "word-ends".into());
    assert_eq!(
        twice, bytes,
        "the names are as the file's documentation says"
    );
}

/// The file of `sample` as version 1 has it. A change that breaks this test needs a new version,
/// and a golden file of its own beside this one.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1.w2v");

#[test]
fn version_1_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let golden = fs::read(GOLDEN).unwrap();
    let opened = open_all(folder.path(), &golden).unwrap();
    assert_eq!(opened.matrix(), sample().matrix());
    assert_eq!(opened.metadata(), sample().metadata());
    assert_eq!(opened.id("crème"), Some(2));
    assert!(
        written(folder.path()) == golden,
        "what is written has changed"
    );
}

/// `cargo test --lib rewrite_golden -- --ignored`, on purpose only.
#[test]
#[ignore = "writes the golden file anew"]
fn rewrite_golden() {
    format::save(Path::new(GOLDEN), &sample()).unwrap();
}

#[test]
fn output_rows_are_kept_where_they_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let output = Array2::from_shape_fn((5, 3), |(i, j)| (i * 3 + j) as f32);
    let path = folder.path().join("v.w2v");
    format::save(&path, &sample().with_output(output)).unwrap();
    let bytes = fs::read(&path).unwrap();
    let opened = open_all(folder.path(), &bytes).unwrap();
    assert!(opened.has_output() && !sample().has_output());
    assert_eq!(opened.output_row(4).unwrap(), [12.0, 13.0, 14.0]);
    assert_eq!(opened.row(4), sample().row(4));
    // A word's output row goes where the word goes.
    let options = format::WriteOptions {
        words: Some(["crème".to_owned()].into()),
        ..Default::default()
    };
    format::save_as(&path, format::Format::Native, &opened, &options).unwrap();
    let one = format::open(&path).unwrap();
    assert_eq!(one.output_row(0).unwrap(), [6.0, 7.0, 8.0]);
    // A section of another length than the words need is refused, a damaged one found.
    let short = with_header(&bytes, |header| header.words += 1);
    assert!(open_all(folder.path(), &short).is_err());
    let mut damaged = bytes;
    *damaged.last_mut().unwrap() ^= 1;
    let error = open_all(folder.path(), &damaged).unwrap_err().to_string();
    assert!(error.contains("output-f32"), "{error}");
}

/// Nobody could open it.
#[test]
fn a_header_that_is_too_large_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.w2v");
    let owned = || {
        let matrix = Array2::zeros((1, 1));
        OwnedEmbeddings::from_words([("a", 1)].into_iter(), matrix)
    };
    for (length, fits) in [(1 << 19, true), (1 << 20, false)] {
        let metadata = Metadata {
            tool: "x".repeat(length),
            ..Metadata::default()
        };
        let saved = format::save(&path, &Embeddings::from_owned(owned(), metadata));
        assert_eq!((saved.is_ok(), path.exists()), (fits, fits));
        let _ = fs::remove_file(&path);
    }
}

#[test]
fn an_index_made_to_deceive_is_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.w2v");
    let good = written(folder.path());
    let length = u32::from_le_bytes(good[12..16].try_into().unwrap()) as usize;
    let header = Header::decode(&good[PREFIX..PREFIX + length]).unwrap();
    let at = header.sections.iter().position(|s| s.name == name::INDEX);
    let at = at.unwrap();
    let section = &header.sections[at];
    let (start, length) = (section.offset as usize, section.length as usize);
    for place in start..start + length {
        for value in [0, 0x3F, 0x80, 0xC0, 0xFF] {
            let mut bytes = good.clone();
            bytes[place] = value;
            let right = xxhash_rust::xxh3::xxh3_64(&bytes[start..start + length]);
            let bytes = with_header(&bytes, |header| header.sections[at].checksum = right);
            let _ = fs::remove_file(&path);
            fs::write(&path, bytes).unwrap();
            let Ok(opened) = format::open(&path) else {
                continue;
            };
            opened.check_words().unwrap();
            for (word, _) in WORDS {
                // The right row or none.
                assert!(opened.id(word).is_none_or(|id| opened.word(id) == word));
            }
            assert!(opened.near_misses("kng", 9).len() <= WORDS.len());
            assert!(opened.with_prefix("k").len() <= WORDS.len());
        }
    }
}
