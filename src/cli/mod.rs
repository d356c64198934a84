//! The binary's own room: one file a subcommand, and what they share.
//!
//! May use the library's public interface only.

mod analogy;
mod answer;
mod ask;
mod brief;
mod checkpoint_args;
mod compare;
mod completions;
mod compose_args;
mod convert;
mod embed;
mod eta;
mod eval;
mod event_args;
mod failure;
mod given_args;
mod graph_args;
mod human;
mod info;
mod interrupt;
mod kinds;
mod link;
mod log;
mod loss;
mod man;
mod map;
mod model;
mod nearest;
mod odd_one_out;
mod output;
mod paths;
mod pdf;
mod phrase_args;
mod phrases;
mod picture;
mod progress;
mod rank;
mod recommend;
mod repl;
mod report;
mod resume;
mod scan;
mod scores;
mod similar_lines;
mod similarity;
mod spark;
mod summary;
mod table_args;
mod text_args;
mod things_args;
mod train;
mod trainer_args;
mod transform;
mod vector;
mod vocab;
mod words;
mod written_args;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Mutex;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use failure::end;
pub(crate) use failure::{Failure, finish};

/// Declares every subcommand: its variant, its file, and so its arguments and its `run`.
macro_rules! subcommands {
    ($($variant:ident => $file:ident),+ $(,)?) => {
        /// What can be asked of the program.
        #[derive(Debug, Subcommand)]
        pub(crate) enum Command {
            $($variant(Box<$file::Args>),)+
        }

        impl Command {
            /// Does what was asked.
            pub(crate) fn run(self) -> Result<(), Failure> {
                match self {
                    $(Self::$variant(args) => $file::run(*args),)+
                }
            }
        }
    };
}

// In the order of the help. The help of each is the documentation of its `Args`.
subcommands! {
    Train => train,
    Resume => resume,
    Vocab => vocab,
    Phrases => phrases,
    Nearest => nearest,
    Analogy => analogy,
    Similarity => similarity,
    Rank => rank,
    Recommend => recommend,
    Link => link,
    OddOneOut => odd_one_out,
    Vector => vector,
    Words => words,
    Repl => repl,
    Embed => embed,
    SimilarLines => similar_lines,
    Transform => transform,
    Eval => eval,
    Compare => compare,
    Map => map,
    Convert => convert,
    Info => info,
    Completions => completions,
    Man => man,
}

const EXAMPLES: &str = "\
Examples:
  w2v train corpus.txt                      writes vectors.w2v
  w2v nearest king                          reads vectors.w2v
  w2v analogy man king woman                man is to king as woman is to ...
  w2v repl                                  question after question
  w2v train corpus.txt --report run.html    the run as a page to look at
  w2v train baskets.txt --input baskets     items; also events, graphs, tables
  w2v map vectors.w2v                       a map of the words, for a browser
  w2v convert vectors.w2v vectors.txt       for other tools

Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted.
`w2v COMMAND --help` explains a command and its options, `w2v train -h` those that most runs need.";

/// Word vectors from any text: train them, ask them.
#[derive(Debug, Parser)]
#[command(name = "w2v", version, after_help = EXAMPLES, propagate_version = true)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Understands a command line.
fn understand(arguments: impl Iterator<Item = OsString>) -> Result<Command, clap::Error> {
    let arguments: Vec<OsString> = arguments.collect();
    let mut cli = Cli::command().mut_subcommands(take_negative_numbers);
    if arguments.iter().any(|argument| argument == "-h") {
        cli = brief::brief(cli);
    }
    let typed = cli.try_get_matches_from_mut(arguments)?;
    if let Some((name, typed)) = typed.subcommand()
        && let Some(command) = cli.find_subcommand_mut(name)
    {
        match name {
            "train" => kinds::check(command, typed)?,
            "vocab" => kinds::check_phrases(command, typed)?,
            _ => {}
        }
    }
    Ok(Cli::from_arg_matches(&typed)?.command)
}

/// Lets a number below 0 be the value of any option: those that take none say so.
pub(crate) fn take_negative_numbers(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| {
        let is_option = !argument.is_positional() && argument.get_action().takes_values();
        argument.allow_negative_numbers(is_option)
    })
}

/// Reads the command line; on `--help`, `--version` or wrong use it answers and returns the exit
/// code.
pub(crate) fn parse() -> Result<Command, ExitCode> {
    understand(std::env::args_os()).map_err(|answer| {
        if !answer.use_stderr() {
            return finish(output::show(&answer));
        }
        // Nobody to tell when the terminal is gone.
        let _ = answer.print();
        ExitCode::from(failure::WRONG_USE)
    })
}

/// Takes what would end the process without a word, before the work.
pub(crate) fn prepare() {
    w2v::memory::tell_faults(|path| end(&Failure::Cut(path.to_path_buf())));
    std::panic::set_hook(Box::new(|panic| {
        if !w2v::embeddings::catches_panics() {
            end(&Failure::Defect(panic.to_string().replace('\n', " ")));
        }
    }));
    // Threads for all data-parallel work, while it is early: where the system gives too few, this one does it alone.
    // A pool that fails half-way cannot be asked for again.
    let pool = rayon::ThreadPoolBuilder::new();
    let pool = match threads_are_to_be_had() {
        true => pool,
        false => pool.num_threads(1).use_current_thread(),
    };
    if let Err(source) = pool.build_global() {
        end(&Failure::NoThreads(source));
    }
}

/// Whether the system gives a thread for each core, all at one time.
fn threads_are_to_be_had() -> bool {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let all_begun = Mutex::new(());
    std::thread::scope(|scope| {
        let _held = all_begun.lock();
        (0..cores).all(|_| {
            let wait = || drop(all_begun.lock());
            let thread = std::thread::Builder::new().spawn_scoped(scope, wait);
            thread.is_ok()
        })
    })
}

/// The last word of a process that gets no more memory.
pub(crate) fn out_of_memory(bytes: usize) {
    end(&Failure::Memory(bytes))
}

/// Reads a command line that was typed before.
pub(crate) fn parse_from(arguments: Vec<OsString>) -> Result<Command, Failure> {
    understand(arguments.into_iter()).map_err(|answer| {
        let text = answer.to_string();
        let line = text.lines().next().unwrap_or_default();
        Failure::OldCommand(line.trim_start_matches("error: ").to_owned())
    })
}
