//! What all questions have in common: a model, a batch, a shape of answers.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde_json::json;
use w2v::Error;
use w2v::embeddings::Embeddings;
use w2v::error::QueryError;
use w2v::format::word_of_bytes;
use w2v::query::Search;
use w2v::text::{TextOptions, Tokenizer, TokenizerKind};

use super::Failure;
use super::answer::Answer;
use super::failure::complain;
use super::model::{Model, ModelArgs, note};
use super::output::{Output, OutputArgs};
use super::picture::PlotArgs;

/// What some editors put before the first line of UTF-8; no part of it.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Questions of a batch that are answered together.
const TOGETHER: usize = 1024;

/// The model, the batch and the shape of answers.
#[derive(Debug, clap::Args)]
pub(crate) struct AskArgs {
    /// Questions from FILE ("-" for standard input), one a line, answered in order; a line without
    /// an answer is marked and the work goes on. Of several names a line, those with spaces stand in
    /// double quotes, or tabs part them all
    #[arg(short, long, value_name = "FILE")]
    batch: Option<PathBuf>,
    /// End a batch at the first line without an answer
    #[arg(long, requires = "batch")]
    strict: bool,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// How many answers, and among which words.
#[derive(Debug, clap::Args)]
pub(crate) struct SearchArgs {
    /// How many answers to each question
    #[arg(short, long, value_name = "N", default_value = "10")]
    top: NonZeroUsize,
    #[command(flatten)]
    scope: ScopeArgs,
}

/// Among which words answers are looked for.
#[derive(Debug, clap::Args)]
pub(crate) struct ScopeArgs {
    /// Only the N most frequent words are answers
    #[arg(short, long, value_name = "N")]
    limit: Option<usize>,
    /// Only words that occur N times or more are answers
    #[arg(long, value_name = "N", conflicts_with = "limit")]
    min_count: Option<u64>,
}

impl ScopeArgs {
    /// How many of the most frequent words that is.
    pub(crate) fn words(&self, embeddings: &Embeddings) -> Result<usize, Error> {
        let Some(least) = self.min_count else {
            return Ok(self.limit.unwrap_or(usize::MAX));
        };
        embeddings.check_words()?;
        let counts = || (0..embeddings.len() as u32).map(|id| embeddings.count(id));
        match counts().all(|count| count == 0) {
            true => Err(QueryError::NoCounts.into()),
            false => Ok(counts().filter(|count| *count >= least).count()),
        }
    }
}

impl SearchArgs {
    /// The search that is asked for.
    pub(crate) fn search(&self, embeddings: &Embeddings) -> Result<Search, Error> {
        Ok(Search {
            top: self.top.get(),
            limit: self.scope.words(embeddings)?,
        })
    }
}

/// One word or more to ask about, each by itself.
#[derive(Debug, clap::Args)]
pub(crate) struct WordsArgs {
    /// Words to ask about
    #[arg(
        required_unless_present = "batch",
        conflicts_with = "batch",
        value_name = "WORD"
    )]
    words: Vec<String>,
}

impl WordsArgs {
    /// A question for each word.
    pub(crate) fn each(&self) -> Vec<Vec<String>> {
        self.words.iter().map(|word| vec![word.clone()]).collect()
    }
}

/// Pairs of words.
#[derive(Debug, clap::Args)]
pub(crate) struct PairsArgs {
    /// Two words, or several pairs
    #[arg(value_name = "WORD", num_args = 2.., conflicts_with = "batch")]
    #[arg(required_unless_present = "batch")]
    words: Vec<String>,
}

impl PairsArgs {
    /// A question for each pair.
    pub(crate) fn pairs(&self) -> Vec<Vec<String>> {
        self.words.chunks(2).map(<[String]>::to_vec).collect()
    }
}

/// All that was typed as one question; none where nothing was.
pub(crate) fn together(words: &[String]) -> Vec<Vec<String>> {
    let typed = (!words.is_empty()).then(|| words.to_vec());
    typed.into_iter().collect()
}

/// The items of a line.
pub(crate) fn items(line: &str) -> Vec<String> {
    let tokenizer = Tokenizer::new(&TextOptions::new(TokenizerKind::Items));
    tokenizer.map_or_else(|_| Vec::new(), |mut t| t.tokens(line))
}

