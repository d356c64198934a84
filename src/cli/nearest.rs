//! `w2v nearest`.

use std::num::NonZeroUsize;

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
    #[arg(short, long, value_name = "N", default_value = "10")]
    top: NonZeroUsize,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Answers every word that is there, and names those that are not.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let model = args.model.open()?;
    let words = args.words.iter().map(|word| model.word(word));
    let words = words.collect::<Result<Vec<String>, Failure>>()?;
    let answers = query::nearest_each(&model.embeddings, &words, args.top.get())?;
    let mut output = Output::new(&args.output);
    let mut missing = false;
    for (word, answer) in args.words.iter().zip(answers) {
        let title = (args.words.len() > 1).then_some(word.as_str());
        match answer {
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
