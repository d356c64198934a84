//! `w2v nearest`.

use w2v::query::{self, Question};

use super::Failure;
use super::answer::Answer;
use super::ask::{AskArgs, Fields, SearchArgs};

const EXAMPLES: &str = "\
Examples:
  w2v nearest king
  w2v nearest king queen --top 3 --limit 20000
  w2v nearest --batch words.txt --format tsv > neighbors.tsv
  w2v nearest king --json | jq -r '.neighbors[0].word'";

/// The words nearest to each word, by cosine
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Words to ask about
    #[arg(
        required_unless_present = "batch",
        conflicts_with = "batch",
        value_name = "WORD"
    )]
    words: Vec<String>,
    #[command(flatten)]
    search: SearchArgs,
    #[command(flatten)]
    ask: AskArgs,
}

/// Answers every word that is there, and names those that are not.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let queries = args.words.into_iter().map(|word| vec![word]).collect();
    args.ask.ask(queries, Fields::Line, |model, queries| {
        let questions = queries.iter().map(|query| Question::nearest(&query[0]));
        let questions: Vec<Question> = questions.collect();
        let search = args.search.search(&model.embeddings);
        let answers = query::answer_each(&model.embeddings, &questions, search)?;
        let answers = answers.into_iter();
        Ok(answers.map(|a| a.map(Answer::Neighbors)).collect())
    })
}
