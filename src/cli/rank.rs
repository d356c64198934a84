//! `w2v rank`.

use w2v::Error;
use w2v::query;

use super::Failure;
use super::answer::Answer;
use super::ask::{self, Answers, AskArgs, Fields, PairsArgs, Question, ScopeArgs, each};
use super::model::Model;

const EXAMPLES: &str = "\
Examples:
  w2v rank king queen               1 when nothing is nearer to king than queen
  w2v rank --batch pairs.txt --limit 30000 --format tsv";

/// How near B is among all neighbours of A
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    words: PairsArgs,
    #[command(flatten)]
    scope: ScopeArgs,
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
        let limit = self.scope.words(&model.embeddings)?;
        each(queries, |words| {
            let rank = query::rank(&model.embeddings, words[0], words[1], limit)?;
            Ok(Answer::Rank(rank))
        })
    }
}
