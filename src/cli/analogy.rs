//! `w2v analogy`.

use std::num::NonZeroUsize;

use w2v::query;

use super::Failure;
use super::model::ModelArgs;
use super::output::{Output, OutputArgs};

const EXAMPLES: &str = "\
Examples:
  w2v analogy man king woman        man is to king as woman is to ...
  w2v analogy france french spain --top 3 --json";

/// A is to B as C is to ... (3CosAdd, the three words left out)
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// As in "man is to ..."
    #[arg(value_name = "A")]
    a: String,
    /// As in "... king as ..."
    #[arg(value_name = "B")]
    b: String,
    /// As in "... woman is to ?"
    #[arg(value_name = "C")]
    c: String,
    /// How many answers
    #[arg(short, long, value_name = "N", default_value = "10")]
    top: NonZeroUsize,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Answers one analogy.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let model = args.model.open()?;
    let words = [args.a.as_str(), &args.b, &args.c];
    let found = [
        model.word(&args.a)?,
        model.word(&args.b)?,
        model.word(&args.c)?,
    ];
    let mut output = Output::new(&args.output);
    match query::analogy(
        &model.embeddings,
        found.each_ref().map(String::as_str),
        args.top.get(),
    ) {
        Ok(neighbors) => output.neighbors(&words, None, &neighbors)?,
        Err(error) => {
            output.refusal(&words, &error)?;
            output.finish()?;
            return Err(error.into());
        }
    }
    output.finish()
}
