//! `w2v nearest`.

use w2v::query;

use super::Failure;
use super::failure::complain;
use super::model::ModelArgs;
use super::output::{Output, OutputArgs};

const EXAMPLES: &str = "\
Examples:
  w2v nearest king
  w2v nearest king queen --top 3
  w2v nearest king --json | jq -r '.neighbors[0].word'";

/// The words nearest to each word, by cosine
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Words to ask about
    #[arg(required = true, value_name = "WORD")]
    words: Vec<String>,
    /// How many neighbours of each
    #[arg(short, long, value_name = "N", default_value_t = 10)]
    top: usize,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Answers every word that is there, and names those that are not.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let model = args.model.open()?;
    let mut output = Output::new(&args.output);
    let mut missing = false;
    for word in &args.words {
        let title = (args.words.len() > 1).then_some(word.as_str());
        match query::nearest(&model, word, args.top) {
            Ok(neighbors) => output.neighbors(&[word], title, &neighbors)?,
            Err(error) => {
                missing = true;
                output.refusal(&[word], &error)?;
                complain(&error);
            }
        }
    }
    output.finish()?;
    if missing {
        Err(Failure::Reported)
    } else {
        Ok(())
    }
}
