//! One epoch, what of it is not arithmetic, the gain of a second thread, which share of the machine's peak both
//! reach, and saving and loading what comes out.
//!
//! ```text
//! cargo bench --bench train [-- corpus.txt]
//! ```
//!
//! Without a text it trains on one of its own, whose words follow Zipf's law.
//!
//! Before a clock starts, the answer is checked: every kernel's loss against the portable one's, and
//! what is read back against what was written.

#![allow(clippy::expect_used)]

use std::ops::ControlFlow;
use std::time::Instant;

use w2v::corpus::{Corpus, ScanOptions};
use w2v::embeddings::Embeddings;
use w2v::kernels::Kernel;
use w2v::text::{Input, TextOptions, TokenizerKind};
use w2v::train::{TrainOptions, Trained, Vectors, train};
use w2v::vocab::Vocab;
use w2v::{format, memory};

mod peak;

const ROUNDS: usize = 5;

/// A text whose words follow Zipf's law: word `i` has a share of about `1 / i`.
fn zipf(words: u32, tokens: usize) -> Corpus {
    let mut state = 1_u64;
    let ln = f64::from(words).ln();
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
        ((uniform * ln).exp() as u32).min(words) - 1
    };
    let ids: Vec<u32> = (0..tokens).map(|_| draw()).collect();
    let mut counts = vec![1_u64; words as usize];
    ids.iter().for_each(|id| counts[*id as usize] += 1);
    // By frequency, so that ids are what they are in a real vocabulary.
    let mut order: Vec<u32> = (0..words).collect();
    order.sort_by_key(|id| std::cmp::Reverse(counts[*id as usize]));
    let mut rank = vec![0_u32; words as usize];
    for (at, id) in order.iter().enumerate() {
        rank[*id as usize] = at as u32;
    }
    let named = order
        .iter()
        .map(|id| (format!("w{id:07}"), counts[*id as usize]));
    let vocab = Vocab::from_counts(named, 1, None);
    let sentences = ids.chunks(25).map(|ids| {
        ids.iter()
            .map(|id| rank[*id as usize])
            .collect::<Vec<u32>>()
    });
    Corpus::from_sentences(vocab, sentences)
}

