//! `w2v odd-one-out`.

use w2v::Error;
use w2v::query;

use super::Failure;
use super::answer::Answer;
use super::ask::{self, Answers, AskArgs, Fields, Question as Ask, each, together};
use super::model::Model;

const EXAMPLES: &str = "\
Examples:
  w2v odd-one-out breakfast dinner lunch cereal
  w2v odd-one-out --batch lists.txt --json";

/// Which word does not belong: the one farthest from the mean of all
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Three words or more
    #[arg(value_name = "WORD", num_args = 3.., conflicts_with = "batch")]
    #[arg(required_unless_present = "batch")]
    words: Vec<String>,
    #[command(flatten)]
    ask: AskArgs,
}

/// Answers one list, or those of a batch.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    ask::run(&args)
}

impl Ask for Args {
    fn ask(&self) -> &AskArgs {
        &self.ask
    }

    fn fields(&self) -> Fields {
        Fields::AtLeast(3)
    }

    fn typed(&self) -> Vec<Vec<String>> {
        together(&self.words)
    }

    fn answer(&self, model: &Model, queries: &[Vec<String>]) -> Result<Answers, Error> {
        each(queries, |words| {
            let odd = query::odd_one_out(&model.embeddings, words)?;
            let words = words.iter().map(|&word| word.to_owned());
            Ok(Answer::Odd(words.zip(odd.similarities).collect(), odd.odd))
        })
    }
}