/// How a line of a batch is cut into the words of a question: as the `items` tokenizer does, but for `Line`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fields {
    /// The line is one word, whatever it holds.
    Line,
    /// Items, one or more.
    Items,
    /// Two of them.
    Pair,
    /// So many words.
    Exactly(usize),
    /// So many words or more.
    AtLeast(usize),
}

impl Fields {
    fn cut(self, line: &str) -> Vec<String> {
        match self {
            Self::Line => vec![line.to_owned()],
            _ => items(line),
        }
    }

    fn check(self, query: &[String]) -> Result<(), Failure> {
        let (fits, expected) = match self {
            Self::Line => (query.len() == 1, "one word".to_owned()),
            Self::Items => (!query.is_empty(), "an item or more".to_owned()),
            Self::Pair => (query.len() == 2, "2 nodes".to_owned()),
            Self::Exactly(n) => (query.len() == n, format!("{n} words")),
            Self::AtLeast(n) => (query.len() >= n, format!("{n} words or more")),
        };
        let found = query.len();
        fits.then_some(())
            .ok_or(Failure::Fields { expected, found })
    }
}

/// The answers to several questions, each given or refused by itself.
pub(crate) type Answers = Vec<Result<Answer, Error>>;

impl AskArgs {
    /// Whether the questions come in a batch.
    pub(crate) fn is_batch(&self) -> bool {
        self.batch.is_some()
    }
}

/// What a command asks.
pub(crate) trait Question {
    /// The model, the batch and the shape of answers.
    fn ask(&self) -> &AskArgs;

    /// How a line of a batch is cut, and how many words a question has.
    fn fields(&self) -> Fields;

    /// The questions as typed; none where they come in a batch.
    fn typed(&self) -> Vec<Vec<String>>;

    /// The drawing that is wanted beside the answers, of the commands that draw.
    fn plot(&self) -> Option<&PlotArgs> {
        None
    }

    /// Whether words are looked for exactly as they are typed.
    fn is_literal(&self) -> bool {
        false
    }

    /// Answers `queries`, whose words are as the model has them.
    fn answer(&self, model: &Model, queries: &[Vec<String>]) -> Result<Answers, Error>;
}

/// Opens the model and puts the questions to it.
pub(crate) fn run(question: &dyn Question) -> Result<(), Failure> {
    let typed = checked(question)?;
    put(question, typed, &question.ask().model.open()?)
}

/// Puts the questions to the model that they name, or else to `model`.
pub(crate) fn run_on(question: &dyn Question, model: &Model) -> Result<(), Failure> {
    let typed = checked(question)?;
    match question.ask().model.is_named() {
        true => put(question, typed, &question.ask().model.open()?),
        false => put(question, typed, model),
    }
}

/// The questions as typed. Of several with a fixed number of words the last one must be whole.
fn checked(question: &dyn Question) -> Result<Vec<Vec<String>>, Failure> {
    question.plot().map_or(Ok(()), PlotArgs::check)?;
    let typed = question.typed();
    if let (Fields::Exactly(each), Some(last)) = (question.fields(), typed.last())
        && last.len() != each
    {
        let found = typed.iter().map(Vec::len).sum();
        return Err(Failure::NotWhole { each, found });
    }
    Ok(typed)
}

fn put(question: &dyn Question, typed: Vec<Vec<String>>, model: &Model) -> Result<(), Failure> {
    if let Some(plot) = question.plot() {
        plot.check_apart(&model.file)?;
    }
    let ask = question.ask();
    let mut asker = Asker {
        model,
        question,
        output: Output::new(&ask.output),
        batch: ask.batch.is_some(),
        titled: ask.batch.is_some() || typed.len() > 1,
        strict: ask.strict,
        refused: 0,
    };
    let answered = match &ask.batch {
        None => asker.put(&typed),
        Some(path) => lines(path).and_then(|lines| asker.put_lines(lines)),
    };
    if let Err(failure) = answered {
        asker.output.break_off()?;
        return Err(failure);
    }
    asker.output.finish()?;
    match (asker.refused, asker.batch) {
        (0, _) => question.plot().map_or(Ok(()), PlotArgs::write),
        (refused, true) => {
            tell_marked(refused);
            Ok(())
        }
        (_, false) => Err(Failure::Reported),
    }
}

