//! `w2v vocab`.

use serde::Serialize;
use w2v::corpus::{Corpus, ScanOptions};

use super::Failure;
use super::human;
use super::interrupt::Interrupt;
use super::log::RunLog;
use super::output::{Output, OutputArgs};
use super::phrase_args::PhraseArgs;
use super::progress::Talk;
use super::scan::scan_text;
use super::text_args::{InputArgs, KeepArgs, WordArgs, scan_options, threads};
use super::things_args::TEXT_MIN_COUNT;

/// What the summary compares.
const MIN_COUNTS: [usize; 7] = [1, 2, 5, 10, 20, 50, 100];
/// Most frequent words in the summary.
const FREQUENT: usize = 20;
/// Tokens of a sentence that it shows.
const TOKENS: usize = 20;

const EXAMPLES: &str = "\
Examples:
  w2v vocab corpus.txt > words.tsv
  w2v vocab corpus.txt --min-count 1 --json
  w2v vocab posts.csv --column body --tokenizer chinese | head";

/// Count the words of a text: `word<TAB>count` lines, and a summary on standard error
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Threads, 0 for all cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Say nothing but the words and errors
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    words: WordArgs,
    #[command(flatten)]
    keep: KeepArgs,
    #[command(flatten)]
    phrases: PhraseArgs,
}

/// A word in JSON.
#[derive(Serialize)]
struct Row<'a> {
    word: &'a str,
    count: u64,
}

/// Scans, sums up, writes.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let scan = ScanOptions {
        min_count: args.keep.min_count.unwrap_or(TEXT_MIN_COUNT),
        max_vocab: args.keep.max_vocab(),
        phrases: args.phrases.options()?,
        ..scan_options(&args.input, &args.words, threads(args.threads))?
    };
    let interrupt = Interrupt::install()?;
    let mut talk = Talk::new(args.quiet, RunLog::none());
    let corpus = scan_text(&scan, &mut talk, &interrupt)?;
    summary(&corpus, &mut talk);
    let vocab = corpus.vocab();
    let mut output = Output::new(&args.output);
    for (id, &count) in vocab.counts().iter().enumerate() {
        let word = vocab.word(id as u32);
        match output.is_json() {
            true => output.line(&Row { word, count })?,
            false => output.row([word, &count.to_string()])?,
        }
    }
    output.finish()
}

/// What a user wants to know before choosing options.
fn summary(corpus: &Corpus, talk: &mut Talk) {
    let (facts, vocab) = (corpus.facts(), corpus.vocab());
    talk.line("min-count      words   of the tokens");
    for min_count in MIN_COUNTS {
        let (types, tokens) = facts.kept_by(min_count);
        talk.line(&format!(
            "{min_count:>9} {:>10} {:>13.2} %",
            human::count(types),
            100.0 * tokens as f64 / facts.tokens.max(1) as f64
        ));
    }
    let frequent = 0..vocab.len().min(FREQUENT) as u32;
    let frequent: Vec<&str> = frequent.map(|id| vocab.word(id)).collect();
    talk.line(&format!("most frequent: {}", frequent.join(" ")));
    for sentence in corpus.sample() {
        let shown = sentence.iter().take(TOKENS).map(String::as_str);
        let more = (sentence.len() > TOKENS).then_some("...");
        let shown: Vec<&str> = shown.chain(more).collect();
        talk.line(&format!("a sentence: {}", shown.join(" | ")));
    }
}
