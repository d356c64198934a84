//! `w2v vector`.

use w2v::Error;
use w2v::query;

use super::Failure;
use super::answer::Answer;
use super::ask::{self, Answers, AskArgs, Fields, Question, WordsArgs, each};
use super::model::Model;

const EXAMPLES: &str = "\
Examples:
  w2v vector king
  w2v vector --batch words.txt --format tsv > vectors.tsv";

/// The numbers of each word
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    words: WordsArgs,
    #[command(flatten)]
    ask: AskArgs,
}

/// Shows every word that is there.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    ask::run(&args)
}

impl Question for Args {
    fn ask(&self) -> &AskArgs {
        &self.ask
    }

    fn fields(&self) -> Fields {
        Fields::Line
    }

    fn typed(&self) -> Vec<Vec<String>> {
        self.words.each()
    }

    fn answer(&self, model: &Model, queries: &[Vec<String>]) -> Result<Answers, Error> {
        each(queries, |words| {
            let vector = query::vector(&model.embeddings, words[0])?;
            Ok(Answer::Vector(vector.to_vec()))
        })
    }
}
