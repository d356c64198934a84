//! `w2v words`.

use std::num::NonZeroUsize;

use w2v::Error;

use super::Failure;
use super::answer::Answer;
use super::ask::{self, Answers, AskArgs, Fields, Question, ScopeArgs, each};
use super::model::Model;

const EXAMPLES: &str = "\
Examples:
  w2v words --top 20                the most frequent words
  w2v words --prefix king --json
  w2v words --prefix king queen --min-count 50";

/// The words that have vectors, the most frequent first, with their counts
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Only words that begin so, as typed or else in lower case and the like, as the text was
    /// treated; several are answered one by one
    #[arg(short, long, value_name = "TEXT", num_args = 1.., conflicts_with = "batch")]
    prefix: Vec<String>,
    /// Only the N most frequent of them
    #[arg(short, long, value_name = "N")]
    top: Option<NonZeroUsize>,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    ask: AskArgs,
}

/// Lists words.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    ask::run(&args)
}

impl Question for Args {
    fn ask(&self) -> &AskArgs {
        &self.ask
    }

    fn fields(&self) -> Fields {
        Fields::Line
    }

    fn typed(&self) -> Vec<Vec<String>> {
        let prefixes = self.prefix.iter().cloned();
        let all = (self.prefix.is_empty() && !self.ask.is_batch()).then(String::new);
        prefixes.chain(all).map(|prefix| vec![prefix]).collect()
    }

    fn is_literal(&self) -> bool {
        true
    }

    fn answer(&self, asked: &Model, queries: &[Vec<String>]) -> Result<Answers, Error> {
        let model = &asked.embeddings;
        model.check_words()?;
        let top = self.top.map_or(usize::MAX, NonZeroUsize::get);
        let most = self.scope.words(model)?;
        let frequent = model.frequent(most);
        each(queries, |prefix| {
            let ids = asked.with_prefix(prefix[0]);
            let begins = |id: &u32| ids.binary_search(id).is_ok();
            let found: Vec<u32> = match &frequent {
                Some(frequent) => frequent.iter().copied().filter(begins).collect(),
                None => {
                    let ids = ids.into_iter();
                    ids.take_while(|&id| (id as usize) < most).collect()
                }
            };
            let found = found.into_iter().take(top);
            let words = found.map(|id| (model.word(id).to_owned(), model.count(id)));
            Ok(Answer::Words(words.collect()))
        })
    }
}
