//! What `w2v train -h` shows of the many options that `--help` explains.

use clap::Command;

use super::kinds::OVERVIEW;

/// The options, by their ids, that most runs need.
pub(super) const MOST_USED: &[&str] = &[
    "inputs",
    "output",
    "report",
    "eval",
    "input",
    "field",
    "column",
    "tokenizer",
    "digits",
    "stopwords",
    "min_count",
    "phrases",
    "init",
    "preset",
    "dim",
    "window",
    "epochs",
    "lr",
    "objective",
    "threads",
    "seed",
    "deterministic",
];

/// What it says at its end.
const MORE: &str = "\
These are the options that most runs need. `w2v train --help` explains all of them: those of events,
graphs and tables, cleaning, phrases, given vectors, formats, checkpoints.";

/// The command line as `-h` shows it. Hidden from the start, not by `hide_short_help`: that makes `--help` half as long again.
pub(crate) fn brief(cli: Command) -> Command {
    cli.mut_subcommand("train", |train| {
        let examples = train.get_after_help().cloned().unwrap_or_default();
        train
            .before_help(OVERVIEW)
            .after_help(format!("{examples}\n\n{MORE}"))
            .mut_args(|argument| {
                let is_used = MOST_USED.contains(&argument.get_id().as_str());
                argument.hide(!is_used)
            })
    })
}
