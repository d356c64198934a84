//! Why a command did not succeed, and the exit code that says so.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use w2v::error::GraphError;
use w2v::format::Format;

/// Exit code for bad input, an unknown word, a refusal of the system.
const FAILED: u8 = 1;
/// Exit code for wrong use of the command line.
pub(crate) const WRONG_USE: u8 = 2;
/// Exit code after Ctrl-C: 128 + the signal's number, as shells have it.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The library's refusal.
    #[error(transparent)]
    Library(#[from] w2v::Error),
    /// Results could not be written to standard output.
    #[error("standard output: cannot write: {0}")]
    Stdout(std::io::Error),
    /// A dictionary that would not be used.
    #[error("--dictionary goes with --tokenizer chinese, not with --tokenizer {0}")]
    UnusedDictionary(&'static str),
    /// The handler for Ctrl-C could not be installed.
    #[error("cannot watch for Ctrl-C: {0}")]
    Signal(#[from] ctrlc::Error),
    /// The system gives fewer threads from moment to moment.
    #[error("no threads to work with: {0}; the limits of this system are too narrow (`ulimit -u`)")]
    NoThreads(rayon::ThreadPoolBuildError),
    /// The user pressed Ctrl-C, or the system asked to end.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// The same, and the run can be gone on with.
    #[error("interrupted; go on with `w2v resume {}`", .0.display())]
    Stopped(PathBuf),
    /// The user pressed Ctrl-C after the vectors were written.
    #[error("interrupted; the vectors are in {}", .0.display())]
    Late(PathBuf),
    /// A checkpoint that some other program wrote.
    #[error(
        "{}: expected a checkpoint of `w2v train`, found no command line in it: {source}; go on \
         with it in the program that wrote it",
        path.display()
    )]
    NoNote {
        /// The checkpoint.
        path: PathBuf,
        /// What is wrong with its note.
        source: serde_json::Error,
    },
    /// No checkpoint where one should be.
    #[error(
        "{}: expected the checkpoint of an unfinished run, found {found}; give the file named with \
         `train --checkpoint`, or else the run's output with .checkpoint behind its name",
        path.display()
    )]
    NoCheckpoint {
        /// What was named.
        path: PathBuf,
        /// What there is.
        found: &'static str,
    },
    /// A checkpoint of another command than those that can be gone on with.
    #[error("{}: the command that wrote it cannot be gone on with", .0.display())]
    OtherCommand(PathBuf),
    /// The command line in a checkpoint is not understood.
    #[error(
        "the run's command line is not understood: {0}; go on with the version of w2v that began it"
    )]
    OldCommand(String),
    /// Two paths of a run that lead to one file.
    #[error("{first} and {second} are one file; write to another")]
    OneFile {
        /// What writes it.
        first: String,
        /// What writes or reads it.
        second: String,
    },
    /// The output could not be written; the vectors are at another place.
    #[error("{source}; the finished vectors are in {}: `w2v convert` writes them elsewhere", path.display())]
    Elsewhere {
        /// What is wrong with the output.
        source: Box<w2v::Error>,
        /// Where they are.
        path: PathBuf,
    },
    /// Numbers that only the native format has.
    #[error(
        "--dtype and --quick: the format {0} has numbers of its own; name the output .w2v, or leave \
         them out"
    )]
    NoDtype(Format),
    /// Rows that only the native format can hold.
    #[error("{}: only the native format can hold output rows; name the file .w2v", .0.display())]
    NoOutputRows(PathBuf),
    /// A model of something else.
    #[error("--continue: {} was trained with --input {input}; add that", path.display())]
    OtherInput {
        /// The model.
        path: PathBuf,
        /// What it was trained on.
        input: String,
    },
    /// A model whose text had phrases, which are not known any more.
    #[error(
        "--continue: {} was trained with --phrases {passes}; add that to look for phrases in this text, \
         or --phrases 0 to leave its words single", path.display()
    )]
    HadPhrases {
        /// The model.
        path: PathBuf,
        /// Its passes.
        passes: usize,
    },
    /// A model a part of which is in no file.
    #[error(
        "--continue: {} was trained with --position-weights, which files do not hold; give it to --init, \
         which learns them anew", .0.display()
    )]
    PositionWeights(PathBuf),
    /// A table without a line.
    #[error("{}: no header line; give a table whose first line names its columns", .0.display())]
    NoHeader(PathBuf),
    /// An array of floats that should hold names.
    #[error("--keep: an array of numbers cannot hold categories; write .csv or .tsv")]
    NoNames,
    /// A column that has the name of a number of another's vectors.
    #[error(
        "the table has a column {column:?}, and the vectors of {name:?} need that name; rename the \
         column, or write .npy, which has no names"
    )]
    SameColumn {
        /// The column.
        column: String,
        /// The one with vectors.
        name: String,
    },
    /// An output whose name does not tell its format.
    #[error(
        "{}: the end of the name tells no format; choose one with --format ({})",
        .0.display(), formats()
    )]
    NoFormat(PathBuf),
    /// A map whose name does not tell what it should be.
    #[error(
        "{}: the end of the name does not tell what to write; expected .html, .svg, .png, .pdf, \
         .csv, .tsv or .jsonl", .0.display()
    )]
    NoMap(PathBuf),
    /// A plot whose name does not tell what it should be.
    #[error(
        "{}: the end of the name does not tell what to draw; expected .svg, .png or .pdf",
        .0.display()
    )]
    NoPicture(PathBuf),
    /// A drawing that could not be made into another form.
    #[error("{}: the drawing cannot be made: {source}; write .svg instead", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: Box<dyn std::error::Error>,
    },
    /// A line of a batch, or a question, with too few or too many words.
    #[error("expected {expected}, found {found}")]
    Fields {
        /// What there should be.
        expected: String,
        /// Words found.
        found: usize,
    },
    /// Questions of which the last one is not whole.
    #[error("expected {each} words a question, found {found} words")]
    NotWhole {
        /// Words of a question.
        each: usize,
        /// Words found in all.
        found: usize,
    },
    /// Lines and questions both from standard input.
    #[error(
        "standard input holds the lines or the questions of --batch, not both; give a file for one of them"
    )]
    OneInput,
    /// A page was asked for that there is not.
    #[error("there is no command {name:?}; the commands are: {names}")]
    NoCommand {
        /// The name asked for.
        name: String,
        /// The names there are.
        names: String,
    },
    /// A floor for a set that was not given.
    #[error("--floor {name}: there is no set of this name; the sets are: {sets}")]
    UnknownFloor {
        /// The name in the floor.
        name: String,
        /// The names there are.
        sets: String,
    },
    /// A score below its floor.
    #[error("{name}: the score {score:.2} is below the floor of {floor}")]
    BelowFloor {
        /// The set.
        name: String,
        /// Its score.
        score: f64,
        /// What was asked.
        floor: f64,
    },
    /// A line of a log that is none.
    #[error(
        "{}, line {line}: expected a record of `train --log`: {source}; give logs or reports of runs",
        path.display()
    )]
    NotALog {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A log without a line.
    #[error("{}: expected a log of `train --log`, found no record", .0.display())]
    EmptyLog(PathBuf),
    /// A terminal that cannot be read.
    #[error("the terminal: cannot read: {0}")]
    Terminal(rustyline::error::ReadlineError),
    /// Memory that the system does not give.
    #[error(
        "the system gives no memory for {0} bytes more; lower --dim or --max-vocab, give --memory, or widen \
         its limits"
    )]
    Memory(usize),
    /// A file that somebody cut while it was in use.
    #[error(
        "{}: somebody cut this file while it was in use; put it there again, whole, and replace such files \
         by renaming a new one",
        .0.display()
    )]
    Cut(PathBuf),
    /// A panic, in words.
    #[error("a defect of w2v itself, please report it: {0}")]
    Defect(String),
    /// Some questions had no answer; each was named when it came up.
    #[error("some questions had no answer")]
    Reported,
}