fn epoch(corpus: &Corpus, kernel: Kernel, dim: usize, threads: usize) -> Trained {
    let options = TrainOptions {
        dim,
        threads,
        epochs: 1,
        subsample: 1e-4,
        vectors: Vectors::Input,
        kernel: Some(kernel),
        ..TrainOptions::default()
    };
    let config = options.validate().expect("options in range");
    train(&config, corpus, &mut |_| ControlFlow::Continue(())).expect("a plain run")
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Words a second in millions, medians of rounds that alternate between `cases`.
fn speeds(corpus: &Corpus, cases: &[(Kernel, usize, usize)], rounds: usize) -> Vec<f64> {
    let mut all = vec![Vec::new(); cases.len()];
    for _ in 0..rounds {
        for (rates, (kernel, dim, threads)) in all.iter_mut().zip(cases) {
            let seconds = epoch(corpus, *kernel, *dim, *threads).elapsed.as_secs_f64();
            rates.push(corpus.tokens() as f64 / seconds / 1e6);
        }
    }
    all.into_iter().map(median).collect()
}

fn training(corpus: &Corpus, rounds: usize) {
    let small = zipf(500, 200_000);
    let expected = epoch(&small, Kernel::Portable, 100, 1).loss[0];
    for kernel in Kernel::available() {
        let found = epoch(&small, kernel, 100, 1).loss[0];
        assert!((found / expected - 1.0).abs() < 1e-3, "{kernel}: {found}");
    }
    let best = Kernel::best();
    let fast = Kernel::available().filter(|kernel| *kernel != Kernel::Portable);
    let cases: Vec<_> = fast.flat_map(|k| [(k, 100), (k, 300)]).collect();
    for &(kernel, dim) in &cases {
        let rate = speeds(corpus, &[(kernel, dim, 1)], rounds)[0];
        println!("one epoch, dim {dim}, one thread, {kernel}: {rate:.2} M words/s");
    }
    let both = speeds(corpus, &[(best, 100, 1), (best, 1, 1)], rounds);
    let share = both[0] / both[1];
    println!(
        "sampling, and a dim of 1: {:.2} M words/s, {:.0} % of the time at dim 100",
        both[1],
        share * 100.0
    );
    let both = speeds(corpus, &[(best, 100, 1), (best, 100, 2)], rounds);
    println!("second thread: x {:.2}", both[1] / both[0]);
    for (kernel, dim) in cases {
        let (rate, share) = of_peak(corpus, kernel, dim, rounds);
        println!(
            "two threads, dim {dim}, {kernel}: {rate:.0} GFLOP/s, {:.0} % of the peak of both at once",
            100.0 * share
        );
    }
}

/// GFLOP/s of two threads that train, and their share of what two threads at once could do.
fn of_peak(corpus: &Corpus, kernel: Kernel, dim: usize, rounds: usize) -> (f64, f64) {
    let (mut rates, mut shares) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let peak = std::thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(peak::peak));
            both.map(|one| one.join().expect("no panic"))
                .iter()
                .sum::<f64>()
        });
        let trained = epoch(corpus, kernel, dim, 2);
        let outputs = 1 + TrainOptions::default().negatives;
        let rate = peak::operations(trained.pairs, outputs, dim) / trained.elapsed.as_secs_f64();
        rates.push(rate / 1e9);
        shares.push(rate / peak);
    }
    (median(rates), median(shares))
}

/// The words of a text, as they stand.
fn scanned(path: &str) -> w2v::Result<Corpus> {
    let options = ScanOptions {
        inputs: vec![Input::Path(path.into())],
        text: TextOptions::new(TokenizerKind::Whitespace),
        min_count: 5,
        threads: 2,
        ..ScanOptions::default()
    };
    Corpus::scan(&options, &mut |_| true)
}

fn files(corpus: &Corpus, dim: usize, rounds: usize) -> w2v::Result<()> {
    let trained = epoch(corpus, Kernel::best(), dim, 2).embeddings;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vectors.w2v");
    format::save(&path, &trained)?;
    let same = |read: &Embeddings| (0..read.len() as u32).all(|id| read.row(id) == trained.row(id));
    assert!(same(&format::open(&path)?));
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len()) as f64;
    let (mut save, mut open) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let began = Instant::now();
        format::save(&path, &trained)?;
        save.push(bytes / began.elapsed().as_secs_f64() / 1e6);
        let began = Instant::now();
        let read = format::open(&path)?;
        open.push(began.elapsed().as_secs_f64() * 1e6);
        assert_eq!(read.len(), trained.len());
    }
    println!(
        "save {:.0} MB: {:.0} MB/s, flushed to the disk; open: {:.0} microseconds",
        bytes / 1e6,
        median(save),
        median(open)
    );
    Ok(())
}

fn main() -> w2v::Result<()> {
    // `cargo test --benches` only checks the answers.
    let testing = !std::env::args().any(|arg| arg == "--bench");
    let (words, tokens, rounds) = match testing {
        true => (2_000, 100_000, 1),
        false => (70_000, 8_000_000, ROUNDS),
    };
    let path = std::env::args().skip(1).find(|arg| !arg.starts_with("--"));
    let corpus = match path {
        Some(path) => scanned(&path)?,
        None => zipf(words, tokens),
    };
    println!(
        "{} tokens, {} words, {} GB of memory",
        corpus.tokens(),
        corpus.vocab().len(),
        memory::available_bytes().unwrap_or(0) >> 30
    );
    training(&corpus, rounds);
    files(&corpus, 100, rounds)
}
