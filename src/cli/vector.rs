//! `w2v vector`.

use w2v::query;

use super::Failure;
use super::answer::Answer;
use super::ask::{AskArgs, Fields, each};

const EXAMPLES: &str = "\
Examples:
  w2v vector king
  w2v vector --batch words.txt --format tsv > vectors.tsv";

/// The numbers of each word
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Words to show
    #[arg(
        required_unless_present = "batch",
        conflicts_with = "batch",
        value_name = "WORD"
    )]
    words: Vec<String>,
    #[command(flatten)]
    ask: AskArgs,
}

/// Shows every word that is there.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let queries = args.words.into_iter().map(|word| vec![word]).collect();
    args.ask.ask(queries, Fields::Line, |model, queries| {
        each(queries, |words| {
            let vector = query::vector(&model.embeddings, words[0])?;
            Ok(Answer::Vector(vector.to_vec()))
        })
    })
}
