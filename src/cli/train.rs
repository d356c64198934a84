//! `w2v train`.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use w2v::corpus::{Corpus, ScanOptions};
use w2v::text::{Input, TextOptions, TokenizerKind};
use w2v::train::{TrainConfig, Trained};
use w2v::{format, train};

use super::Failure;
use super::human;
use super::interrupt::Interrupt;
use super::model::DEFAULT_PATH;
use super::progress::Talk;
use super::trainer_args::TrainerArgs;

const EXAMPLES: &str = "\
Examples:
  w2v train corpus.txt
  w2v train a.txt b.txt.gz c.txt.zst -o books.w2v
  zcat news.gz | w2v train - --dim 200 --epochs 10
  w2v train corpus.txt --threads 1 --seed 7     the same bytes every time";

/// Train word vectors on text
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Texts, a sentence a line; plain, gzip or zstd; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    inputs: Vec<PathBuf>,
    /// Where to write the vectors
    #[arg(short, long, value_name = "FILE", default_value = DEFAULT_PATH)]
    output: PathBuf,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    text: TextArgs,
    #[command(flatten)]
    trainer: TrainerArgs,
}

/// What the words are.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Text")]
struct TextArgs {
    /// What a word is: `unicode` takes words as UAX #29 defines them, lower-cased; `whitespace`
    /// takes whatever stands between white space, unchanged
    #[arg(long, value_enum, default_value_t = Tokenizer::Unicode)]
    tokenizer: Tokenizer,
    /// Drop words that occur less often
    #[arg(long, value_name = "N", default_value_t = 5)]
    min_count: u64,
    /// Keep only the N most frequent words
    #[arg(long, value_name = "N")]
    max_vocab: Option<NonZeroUsize>,
}

/// [`TokenizerKind`] as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tokenizer {
    Unicode,
    Whitespace,
}

impl From<Tokenizer> for TokenizerKind {
    fn from(tokenizer: Tokenizer) -> Self {
        match tokenizer {
            Tokenizer::Unicode => Self::Unicode,
            Tokenizer::Whitespace => Self::Whitespace,
        }
    }
}

/// Scans, trains, saves.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let began = Instant::now();
    let config = args
        .trainer
        .options()
        .validate()
        .map_err(Failure::Library)?;
    let scan = args.scan_options(&config);
    format::probe_output(&args.output)?;
    let interrupt = Interrupt::install()?;
    let mut talk = Talk::new(args.quiet);
    talk.line(&configuration(&args, &scan, &config));
    let corpus = scan_text(&scan, &mut talk, &interrupt)?;
    let trained = train_on(&config, &corpus, &mut talk, &interrupt)?;
    format::save(&args.output, &trained.embeddings)?;
    let bytes = std::fs::metadata(&args.output).map_or(0, |file| file.len());
    talk.line(&format!(
        "wrote {}: {} words x {}, {}; {} in all",
        args.output.display(),
        human::count(trained.embeddings.len() as u64),
        trained.embeddings.dim(),
        human::bytes(bytes),
        human::duration(began.elapsed()),
    ));
    Ok(())
}

impl Args {
    /// What to scan, for as many threads as the training will have.
    fn scan_options(&self, config: &TrainConfig) -> ScanOptions {
        let inputs = self
            .inputs
            .iter()
            .map(|path| match path.as_os_str() == "-" {
                true => Input::Stdin,
                false => Input::Path(path.clone()),
            })
            .collect();
        ScanOptions {
            inputs,
            text: TextOptions::new(self.text.tokenizer.into()),
            min_count: self.text.min_count,
            max_vocab: self.text.max_vocab.map(NonZeroUsize::get),
            threads: config.threads(),
            ..ScanOptions::default()
        }
    }
}

/// All that decides the result, as the model will store it.
fn configuration(args: &Args, scan: &ScanOptions, config: &TrainConfig) -> String {
    let mut text = vec![
        format!("tokenizer {}", scan.text.tokenizer.name()),
        format!("min-count {}", args.text.min_count),
    ];
    text.extend(args.text.max_vocab.map(|n| format!("max-vocab {n}")));
    let training = config.describe();
    let training: Vec<String> = training
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    format!(
        "w2v {}\n  text: {}\n  training: {}",
        env!("CARGO_PKG_VERSION"),
        text.join(", "),
        training.join(", "),
    )
}

/// Reads the text and says what it held.
fn scan_text(
    options: &ScanOptions,
    talk: &mut Talk,
    interrupt: &Interrupt,
) -> Result<Corpus, Failure> {
    let result = Corpus::scan(options, &mut |progress| {
        talk.scanning(&progress);
        !interrupt.asked()
    });
    let took = talk.done();
    let corpus = or_interrupted(result, interrupt)?;
    let facts = corpus.facts();
    talk.line(&format!(
        "scanned {} in {}: {} lines, {} tokens, {} distinct words; {} words kept ({:.1} % of the tokens)",
        human::bytes(facts.bytes),
        human::duration(took),
        human::count(facts.lines),
        human::count(facts.tokens),
        human::count(facts.types),
        human::count(corpus.vocab().len() as u64),
        100.0 * corpus.tokens() as f64 / facts.tokens.max(1) as f64,
    ));
    if facts.replaced > 0 {
        talk.line(&format!(
            "note: {} invalid UTF-8 sequences were replaced by U+FFFD",
            human::count(facts.replaced)
        ));
    }
    if facts.looks_binary() {
        talk.line(&format!(
            "note: {} NUL bytes and {} invalid UTF-8 sequences: is this text?",
            human::count(facts.nuls),
            human::count(facts.replaced)
        ));
    }
    Ok(corpus)
}

/// Trains and says how it went.
fn train_on(
    config: &TrainConfig,
    corpus: &Corpus,
    talk: &mut Talk,
    interrupt: &Interrupt,
) -> Result<Trained, Failure> {
    let epochs = config.options().epochs;
    let result = train::train(config, corpus, &mut |progress| {
        talk.training(progress, epochs);
        match interrupt.asked() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    talk.done();
    let trained = or_interrupted(result, interrupt)?;
    let words = corpus.tokens() as f64 * epochs as f64;
    let loss: Vec<String> = trained.loss.iter().map(|l| format!("{l:.3}")).collect();
    talk.line(&format!(
        "trained in {}: {} words/s; loss by epoch {}",
        human::duration(trained.elapsed),
        human::short(words / trained.elapsed.max(Duration::from_micros(1)).as_secs_f64()),
        loss.join(" "),
    ));
    Ok(trained)
}

/// The result of a step, unless the user has ended it.
fn or_interrupted<T>(result: w2v::Result<T>, interrupt: &Interrupt) -> Result<T, Failure> {
    result.map_err(|error| match interrupt.asked() {
        true => Failure::Interrupted,
        false => Failure::Library(error),
    })
}
