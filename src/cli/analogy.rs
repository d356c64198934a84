//! `w2v analogy`.

use w2v::Error;
use w2v::map::Plot;
use w2v::query::{self, Method, Question};

use super::Failure;
use super::answer::Answer;
use super::ask::{self, Answers, AskArgs, Fields, Question as Ask, SearchArgs};
use super::model::Model;
use super::picture::PlotArgs;

const EXAMPLES: &str = "\
Examples:
  w2v analogy man king woman        man is to king as woman is to ...
  w2v analogy france french spain --top 3 --method mul --json
  w2v analogy --and king woman --not man
  w2v analogy man king woman --plot royals.pdf
  w2v analogy --batch questions.txt --format tsv";

/// A is to B as C is to ... (the three words left out)
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A, B and C, as in "man is to king as woman is to ?", or several such threes
    #[arg(value_name = "WORD", num_args = 3.., conflicts_with_all = ["batch", "and"])]
    #[arg(required_unless_present_any = ["batch", "and"])]
    words: Vec<String>,
    /// Words to be near to, any number, instead of A, B and C
    #[arg(long, value_name = "WORD", num_args = 1.., conflicts_with = "batch")]
    and: Vec<String>,
    /// Words to be far from, any number
    #[arg(long, value_name = "WORD", num_args = 1.., requires = "and")]
    not: Vec<String>,
    /// How words are put together: add (3CosAdd) or mul (3CosMul)
    #[arg(long, value_name = "METHOD", default_value = "add")]
    method: Method,
    #[command(flatten)]
    search: SearchArgs,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    plot: PlotArgs,
}

/// Answers one analogy, or those of a batch.
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
        match self.and.is_empty() {
            true => Fields::Exactly(3),
            false => Fields::AtLeast(1),
        }
    }

    fn typed(&self) -> Vec<Vec<String>> {
        match self.and.is_empty() {
            true => self.words.chunks(3).map(<[String]>::to_vec).collect(),
            false => vec![self.and.iter().chain(&self.not).cloned().collect()],
        }
    }

    fn answer(&self, model: &Model, queries: &[Vec<String>]) -> Result<Answers, Error> {
        let near = self.and.len();
        let questions = queries.iter().map(|q| question(q, near, self.method));
        let questions: Vec<Question> = questions.collect();
        let search = self.search.search(&model.embeddings)?;
        let answers = query::answer_each(&model.embeddings, &questions, search)?;
        // Of several the first.
        if let (Some(question), Some(Ok(answer))) = (questions.first(), answers.first()) {
            self.plot
                .draw(|| Plot::question(&model.embeddings, question, answer));
        }
        let answers = answers.into_iter();
        Ok(answers.map(|a| a.map(Answer::Neighbors)).collect())
    }
}

/// The first `near` words are to be near to, the others to be far from; without such a number
/// they are A, B and C.
fn question(query: &[String], near: usize, method: Method) -> Question<'_> {
    fn words(some: &[String]) -> Vec<&str> {
        some.iter().map(String::as_str).collect()
    }
    let (positive, negative) = match near {
        0 => (&query[1..], &query[..1]),
        _ => query.split_at(near),
    };
    Question {
        positive: words(positive),
        negative: words(negative),
        method,
    }
}
