//! `w2v recommend`.

use w2v::Error;
use w2v::query::{self, Question};

use super::Failure;
use super::answer::Answer;
use super::ask::{self, Answers, AskArgs, Fields, Question as Ask, SearchArgs};
use super::model::Model;

const EXAMPLES: &str = "\
Examples:
  w2v train baskets.txt --input baskets -o items.w2v
  w2v recommend -m items.w2v whole_milk butter --top 5
  w2v recommend -m items.w2v --batch histories.txt --json";

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
        let typed = Some(self.items.clone()).filter(|items| !items.is_empty());
        typed.into_iter().collect()
    }

    fn answer(&self, model: &Model, queries: &[Vec<String>]) -> Result<Answers, Error> {
        let questions = queries.iter().map(|items| {
            let known = |item: &&str| model.embeddings.id(item).is_some();
            let all = items.iter().map(String::as_str);
            let known: Vec<&str> = all.clone().filter(known).collect();
            Question {
                positive: match known.is_empty() {
                    true => all.collect(),
                    false => known,
                },
                negative: Vec::new(),
                method: query::Method::Add,
            }
        });
        let questions: Vec<Question> = questions.collect();
        let search = self.search.search(&model.embeddings);
        let answers = query::answer_each(&model.embeddings, &questions, search)?;
        let answers = answers.into_iter();
        Ok(answers.map(|a| a.map(Answer::Neighbors)).collect())
    }
}
