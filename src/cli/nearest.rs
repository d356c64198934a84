//! `w2v nearest`.

use w2v::Error;
use w2v::map::Plot;
use w2v::query::{self, Question};

use super::Failure;
use super::answer::Answer;
use super::ask::{self, Answers, AskArgs, Fields, Question as Ask, SearchArgs, WordsArgs};
use super::model::Model;
use super::picture::PlotArgs;

const EXAMPLES: &str = "\
Examples:
  w2v nearest king
  w2v nearest king queen --top 3 --limit 20000
  w2v nearest king queen --plot royals.svg
  w2v nearest --batch words.txt --format tsv > neighbors.tsv
  w2v nearest king --json | jq -r '.neighbors[0].word'";

/// The words nearest to each word, by cosine
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    words: WordsArgs,
    #[command(flatten)]
    search: SearchArgs,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    plot: PlotArgs,
}

/// Answers every word that is there, and names those that are not.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    ask::run(&args)
}

impl Ask for Args {
    fn plot(&self) -> Option<&PlotArgs> {
        Some(&self.plot)
    }

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
        let questions = queries.iter().map(|query| Question::nearest(&query[0]));
        let questions: Vec<Question> = questions.collect();
        let search = self.search.search(&model.embeddings)?;
        let answers = query::answer_each(&model.embeddings, &questions, search)?;
        self.plot.draw(|| {
            let words = queries.iter().zip(&answers);
            let answered = words
                .filter_map(|(query, answer)| Some((query[0].as_str(), answer.as_deref().ok()?)));
            Plot::nearest(&model.embeddings, &answered.collect::<Vec<_>>())
        });
        let answers = answers.into_iter();
        Ok(answers.map(|a| a.map(Answer::Neighbors)).collect())
    }
}
