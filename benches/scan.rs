//! Speed of the scan (count and encode) on a text:
//!
//! ```text
//! cargo bench --bench scan -- corpus.txt [unicode|whitespace] [threads]
//! ```
//!
//! Without a file it scans a small text of its own and checks the counts, as a test.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use w2v::corpus::{Corpus, ScanOptions};
use w2v::text::{Input, TextOptions, TokenizerKind};

const RUNS: usize = 5;

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
    let mut seconds = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let corpus = Corpus::scan(&options, &mut |_| true)?;
        seconds.push(start.elapsed().as_secs_f64());
        if args.is_empty() {
            assert_eq!(corpus.vocab().counts(), [2_000, 1_000, 1_000]);
        }
        if seconds.len() == RUNS {
            report(&corpus, &mut seconds);
        }
    }
    Ok(())
}

fn report(corpus: &Corpus, seconds: &mut [f64]) {
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let facts = corpus.facts();
    println!(
        "{:.0} MB/s, {:.1} M tokens/s (median of {RUNS}, {median:.3} s; best {:.3} s): {} tokens, {} types, {} kept",
        facts.bytes as f64 / median / 1e6,
        facts.tokens as f64 / median / 1e6,
        seconds[0],
        facts.tokens,
        facts.types,
        corpus.vocab().len(),
    );
}
