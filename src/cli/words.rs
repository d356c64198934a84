//! `w2v words`.

use std::num::NonZeroUsize;

use super::Failure;
use super::answer::Answer;
use super::model::ModelArgs;
use super::output::{Output, OutputArgs};

const EXAMPLES: &str = "\
Examples:
  w2v words --top 20                the most frequent words
  w2v words --prefix king --json";

/// The words that have vectors, the most frequent first, with their counts
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Only words that begin so
    #[arg(
        short,
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    prefix: String,
    /// Only the N most frequent of them
    #[arg(short, long, value_name = "N")]
    top: Option<NonZeroUsize>,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Lists words.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let model = args.model.open()?.embeddings;
    let top = args.top.map_or(usize::MAX, NonZeroUsize::get);
    let found = model.with_prefix(&args.prefix).into_iter().take(top);
    let words = found.map(|id| (model.word(id).to_owned(), model.count(id)));
    let mut output = Output::new(&args.output);
    output.answer(&[args.prefix], false, &Answer::Words(words.collect()))?;
    output.finish()
}
