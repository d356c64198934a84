//! `w2v rank`.

use w2v::query;

use super::Failure;
use super::answer::Answer;
use super::ask::{AskArgs, Fields, ScopeArgs, each};

const EXAMPLES: &str = "\
Examples:
  w2v rank king queen               1 when nothing is nearer to king than queen
  w2v rank --batch pairs.txt --limit 30000 --format tsv";

/// How near B is among all neighbours of A
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A and B
    #[arg(value_name = "WORD", num_args = 2, conflicts_with = "batch")]
    #[arg(required_unless_present = "batch")]
    words: Vec<String>,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    ask: AskArgs,
}

/// Answers one pair, or those of a batch.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let queries = Some(args.words).filter(|words| !words.is_empty());
    let queries = queries.into_iter().collect();
    args.ask.ask(queries, Fields::Exactly(2), |model, queries| {
        let limit = args.scope.rows(&model.embeddings);
        each(queries, |words| {
            let rank = query::rank(&model.embeddings, words[0], words[1], limit)?;
            Ok(Answer::Rank(rank))
        })
    })
}
