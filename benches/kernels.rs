//! The training step alone: GFLOP/s of every kernel of this machine, on rows that are in the cache
//! and on rows drawn as words are, beside the machine's peak.
//!
//! Before the clock starts, each kernel's loss is compared with the portable one's.

#![allow(clippy::expect_used)]

use std::hint::black_box;
use std::time::Instant;

use w2v::kernels::Kernel;
use w2v::memory::{Form, SharedMatrix, Stepper};

mod peak;
use peak::{operations, peak};

const WINDOW: usize = 5;
const SENTENCE: usize = 1_000;

/// Words of a text, by Zipf's law: word `i` has a share of about `1 / i`.
fn zipf(words: u32, n: usize, seed: u64) -> Vec<u32> {
    let mut state = seed | 1;
    let ln = f64::from(words).ln();
    (0..n)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
            ((uniform * ln).exp() as u32).min(words) - 1
        })
        .collect()
}

struct Case {
    words: u32,
    dim: usize,
    negatives: usize,
}

/// One sentence after the other, `rounds` times; seconds, floating-point operations and mean loss.
fn run(kernel: Kernel, case: &Case, rounds: usize) -> (f64, f64, f64) {
    let matrix = |seed: u64| {
        let matrix = SharedMatrix::zeroed(case.words as usize, case.dim).expect("memory");
        let mut row = vec![0.0; case.dim];
        for id in 0..case.words {
            for (i, x) in row.iter_mut().enumerate() {
                *x = ((u64::from(id) * 31 + i as u64 * 17 + seed) % 101) as f32 / 505.0 - 0.1;
            }
            matrix.write_row(id, &row);
        }
        matrix
    };
    let (input, output) = (matrix(1), matrix(2));
    let width = 1 + case.negatives;
    let mut stepper = Stepper::new(
        kernel,
        Form::SkipGram,
        (&input, &output),
        [WINDOW, width, SENTENCE],
    );
    let sentences: Vec<_> = (0..20)
        .map(|s| {
            let words = zipf(case.words, SENTENCE, 2 * s + 1);
            let noise = zipf(case.words, SENTENCE * width, 2 * s + 2);
            let outputs: Vec<u32> = (words.iter().zip(noise.chunks(width)))
                .flat_map(|(word, noise)| [&[*word], &noise[1..]].concat())
                .collect();
            (words, outputs)
        })
        .collect();
    let mut pairs = 0;
    let began = Instant::now();
    for _ in 0..rounds {
        for (words, outputs) in &sentences {
            stepper.sentence(words, outputs);
            for centre in 0..words.len() {
                stepper.step(centre, 1 + centre % WINDOW, 1e-4);
            }
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let (loss, n) = black_box(stepper.take_loss().total());
    pairs += n;
    let flops = operations(pairs, width, case.dim);
    (seconds, flops, loss / pairs as f64)
}

fn main() {
    // `cargo test --benches` only checks the answers.
    let testing = !std::env::args().any(|arg| arg == "--bench");
    let cases = [
        Case {
            words: 40,
            dim: 100,
            negatives: 5,
        },
        Case {
            words: 70_000,
            dim: 100,
            negatives: 5,
        },
        Case {
            words: 40,
            dim: 300,
            negatives: 5,
        },
        Case {
            words: 70_000,
            dim: 300,
            negatives: 5,
        },
    ];
    println!("one thread; share of the machine's peak for multiply-adds");
    for case in &cases {
        for kernel in Kernel::available() {
            let expected = run(Kernel::Portable, case, 1).2;
            let found = run(kernel, case, 1).2;
            assert!(
                (found / expected - 1.0).abs() < 5e-3,
                "{kernel}: {found}, not {expected}"
            );
            if testing {
                continue;
            }
            let rounds = 12_000 / case.dim;
            let mut shares = Vec::new();
            let mut rates = Vec::new();
            for _ in 0..7 {
                let peak = peak();
                let (seconds, flops, _) = run(kernel, case, rounds);
                rates.push(flops / seconds / 1e9);
                shares.push(flops / seconds / peak);
            }
            rates.sort_by(f64::total_cmp);
            shares.sort_by(f64::total_cmp);
            println!(
                "{:>6} words, dim {:>3}, negatives {}: {kernel:>8} {:>6.1} GFLOP/s, {:>4.1} % of peak",
                case.words,
                case.dim,
                case.negatives,
                rates[3],
                shares[3] * 100.0
            );
        }
    }
}