/// Tells how many questions of a batch are marked.
pub(crate) fn tell_marked(refused: usize) {
    note(&match refused {
        1 => "1 question had no answer; it is marked".to_owned(),
        _ => format!("{refused} questions had no answer; they are marked"),
    });
}

pub(crate) type Lines = Box<dyn Iterator<Item = Result<String, Failure>>>;

/// A line of questions. Bytes that are no UTF-8 are those of words that have such.
pub(crate) fn text(line: Vec<u8>) -> String {
    String::from_utf8(line).unwrap_or_else(|e| word_of_bytes(e.as_bytes()).into_owned())
}

/// The lines of a batch that hold anything.
pub(crate) fn lines(path: &Path) -> Result<Lines, Failure> {
    let reader: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        let file = File::open(path).map_err(|e| Error::io(path, "open for reading", e))?;
        Box::new(BufReader::new(file))
    };
    let path = path.to_path_buf();
    let lines = reader.split(b'\n').enumerate().map(move |(at, line)| {
        let mut line = line.map_err(|e| Error::io(&path, "read", e))?;
        if at == 0 && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(text(line).trim().to_owned())
    });
    Ok(Box::new(lines.filter(|line| {
        line.as_ref().map_or(true, |line| !line.is_empty())
    })))
}

struct Asker<'a> {
    model: &'a Model,
    question: &'a dyn Question,
    output: Output,
    batch: bool,
    titled: bool,
    strict: bool,
    refused: usize,
}

impl Asker<'_> {
    /// Answers the lines of a batch, many together.
    fn put_lines(&mut self, mut lines: Lines) -> Result<(), Failure> {
        let fields = self.question.fields();
        loop {
            let some: Vec<_> = lines.by_ref().take(TOGETHER).collect::<Result<_, _>>()?;
            if some.is_empty() {
                return Ok(());
            }
            let cut: Vec<Vec<String>> = some.iter().map(|line| fields.cut(line)).collect();
            self.put(&cut)?;
            self.output.flush()?;
        }
    }

    /// Answers `queries` together and writes the answers in their order.
    fn put(&mut self, queries: &[Vec<String>]) -> Result<(), Failure> {
        let mut fitting = Vec::new();
        let mut checks = Vec::new();
        for query in queries {
            let check = self.question.fields().check(query);
            if check.is_ok() && self.question.is_literal() {
                fitting.push(query.clone());
            } else if check.is_ok() {
                let words = query.iter().map(|word| self.model.word(word));
                fitting.push(words.collect::<Result<Vec<String>, Failure>>()?);
            }
            checks.push(check);
        }
        let mut answers = self.question.answer(self.model, &fitting)?.into_iter();
        for (query, check) in queries.iter().zip(checks) {
            let answer = match check {
                Err(failure) => Err(failure),
                Ok(()) => match answers.next() {
                    Some(answer) => answer.map_err(Failure::from),
                    None => continue,
                },
            };
            match answer {
                Ok(answer) => self.output.answer(query, self.titled, &answer)?,
                Err(failure) => self.refuse(query, failure)?,
            }
        }
        Ok(())
    }

    fn refuse(&mut self, query: &[String], failure: Failure) -> Result<(), Failure> {
        self.refused += 1;
        let title = query.join(" ");
        self.output
            .refusal((json!(query), &title), self.batch, &failure)?;
        if self.strict {
            return Err(failure);
        }
        if !self.batch {
            complain(&failure);
        }
        Ok(())
    }
}

/// Answers questions one by one.
pub(crate) fn each(
    queries: &[Vec<String>],
    answer: impl Fn(&[&str]) -> Result<Answer, Error>,
) -> Result<Answers, Error> {
    let answers = queries.iter().map(|query| {
        let words: Vec<&str> = query.iter().map(String::as_str).collect();
        answer(&words)
    });
    Ok(answers.collect())
}
