//! Speed of the scan (count and encode) on a text:
//!
//! ```text
//! cargo bench --bench scan -- corpus.txt [unicode|whitespace|chinese] [threads]
//! ```
//!
//! It prints how fast that is, which share of the time goes by once the text is read (merging words), how long the
//! text then takes to be cut into pieces, as training begins, with the last ids for all tokens, and how many bytes a
//! token takes.
//!
//! Without a file it scans a small text of its own and checks the counts, as a test.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use w2v::corpus::{Corpus, ScanOptions};
use w2v::text::{Input, TextOptions, TokenizerKind};

const RUNS: usize = 5;
/// Tokens of a piece.
const PIECE: usize = 1 << 15;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo adds `--bench`.
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    let mut small = tempfile::NamedTempFile::new()?;
    let path = match args.first() {
        Some(path) => PathBuf::from(path),
        None => {
            small.write_all("The cat, the dog.\n".repeat(1_000).as_bytes())?;
            small.path().to_path_buf()
        }
    };
    let kind = args.get(1).and_then(|name| TokenizerKind::from_name(name));
    let options = ScanOptions {
        inputs: vec![Input::Path(path)],
        text: TextOptions::new(kind.unwrap_or(TokenizerKind::Unicode)),
        min_count: 5,
        threads: args.get(2).map_or(Ok(2), |threads| threads.parse())?,
        ..ScanOptions::default()
    };
    let (mut seconds, mut after, mut cut) = (Vec::new(), Vec::new(), Vec::new());
    for run in 1..=RUNS {
        let start = Instant::now();
        let mut last = start;
        // The last call comes when the text is read.
        let corpus = Corpus::scan(&options, &mut |_| {
            last = Instant::now();
            true
        })?;
        let whole = start.elapsed().as_secs_f64();
        after.push(last.elapsed().as_secs_f64() / whole);
        seconds.push(whole);
        let start = Instant::now();
        let pieces = corpus.cut(|left| left.len().min(PIECE));
        cut.push(start.elapsed().as_secs_f64());
        let tokens: usize = pieces.iter().map(|piece| piece.tokens()).sum();
        assert_eq!(tokens as u64, corpus.tokens());
        if args.is_empty() {
            assert_eq!(corpus.vocab().counts(), [2_000, 1_000, 1_000]);
        }
        if run == RUNS {
            report(&corpus, [&mut seconds, &mut after, &mut cut]);
        }
    }
    Ok(())
}

fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn report(corpus: &Corpus, runs: [&mut [f64]; 3]) {
    let best = runs[0].iter().copied().fold(f64::INFINITY, f64::min);
    let [time, after, cut] = runs.map(median);
    let facts = corpus.facts();
    println!(
        "{:.0} MB/s, {:.1} M tokens/s (median of {RUNS}, {time:.3} s; best {:.3} s), {:.1} % of it after reading; \
         cut in {:.3} s: {} tokens, {} types, {} kept, {:.2} bytes a token",
        facts.bytes as f64 / time / 1e6,
        facts.tokens as f64 / time / 1e6,
        best,
        100.0 * after,
        cut,
        facts.tokens,
        facts.types,
        corpus.vocab().len(),
        corpus.bytes_of_ids() as f64 / corpus.tokens() as f64,
    );
}
