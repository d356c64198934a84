//! Speed of exact search beside the machine's memory, and of opening:
//!
//! ```text
//! cargo bench --bench search -- 1000000 300
//! ```
//!
//! Makes a file of so many vectors with their i8 beside them in a temporary folder, checks the answers of
//! each way against each other, and then measures in turn, medians of the runs: reading so much memory with
//! all threads, one question, 1,000 questions together, one question over i8, opening. Without numbers it
//! does so with a small file, as a test.

use std::path::Path;
use std::time::Instant;

use ndarray::Array2;
use rayon::prelude::*;
use w2v::embeddings::{Embeddings, Metadata, OwnedEmbeddings};
use w2v::format::{self, Format, Stored, WriteOptions};
use w2v::kernels::Kernel;
use w2v::query::{Neighbor, Question, Search, answer_each};

const RUNS: usize = 7;
const TOP: usize = 10;
const BATCH: usize = 1_000;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    // Cargo adds `--bench`.
    let numbers = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    let numbers: Vec<usize> = numbers.map(|a| a.parse()).collect::<Result<_, _>>()?;
    let (rows, dim) = match numbers[..] {
        [rows, dim] => (rows, dim),
        _ => (2_000, 50),
    };
    let folder = tempfile::tempdir()?;
    let (plain, quick) = (folder.path().join("f32.w2v"), folder.path().join("i8.w2v"));
    make(rows, dim, &plain, &quick)?;
    let (plain, quick) = (format::open(&plain)?, format::open(&quick)?);
    let same = agreement(&plain, &quick)?;
    println!("{rows} x {dim}; {same:.2} % of the answers over i8 are the same {TOP} words");

    let bytes = (rows * dim * 4) as f64;
    let floats = vec![1.0_f32; rows * dim];
    let memory = median(|| read_all(&floats));
    let single = median(|| ask(&plain, &["w7"]).map(drop))?;
    let over_i8 = median(|| ask(&quick, &["w7"]).map(drop))?;
    let words = batch(rows);
    let together = median(|| ask(&plain, &words).map(drop))? / words.len() as f64;
    let memory = memory?;
    let rate = |seconds: f64| bytes / seconds / 1e9;
    println!("memory            {:8.2} GB/s", rate(memory));
    println!(
        "one question      {:8.2} ms, {:.2} GB/s, {:.0} % of the memory's",
        single * 1e3,
        rate(single),
        100.0 * memory / single
    );
    println!(
        "one over i8       {:8.2} ms, {:.2} times as fast",
        over_i8 * 1e3,
        single / over_i8
    );
    println!(
        "one of {BATCH}       {:8.3} ms, {:.1} times as fast",
        together * 1e3,
        single / together
    );
    Ok(())
}

/// Vectors about a few hundred centres, as those of words are, from a generator of fixed numbers.
fn make(rows: usize, dim: usize, plain: &Path, quick: &Path) -> Result<(), Failure> {
    let mut state = 1u64;
    let mut noise = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    let centres = Array2::from_shape_simple_fn((300, dim), &mut noise);
    let matrix = Array2::from_shape_fn((rows, dim), |(i, j)| centres[[i % 300, j]] + 1.5 * noise());
    let words = (0..rows).map(|i| (format!("w{i}"), 1));
    let owned = OwnedEmbeddings::from_words(words, matrix);
    let all = Embeddings::from_owned(owned, Metadata::default());
    for (path, quick) in [(plain, false), (quick, true)] {
        let numbers = Stored {
            quick,
            ..Default::default()
        };
        let options = WriteOptions {
            numbers,
            ..Default::default()
        };
        format::save_as(path, Format::Native, &all, &options)?;
    }
    Ok(())
}

fn batch(rows: usize) -> Vec<String> {
    (0..BATCH).map(|i| format!("w{}", i * 997 % rows)).collect()
}

fn ask<S: AsRef<str>>(of: &Embeddings, words: &[S]) -> Result<Vec<Vec<Neighbor>>, Failure> {
    let questions = words.iter().map(|word| Question::nearest(word.as_ref()));
    let questions: Vec<Question> = questions.collect();
    let answers = answer_each(of, &questions, Search::top(TOP))?;
    Ok(answers.into_iter().collect::<Result<_, _>>()?)
}

/// Percent of single questions over i8 with the answer of f32; those together must have it always.
fn agreement(plain: &Embeddings, quick: &Embeddings) -> Result<f64, Failure> {
    let words = batch(plain.len());
    let words = &words[..200];
    let together = ask(plain, words)?;
    let mut same = 0;
    for (word, expected) in words.iter().zip(&together) {
        let found = ask(quick, std::slice::from_ref(word))?;
        same += usize::from(&found[0] == expected);
    }
    for (word, expected) in words.iter().zip(&together).take(20) {
        assert_eq!(&ask(plain, std::slice::from_ref(word))?[0], expected);
    }
    Ok(100.0 * same as f64 / words.len() as f64)
}

/// Reads all of `floats` with all threads, by the same products as the search.
fn read_all(floats: &[f32]) -> Result<(), Failure> {
    let kernel = Kernel::best();
    let ones = vec![1.0; 4_096];
    let sum: f32 = floats
        .par_chunks(1 << 20)
        .map(|part| {
            part.chunks(ones.len())
                .map(|x| kernel.dot(x, &ones))
                .sum::<f32>()
        })
        .sum();
    assert!(sum > 0.0);
    Ok(())
}

/// Seconds of a run, the median.
fn median(mut run: impl FnMut() -> Result<(), Failure>) -> Result<f64, Failure> {
    let mut seconds = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        run()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[RUNS / 2])
}
