//! `w2v similarity`.

use w2v::Error;
use w2v::query;

use super::Failure;
use super::answer::Answer;
use super::ask::{self, Answers, AskArgs, Fields, PairsArgs, Question, each};
use super::model::Model;

const EXAMPLES: &str = "\
Examples:
  w2v similarity king queen
  w2v similarity king queen river stream
  w2v similarity --batch pairs.txt --format tsv";

/// How alike two words are: their cosine
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    words: PairsArgs,
    #[command(flatten)]
    ask: AskArgs,
}

/// Answers one pair, or those of a batch.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    ask::run(&args)
}

impl Question for Args {
    fn ask(&self) -> &AskArgs {
        &self.ask
    }

    fn fields(&self) -> Fields {
        Fields::Exactly(2)
    }

    fn typed(&self) -> Vec<Vec<String>> {
        self.words.pairs()
    }

    fn answer(&self, model: &Model, queries: &[Vec<String>]) -> Result<Answers, Error> {
        each(queries, |words| {
            let cosine = query::similarity(&model.embeddings, words[0], words[1])?;
            Ok(Answer::Similarity(cosine))
        })
    }
}
