//! `w2v train`.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use w2v::corpus::{Corpus, ScanOptions};
use w2v::text::read_words;
use w2v::train::{TrainConfig, Trained};
use w2v::{format, train};

use super::Failure;
use super::human;
use super::interrupt::Interrupt;
use super::model::DEFAULT_PATH;
use super::progress::Talk;
use super::scan::{or_interrupted, scan_text};
use super::text_args::{InputArgs, WordArgs, scan_options};
use super::trainer_args::TrainerArgs;

const EXAMPLES: &str = "\
Examples:
  w2v train corpus.txt
  w2v train a.txt b.txt.gz folder -o books.w2v
  w2v train posts.jsonl.zst --field text --urls replace
  zcat news.gz | w2v train - --dim 200 --epochs 10
  w2v train corpus.txt --threads 1 --seed 7     the same bytes every time";

/// Train word vectors on text
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where to write the vectors
    #[arg(short, long, value_name = "FILE", default_value = DEFAULT_PATH)]
    output: PathBuf,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    words: WordArgs,
    /// Keep the words of this list and no others, however rare: a word a line, as `w2v vocab`
    /// writes them
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Words",
        conflicts_with = "min_count"
    )]
    vocab: Option<PathBuf>,
    #[command(flatten)]
    trainer: TrainerArgs,
}

/// Scans, trains, saves.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let began = Instant::now();
    let config = args
        .trainer
        .options()
        .validate()
        .map_err(Failure::Library)?;
    let scan = ScanOptions {
        only: args.vocab.as_deref().map(read_words).transpose()?,
        ..scan_options(&args.input, &args.words, config.threads())?
    };
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

/// All that decides the result, as the model will store it.
fn configuration(args: &Args, scan: &ScanOptions, config: &TrainConfig) -> String {
    let training = config.describe();
    let training: Vec<String> = training
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    format!(
        "w2v {}\n  text: {}\n  training: {}",
        env!("CARGO_PKG_VERSION"),
        args.words.describe(scan),
        training.join(", "),
    )
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
