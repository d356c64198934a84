//! `w2v analogy`.

use w2v::query::{self, Method, Question};

use super::Failure;
use super::answer::Answer;
use super::ask::{AskArgs, Fields, SearchArgs};

const EXAMPLES: &str = "\
Examples:
  w2v analogy man king woman        man is to king as woman is to ...
  w2v analogy france french spain --top 3 --method mul --json
  w2v analogy --and king woman --not man
  w2v analogy --batch questions.txt --format tsv";

/// A is to B as C is to ... (the three words left out)
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A, B and C, as in "man is to king as woman is to ?"
    #[arg(value_name = "WORD", num_args = 3, conflicts_with_all = ["batch", "and"])]
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
}

/// Answers one analogy, or those of a batch.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let near = args.and.len();
    let (queries, fields) = if near > 0 {
        let words = args.and.into_iter().chain(args.not).collect();
        (vec![words], Fields::AtLeast(1))
    } else if args.words.is_empty() {
        (Vec::new(), Fields::Exactly(3))
    } else {
        (vec![args.words], Fields::Exactly(3))
    };
    args.ask.ask(queries, fields, |model, queries| {
        let questions = queries
            .iter()
            .map(|query| question(query, near, args.method));
        let questions: Vec<Question> = questions.collect();
        let search = args.search.search(&model.embeddings);
        let answers = query::answer_each(&model.embeddings, &questions, search)?;
        let answers = answers.into_iter();
        Ok(answers.map(|a| a.map(Answer::Neighbors)).collect())
    })
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
