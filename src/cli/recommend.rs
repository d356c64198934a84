//! `w2v recommend`.

use w2v::Error;
use w2v::query::{self, Method, Neighbor, Question, Search};

use super::Failure;
use super::answer::Answer;
use super::ask::{self, Answers, AskArgs, Fields, Question as Ask, SearchArgs, together};
use super::model::Model;

const EXAMPLES: &str = "\
Examples:
  w2v train baskets.txt --input baskets -o items.w2v
  w2v recommend -m items.w2v whole_milk butter --top 5
  w2v recommend -m items.w2v --batch histories.txt --json

Items that the model does not have are passed over, as long as there is one that it has.
The number is the chance that the item is what is missing beside those given, as training learnt it
(for several the mean, by square roots); by models without output rows (--vectors combined, other
formats) the cosine.";

/// Items that go with those given, which are left out
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Items that are there already
    #[arg(
        required_unless_present = "batch",
        conflicts_with = "batch",
        value_name = "ITEM"
    )]
    items: Vec<String>,
    #[command(flatten)]
    search: SearchArgs,
    #[command(flatten)]
    ask: AskArgs,
}

/// Answers one history, or each line of a batch. Items that the model does not have are passed over
/// as long as there is one that it has.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    ask::run(&args)
}

impl Ask for Args {
    fn ask(&self) -> &AskArgs {
        &self.ask
    }

    fn fields(&self) -> Fields {
        Fields::Items
    }

    fn typed(&self) -> Vec<Vec<String>> {
        together(&self.items)
    }

    fn answer(&self, model: &Model, queries: &[Vec<String>]) -> Result<Answers, Error> {
        let search = self.search.search(&model.embeddings)?;
        let known = |item: &&String| model.embeddings.id(item).is_some();
        let histories = queries.iter().map(|items| {
            let of_model: Vec<&String> = items.iter().filter(known).collect();
            match of_model.is_empty() {
                true => items.iter().collect(),
                false => of_model,
            }
        });
        let histories: Vec<Vec<&String>> = histories.collect();
        let answers = match query::recommend(&model.embeddings, &histories, search)? {
            Some(answers) => answers,
            None => by_cosine(model, &histories, search)?,
        };
        let answers = answers.into_iter();
        Ok(answers.map(|a| a.map(Answer::Neighbors)).collect())
    }
}

/// What is near to the items of each history, for a model that keeps no chances.
fn by_cosine(
    model: &Model,
    histories: &[Vec<&String>],
    search: Search,
) -> Result<Vec<Result<Vec<Neighbor>, Error>>, Error> {
    let questions = histories.iter().map(|items| Question {
        positive: items.iter().map(|item| item.as_str()).collect(),
        negative: Vec::new(),
        method: Method::Add,
    });
    let questions: Vec<Question> = questions.collect();
    query::answer_each(&model.embeddings, &questions, search)
}
