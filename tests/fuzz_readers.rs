//! Damages files of every format at random and reads them: an error or vectors, never a panic.
//!
//! By default a few thousand damages, the same ones on each run. For longer, with others:
//!
//!     W2V_FUZZ_SECONDS=600 cargo test --release --test fuzz_readers
#![allow(clippy::unwrap_used)] // also in the helpers of tests

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use ndarray::Array2;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use w2v::embeddings::{Dtype, Embeddings, Metadata, OwnedEmbeddings};
use w2v::format::{self, Format, ReadOptions, Stored, WriteOptions};
use w2v::query;

const WORDS: [&str; 6] = ["the", "-1", "crème", "王", "e5", "last"];
/// Damaged files of each kind where nobody asks for more.
const ROUNDS: usize = 400;

fn sample() -> Embeddings {
    let matrix = Array2::from_shape_fn((WORDS.len(), 4), |(i, j)| (i * 4 + j) as f32 * 0.4 - 3.0);
    let words = WORDS.iter().zip(1..);
    let owned = OwnedEmbeddings::from_words(words, matrix);
    Embeddings::from_owned(owned, Metadata::default())
}

/// A file of each kind: its name and bytes.
fn seeds(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    let mut add = |name: String, format, numbers| {
        let path = folder.join(&name);
        let options = WriteOptions {
            numbers,
            ..Default::default()
        };
        format::save_as(&path, format, &sample(), &options).unwrap();
        seeds.push((name, fs::read(path).unwrap()));
    };
    for format in Format::writable() {
        // The words of some stand beside them, whole.
        add(format!("seed.{}", format.name()), format, Stored::default());
    }
    for dtype in [Dtype::F16, Dtype::I8] {
        let quick = dtype == Dtype::F16;
        let numbers = Stored { dtype, quick };
        add(format!("seed-{}", dtype.name()), Format::Native, numbers);
    }
    let model = ("seed-fasttext-model".to_owned(), fasttext_model());
    fs::write(folder.join(&model.0), &model.1).unwrap();
    seeds.push(model);
    seeds
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

struct Damager(Xoshiro256PlusPlus);

impl Damager {
    fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n.max(1) as u64) as usize
    }

    /// One to four damages.
    fn damage(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        const NUMBERS: [u64; 9] = [
            0,
            1,
            0x7F,
            0xFFFF,
            i32::MAX as u64,
            u32::MAX as u64,
            1 << 62,
            1 << 63,
            u64::MAX,
        ];
        const TEXTS: [&str; 10] = [
            "nan",
            "-inf",
            "0,5",
            "1e999",
            "\n",
            " ",
            "\t",
            "-",
            "99999999999999999999",
            "\u{a0}",
        ];
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let end = (at + 1 + self.below(40)).min(bytes.len());
            match self.below(7) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 => bytes.truncate(at),
                2 => drop(bytes.drain(at..end)),
                3 => {
                    let part = bytes[at..end].to_vec();
                    bytes.splice(at..at, part);
                }
                4 => {
                    let number = NUMBERS[self.below(NUMBERS.len())].to_le_bytes();
                    for (to, from) in bytes[at..].iter_mut().zip(number) {
                        *to = from;
                    }
                }
                5 => {
                    let text = TEXTS[self.below(TEXTS.len())].bytes();
                    bytes.splice(at..at, text);
                }
                _ => {
                    let from = self.below(other.len());
                    bytes.extend(other[from..].iter().take(60));
                }
            }
        }
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
        let _ = query::nearest(&found, &word, 3);
    }
    let _ = (found.near_misses("kng", 3), found.with_prefix("c"));
    true
}

#[test]
fn no_damage_makes_a_reader_panic() {
    let folder = tempfile::tempdir().unwrap();
    let seeds = seeds(folder.path());
    for (name, _) in &seeds {
        assert!(read_and_use(&folder.path().join(name)), "{name} is whole");
    }
    let seconds = std::env::var("W2V_FUZZ_SECONDS").ok();
    let seconds: u64 = seconds.map_or(0, |text| text.parse().unwrap());
    let clock = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let seed = if seconds > 0 { clock } else { 1 };
    let mut damager = Damager(Xoshiro256PlusPlus::seed_from_u64(seed));
    let (began, most) = (Instant::now(), Duration::from_secs(seconds));
    let (mut rounds, mut read) = (0usize, 0usize);
    while rounds < ROUNDS || began.elapsed() < most {
        rounds += 1;
        for (name, whole) in &seeds {
            let mut bytes = whole.clone();
            let other = &seeds[damager.below(seeds.len())].1;
            damager.damage(&mut bytes, other);
            let path = folder.path().join(name);
            // A file of its own each time: the one before may still be mapped.
            fs::remove_file(&path).unwrap();
            fs::write(&path, &bytes).unwrap();
            match catch_unwind(AssertUnwindSafe(|| read_and_use(&path))) {
                Ok(good) => read += usize::from(good),
                Err(_) => panic!("{name}, seed {seed}, round {rounds}: {bytes:?}"),
            }
        }
    }
    println!(
        "{} damaged files, {read} read nevertheless",
        rounds * seeds.len()
    );
    assert!(read > 0 && read < rounds * seeds.len());
}
