//! `w2v phrases`.

use std::time::Instant;

use serde::Serialize;
use w2v::corpus::{Corpus, PhraseCandidate, ScanOptions};

use super::Failure;
use super::human;
use super::interrupt::Interrupt;
use super::log::RunLog;
use super::output::{Output, OutputArgs};
use super::phrase_args::PairArgs;
use super::progress::Talk;
use super::scan::or_interrupted;
use super::text_args::{InputArgs, WordArgs, scan_options, threads};

const EXAMPLES: &str = "\
Examples:
  w2v phrases corpus.txt | less
  w2v phrases corpus.txt --phrase-score npmi --top 0 > pairs.tsv
  w2v train corpus.txt --phrases 1 --phrase-threshold 200";

/// Show the pairs of words that `train --phrases` may join: `phrase<TAB>count<TAB>score` lines
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Show so many, the best first; 0 is all
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    top: usize,
    /// Threads, 0 for all cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Say nothing but the phrases and errors
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    pairs: PairArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    words: WordArgs,
}

/// A pair in JSON.
#[derive(Serialize)]
struct Row<'a> {
    phrase: &'a str,
    count: u64,
    score: f64,
}

/// Counts, scores, writes.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let began = Instant::now();
    let scan = ScanOptions {
        phrases: args.pairs.options()?,
        ..scan_options(&args.input, &args.words, threads(args.threads))?
    };
    let interrupt = Interrupt::install()?;
    let mut talk = Talk::new(args.quiet, RunLog::none());
    let result = Corpus::phrase_candidates(&scan, &mut |progress| {
        talk.scanning(&progress);
        !interrupt.asked()
    });
    talk.done();
    let (pairs, facts) = or_interrupted(result, &interrupt)?;
    talk.line(&format!(
        "scanned {} in {}: {} tokens, {} pairs of words that come {} times or more",
        human::bytes(facts.bytes),
        human::duration(began.elapsed()),
        human::count(facts.tokens),
        human::count(pairs.len() as u64),
        scan.phrases.min_count,
    ));
    let threshold = scan.phrases.threshold;
    let above = pairs.partition_point(|pair| pair.score > threshold);
    let joined: u64 = pairs[..above].iter().map(|pair| pair.count).sum();
    talk.line(&format!(
        "above the usual threshold of {threshold}: {} pairs, {} times in the text",
        human::count(above as u64),
        human::count(joined),
    ));
    let most = if args.top == 0 { pairs.len() } else { args.top };
    write(&args.output, &pairs[..pairs.len().min(most)])
}

fn write(args: &OutputArgs, pairs: &[PhraseCandidate]) -> Result<(), Failure> {
    let mut output = Output::new(args);
    for pair in pairs {
        let &PhraseCandidate {
            ref phrase,
            count,
            score,
        } = pair;
        match output.is_json() {
            true => output.line(&Row {
                phrase,
                count,
                score,
            })?,
            false => output.row([phrase, &count.to_string(), &format!("{score:.6}")])?,
        }
    }
    output.finish()
}