/// Ends the process here and now, with a line and the exit code, and no half file.
pub(crate) fn end(failure: &Failure) -> ! {
    w2v::format::remove_unfinished();
    // On a line of its own: a bar may stand on the last one.
    let _ = writeln!(std::io::stderr(), "\nerror: {failure}");
    std::process::exit(i32::from(code(failure)));
}

/// The names of the formats that can be written.
fn formats() -> String {
    let names: Vec<&str> = Format::writable().map(Format::name).collect();
    names.join(", ")
}

/// Says what went wrong, in one line, and chooses the exit code.
pub(crate) fn finish(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has had enough of it: that is no error.
        Err(Failure::Stdout(cause)) if cause.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Reported) => ExitCode::from(FAILED),
        Err(failure) => {
            complain(&failure);
            ExitCode::from(code(&failure))
        }
    }
}

/// The exit code that tells what kind of failure it was.
fn code(failure: &Failure) -> u8 {
    match failure {
        Failure::Interrupted | Failure::Stopped(_) | Failure::Late(_) => INTERRUPTED,
        Failure::Library(w2v::Error::Options(_))
        | Failure::Library(w2v::Error::Graph(GraphError::Option { .. }))
        | Failure::UnknownFloor { .. }
        | Failure::OneFile { .. }
        | Failure::NoFormat(_)
        | Failure::NoDtype(_)
        | Failure::NoNames
        | Failure::OtherInput { .. }
        | Failure::HadPhrases { .. }
        | Failure::PositionWeights(_)
        | Failure::NoOutputRows(_)
        | Failure::NoMap(_)
        | Failure::NoPicture(_)
        | Failure::NoCommand { .. }
        | Failure::NotWhole { .. }
        | Failure::OneInput
        | Failure::UnusedDictionary(_) => WRONG_USE,
        _ => FAILED,
    }
}

/// Writes `error` and its causes to standard error as one line.
pub(crate) fn complain(error: &dyn std::error::Error) {
    // With standard error gone there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "error: {}", chain(error));
}

/// The message of `error`, then its causes, up to one that the message says already.
fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let message = next.to_string();
        if line.contains(&message) {
            break;
        }
        line.push_str(": ");
        line.push_str(&message);
        cause = next.source();
    }
    line.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer\nline")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_chain_is_one_line_and_says_nothing_twice() {
        let error = Outer(std::io::Error::other("inner"));
        assert_eq!(chain(&error), "outer line: inner");
        let twice = w2v::Error::io("a.txt", "open", std::io::Error::other("inner"));
        assert_eq!(chain(&twice), "a.txt: cannot open: inner");
    }
}
