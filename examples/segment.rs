//! Writes the words of a text as the scan cuts it, a sentence a line with spaces between, for other tools:
//!
//! ```text
//! cargo run --release --example segment -- corpus.txt [whitespace|unicode|chinese] > words.txt
//! ```
//!
//! Without a tokenizer it takes the one that `w2v train` would take. The whole text is held in memory.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use w2v::corpus::{Corpus, SENTENCE_START, ScanOptions};
use w2v::text::{Input, TextOptions, TokenizerKind};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args
        .next()
        .ok_or("expected a text: segment TEXT [TOKENIZER]")?;
    let tokenizer = match args.next() {
        Some(name) => {
            let kind = TokenizerKind::from_name(&name);
            Some(kind.ok_or_else(|| format!("{name}: expected whitespace, unicode or chinese"))?)
        }
        None => None,
    };
    let options = ScanOptions {
        inputs: vec![Input::Path(PathBuf::from(path))],
        text: TextOptions::new(tokenizer.unwrap_or(TokenizerKind::Unicode)),
        detect_tokenizer: tokenizer.is_none(),
        threads: std::thread::available_parallelism()?.get(),
        ..ScanOptions::default()
    };
    let corpus = Corpus::scan(&options, &mut |_| true)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut ids = Vec::new();
    for segment in 0..corpus.segments() {
        corpus.read_segment(segment, &mut ids);
        for (place, &id) in ids.iter().enumerate() {
            let word = corpus.vocab().word(id & !SENTENCE_START);
            // Every segment begins with a sentence.
            let before = match (segment, place) {
                (0, 0) => "",
                _ if id & SENTENCE_START != 0 => "\n",
                _ => " ",
            };
            write!(out, "{before}{word}")?;
        }
    }
    writeln!(out)?;
    Ok(out.flush()?)
}
