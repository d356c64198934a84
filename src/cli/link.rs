//! `w2v link`.

use w2v::Error;
use w2v::query;

use super::Failure;
use super::answer::Answer;
use super::ask::{self, Answers, AskArgs, Fields, Question as Ask, each, together};
use super::model::Model;

const EXAMPLES: &str = "\
Examples:
  w2v train edges.tsv --input graph -o nodes.w2v
  w2v link -m nodes.w2v alice bob
  w2v link -m nodes.w2v --batch pairs.tsv --format tsv";

/// How likely an edge between two nodes of a graph is: the cosine of their vectors
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The two nodes
    #[arg(value_name = "NODE", num_args = 2, conflicts_with = "batch")]
    #[arg(required_unless_present = "batch")]
    nodes: Vec<String>,
    #[command(flatten)]
    ask: AskArgs,
}

/// Answers one pair, or those of a batch.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    ask::run(&args)
}

impl Ask for Args {
    fn ask(&self) -> &AskArgs {
        &self.ask
    }

    fn fields(&self) -> Fields {
        Fields::Pair
    }

    fn typed(&self) -> Vec<Vec<String>> {
        together(&self.nodes)
    }

    fn answer(&self, model: &Model, queries: &[Vec<String>]) -> Result<Answers, Error> {
        each(queries, |nodes| {
            let cosine = query::similarity(&model.embeddings, nodes[0], nodes[1])?;
            Ok(Answer::Similarity(cosine))
        })
    }
}
