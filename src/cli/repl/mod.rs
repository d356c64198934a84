//! `w2v repl`.

mod complete;

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use self::complete::Completion;
use super::ask::{items, run_on, text};
use super::failure::complain;
use super::model::{Model, ModelArgs, note};
use super::paths::{check_apart, named};
use super::{Failure, human, take_negative_numbers};
use super::{analogy, link, nearest, odd_one_out, rank, recommend, similarity, vector, words};

const EXAMPLES: &str = "\
Examples:
  w2v repl
  w2v repl --model news.w2v
  printf 'king\\nsimilarity king queen\\n' | w2v repl

Each line is a question as on the command line, without `w2v`; words alone ask for what is nearest
to each. A word with spaces stands in double quotes. The Tab key completes words, commands and
options; the arrow keys bring back earlier lines. `help` tells what can be asked; `quit` or Ctrl-D ends.";

const PROMPT: &str = "w2v> ";

/// Questions typed one after the other, with history and completion of words
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// File that keeps the lines typed on a terminal [default: w2v/history in $XDG_STATE_HOME or
    /// ~/.local/state]
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    #[command(flatten)]
    model: ModelArgs,
}

/// A line as typed.
#[derive(Debug, Parser)]
#[command(multicall = true, max_term_width = 100)]
#[command(help_template = "{subcommands}\n\nWords alone ask for what is nearest to each.\n")]
struct Line {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Debug, Subcommand)]
enum Asked {
    Nearest(Box<nearest::Args>),
    Analogy(Box<analogy::Args>),
    Similarity(Box<similarity::Args>),
    Rank(Box<rank::Args>),
    Recommend(Box<recommend::Args>),
    Link(Box<link::Args>),
    OddOneOut(Box<odd_one_out::Args>),
    Vector(Box<vector::Args>),
    Words(Box<words::Args>),
    /// End
    #[command(visible_alias = "exit")]
    Quit,
}

/// What comes after a line.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Line,
    End,
}

/// Answers line after line; what cannot be answered is said, and the next line awaited.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let history = named("--history", args.history.as_slice());
    check_apart(&history, &[args.model.named()])?;
    let model = args.model.open()?;
    model.embeddings.check_words()?;
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        let (words, dim) = (model.embeddings.len(), model.embeddings.dim());
        note(&format!(
            "{}: {} words x {dim}; type words or a question, `help` or `quit`",
            args.model.path().display(),
            human::count(words as u64)
        ));
        return converse(&model, args.history.or_else(history_path));
    }
    // Read line by line, not locked: a question may take its batch from the lines that follow.
    while let Some(line) = piped_line()? {
        if answer(&model, &line)? == Next::End {
            break;
        }
    }
    Ok(())
}

fn piped_line() -> Result<Option<String>, Failure> {
    let mut line = Vec::new();
    let read = std::io::stdin().lock().read_until(b'\n', &mut line);
    let read = read.map_err(|e| w2v::Error::io(Path::new("-"), "read", e))?;
    Ok((read > 0).then(|| text(line)))
}

/// Reads from a terminal.
fn converse(model: &Model, history: Option<PathBuf>) -> Result<(), Failure> {
    let config = Config::builder()
        .auto_add_history(true)
        .completion_type(CompletionType::List)
        .max_history_size(10_000)
        .map(|config| config.build())
        .map_err(Failure::Terminal)?;
    let mut editor: Editor<Completion, FileHistory> =
        Editor::with_config(config).map_err(Failure::Terminal)?;
    editor.set_helper(Some(Completion::new(&model.embeddings, &Line::command())));
    if let Some(path) = &history {
        // There is none the first time.
        let _ = editor.load_history(path);
    }
    loop {
        let line = match editor.readline(PROMPT) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(Failure::Terminal(error)),
        };
        if let Some(path) = &history {
            // A history that cannot be kept is no reason to stop.
            let _ = path.parent().map(std::fs::create_dir_all);
            let _ = editor.append_history(path);
        }
        if answer(model, &line)? == Next::End {
            return Ok(());
        }
    }
}

/// Where lines are kept from one session to the next.
fn history_path() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|x| !x.is_empty());
    let state = folder("XDG_STATE_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(folder("HOME")?).join(".local/state"));
    let local = || folder("LOCALAPPDATA").map(PathBuf::from);
    let state = state.or_else(home).or_else(local)?;
    Some(state.join("w2v").join("history"))
}

/// Answers a line. Only standard output that is gone ends it all.
fn answer(model: &Model, line: &str) -> Result<Next, Failure> {
    let mut typed = items(line);
    let Some(first) = typed.first() else {
        return Ok(Next::Line);
    };
    let mut command = Line::command().mut_subcommands(take_negative_numbers);
    if first != "help" && command.find_subcommand(first).is_none() {
        typed.insert(0, "nearest".to_owned());
    }
    let typed = command.try_get_matches_from_mut(&typed);
    let asked = match typed.and_then(|typed| Line::from_arg_matches(&typed)) {
        Ok(line) => line.asked,
        Err(explained) => {
            // Nobody to tell when the terminal is gone.
            let _ = explained.print();
            return Ok(Next::Line);
        }
    };
    let result = match asked {
        Asked::Nearest(args) => run_on(&*args, model),
        Asked::Analogy(args) => run_on(&*args, model),
        Asked::Similarity(args) => run_on(&*args, model),
        Asked::Rank(args) => run_on(&*args, model),
        Asked::Recommend(args) => run_on(&*args, model),
        Asked::Link(args) => run_on(&*args, model),
        Asked::OddOneOut(args) => run_on(&*args, model),
        Asked::Vector(args) => run_on(&*args, model),
        Asked::Words(args) => run_on(&*args, model),
        Asked::Quit => return Ok(Next::End),
    };
    match result {
        Err(Failure::Stdout(error)) => return Err(Failure::Stdout(error)),
        Ok(()) | Err(Failure::Reported) => {}
        Err(failure) => complain(&failure),
    }
    std::io::stdout().flush().map_err(Failure::Stdout)?;
    Ok(Next::Line)
}
