//! `w2v similarity`.

use w2v::query;

use super::Failure;
use super::answer::Answer;
use super::ask::{AskArgs, Fields, each};

const EXAMPLES: &str = "\
Examples:
  w2v similarity king queen
  w2v similarity --batch pairs.txt --format tsv";

/// How alike two words are: their cosine
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The two words
    #[arg(value_name = "WORD", num_args = 2, conflicts_with = "batch")]
    #[arg(required_unless_present = "batch")]
    words: Vec<String>,
    #[command(flatten)]
    ask: AskArgs,
}

/// Answers one pair, or those of a batch.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let queries = Some(args.words).filter(|words| !words.is_empty());
    let queries = queries.into_iter().collect();
    args.ask.ask(queries, Fields::Exactly(2), |model, queries| {
        each(queries, |words| {
            let cosine = query::similarity(&model.embeddings, words[0], words[1])?;
            Ok(Answer::Similarity(cosine))
        })
    })
}
