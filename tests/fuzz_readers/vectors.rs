//! Files of vectors in every format.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

use ndarray::Array2;
use w2v::embeddings::{Dtype, Embeddings, Metadata, OwnedEmbeddings};
use w2v::format::{self, Format, ReadOptions, Stored, WriteOptions};
use w2v::query;
use xxhash_rust::xxh3::xxh3_64;

use super::damage::Damager;
use super::{Seeds, Target, fuzz};

const WORDS: [&str; 6] = ["the", "-1", "crème", "王", "e5", "last"];

pub fn sample() -> Embeddings {
    let matrix = Array2::from_shape_fn((WORDS.len(), 4), |(i, j)| (i * 4 + j) as f32 * 0.4 - 3.0);
    let words = WORDS.iter().zip(1..);
    let owned = OwnedEmbeddings::from_words(words, matrix);
    Embeddings::from_owned(owned, Metadata::default())
}

/// Writes the sample as `name`.
fn save(folder: &Path, name: &str, format: Format, numbers: Stored) {
    let options = WriteOptions {
        numbers,
        ..Default::default()
    };
    format::save_as(&folder.join(name), format, &sample(), &options).unwrap();
}

/// Any file of vectors.
struct Vectors;

impl Target for Vectors {
    fn read(&mut self, path: &Path, _: &mut Damager) -> bool {
        read_and_use(path)
    }
}

/// Uses all that a reader gives.
fn read_and_use(path: &Path) -> bool {
    let in_place = ReadOptions {
        in_place: true,
        ..Default::default()
    };
    let laid = format::read(path, &in_place);
    let Ok((found, _)) = format::read(path, &ReadOptions::default()) else {
        assert!(laid.is_err());
        return false;
    };
    let (laid, _) = laid.unwrap();
    assert_eq!((laid.len(), laid.dim()), (found.len(), found.dim()));
    let _ = (found.verify(), found.check_words());
    for id in 0..found.len() as u32 {
        let word = found.word(id).to_owned();
        let _ = (found.id(&word), found.count(id), found.check_quick(id));
        let _ = found
            .quick_view()
            .map(|rows| rows.row(id as usize).floats().len());
        let _ = (found.check_row(id), found.vector(id).len());
        let _ = found.output_row(id).map(<[f32]>::len);
        let _ = query::nearest(&found, &word, 3);
    }
    let _ = (found.near_misses("kng", 3), found.with_prefix("c"));
    true
}

#[test]
fn native() {
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    let mut add = |name: &'static str, dtype, quick| {
        let numbers = Stored { dtype, quick };
        save(folder.path(), name, Format::Native, numbers);
        names.push(name);
    };
    add("f32", Dtype::F32, false);
    add("f32-quick", Dtype::F32, true);
    add("f16", Dtype::F16, true);
    add("i8", Dtype::I8, false);
    let both = sample().with_output(Array2::ones((WORDS.len(), 4)));
    format::save(&folder.path().join("output"), &both).unwrap();
    names.push("output");
    let seeds = Seeds::read(folder.path(), &names);
    fuzz("native", folder.path(), &seeds, Native);
}

/// The native file, with damage that its checksums do not betray.
struct Native;

impl Target for Native {
    fn repair(&self, bytes: &mut [u8], damager: &mut Damager) {
        if damager.below(3) > 0 {
            repair_native(bytes);
        }
    }

    fn read(&mut self, path: &Path, _: &mut Damager) -> bool {
        read_and_use(path)
    }
}

/// A word index that was made to lead out of itself, its checksum right: the program says in one line that the file is
/// damaged, or answers.
#[test]
fn a_deceitful_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.w2v");
    save(
        folder.path(),
        "vectors.w2v",
        Format::Native,
        Stored::default(),
    );
    let whole = fs::read(&path).unwrap();
    let index = section(&whole, "word-index").unwrap();
    let mut refused = 0;
    for at in index {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        repair_native(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_w2v"));
        command
            .args(["similarity", "the", "last", "--model"])
            .arg(&path);
        let run = command.output().unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(
            !said.contains("panicked") && !said.contains("defect"),
            "byte {at}: {said}"
        );
        match run.status.code() {
            Some(0) => assert_eq!(said, "", "byte {at}"),
            Some(1) => assert!(
                said.starts_with("error: ") && said.lines().count() == 1,
                "byte {at}: {said}"
            ),
            code => panic!("byte {at}: {code:?}, {said}"),
        }
        refused += usize::from(run.status.code() == Some(1));
    }
    assert!(refused > 20, "{refused}");
}

/// Makes the checksums of sections and header right.
pub fn repair_native(bytes: &mut [u8]) {
    const NAMES: [&str; 15] = [
        "word-ends",
        "words",
        "word-index",
        "counts",
        "inverse-norms",
        "row-sums",
        "matrix-f32",
        "matrix-f16",
        "matrix-i8",
        "row-factors",
        "quick-i8",
        "quick-sums",
        "quick-factors",
        "output-f32",
        "run",
    ];
    let Some(end) = header_end(bytes) else {
        return;
    };
    for name in NAMES {
        let Some(at) = entry(bytes, name).filter(|at| at + 32 <= end) else {
            continue;
        };
        if let Some(section) = section(bytes, name) {
            let sum = xxh3_64(&bytes[section]).to_le_bytes();
            bytes[at + 24..at + 32].copy_from_slice(&sum);
        }
    }
    let mut guarded = bytes[8..16].to_vec();
    guarded.extend(&bytes[24..end]);
    bytes[16..24].copy_from_slice(&xxh3_64(&guarded).to_le_bytes());
}

fn u64_at(bytes: &[u8], at: usize) -> usize {
    let found = bytes.get(at..).and_then(|b| b.first_chunk::<8>());
    found.map_or(0, |b| u64::from_le_bytes(*b) as usize)
}

/// Where a native file's header ends; none where that is outside the file.
fn header_end(bytes: &[u8]) -> Option<usize> {
    let length = u64_at(bytes, 8) >> 32;
    length.checked_add(24).filter(|end| *end <= bytes.len())
}

/// Where the header tells of a section's place, length and checksum.
fn entry(bytes: &[u8], name: &str) -> Option<usize> {
    let mut entry = (name.len() as u64).to_le_bytes().to_vec();
    entry.extend(name.as_bytes());
    let header = &bytes[24..header_end(bytes)?];
    let at = header.windows(entry.len()).position(|w| w == entry);
    at.map(|at| 24 + at + entry.len())
}

/// The section's bytes; none where they are outside the file.
fn section(bytes: &[u8], name: &str) -> Option<Range<usize>> {
    let at = entry(bytes, name)?;
    let (start, length) = (u64_at(bytes, at), u64_at(bytes, at + 8));
    let end = start.checked_add(length)?;
    (end <= bytes.len()).then_some(start..end)
}

/// Targets of the formats of other tools, as they write them.
fn foreign(name: &str, formats: &[(&'static str, Format)]) {
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for &(file, format) in formats {
        save(folder.path(), file, format, Stored::default());
        names.push(file);
    }
    // Beside other files, or the only form of them that is read.
    for (file, bytes) in [("packed", packed()), ("model", fasttext_model())] {
        let format = match file {
            "packed" => Format::Word2vecText,
            _ => Format::FastTextModel,
        };
        if formats.iter().any(|(_, f)| is_akin(*f, format)) {
            fs::write(folder.path().join(file), bytes).unwrap();
            names.push(file);
        }
    }
    let seeds = Seeds::read(folder.path(), &names);
    fuzz(name, folder.path(), &seeds, Vectors);
}

fn is_akin(one: Format, other: Format) -> bool {
    one == other || (one, other) == (Format::Finalfusion, Format::FastTextModel)
}

/// word2vec's text file in gzip.
fn packed() -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), Default::default());
    packer.write_all(b"2 3\nthe 1 2 3\ncat 4 5 6\n").unwrap();
    packer.finish().unwrap()
}

#[test]
fn word2vec() {
    let formats = [
        ("binary", Format::Word2vecBinary),
        ("text", Format::Word2vecText),
        ("glove", Format::Glove),
    ];
    foreign("word2vec", &formats);
}

#[test]
fn models() {
    let formats = [
        ("chunks", Format::Finalfusion),
        ("board.tsv", Format::TensorBoard),
    ];
    foreign("models", &formats);
}

/// Matrices, their words in a file of their own, which is damaged as well.
#[test]
fn matrices() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "a.npy", Format::Npy, Stored::default());
    let format = Format::Safetensors;
    save(folder.path(), "b.safetensors", format, Stored::default());
    let names = ["a.npy", "a.vocab.txt", "b.safetensors", "b.vocab.txt"];
    let seeds = Seeds::read(folder.path(), &names);
    fuzz("matrices", folder.path(), &seeds, Matrices);
}

struct Matrices;

impl Target for Matrices {
    fn read(&mut self, path: &Path, _: &mut Damager) -> bool {
        let name = path.file_name().unwrap().to_str().unwrap();
        match name {
            "a.vocab.txt" => read_and_use(&path.with_file_name("a.npy")),
            "b.vocab.txt" => read_and_use(&path.with_file_name("b.safetensors")),
            _ => read_and_use(path),
        }
    }
}

/// fastText's model of two words and three buckets, as its source writes it.
fn fasttext_model() -> Vec<u8> {
    let i32s = |numbers: &[i32]| -> Vec<u8> {
        let bytes = numbers.iter().flat_map(|x| x.to_le_bytes());
        bytes.collect()
    };
    let mut file = i32s(&[793_712_314, 12, 2, 5, 1, 1, 5, 1, 2, 2, 3, 3, 6, 100]);
    file.extend(1e-4f64.to_le_bytes());
    file.extend(i32s(&[2, 2, 0]));
    file.extend(9i64.to_le_bytes());
    file.extend((-1i64).to_le_bytes());
    for (word, count) in [("ab", 6i64), ("cde", 3)] {
        file.extend(word.as_bytes());
        file.push(0);
        file.extend(count.to_le_bytes());
        file.push(0);
    }
    file.push(0);
    for rows in [5i64, 2] {
        file.extend(rows.to_le_bytes());
        file.extend(2i64.to_le_bytes());
        for i in 0..rows * 2 {
            file.extend((i as f32).to_le_bytes());
        }
        if rows == 5 {
            file.push(0);
        }
    }
    file
}
