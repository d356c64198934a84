//! What `w2v train -h` shows of the many options that `--help` explains.

use clap::Command;

/// The options, by their ids, that most runs need.
const MOST_USED: &[&str] = &[
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
    "help",
];

/// Leaves the other options of `train` to `--help`.
pub(crate) fn brief(cli: Command) -> Command {
    cli.mut_subcommand("train", |train| {
        train.mut_args(|argument| {
            let is_used = MOST_USED.contains(&argument.get_id().as_str());
            argument.hide_short_help(!is_used)
        })
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_options_are_there() {
        let cli = super::super::Cli::command();
        let train = cli.find_subcommand("train").unwrap();
        for &id in MOST_USED.iter().filter(|id| **id != "help") {
            let is = |argument: &clap::Arg| argument.get_id() == id;
            assert!(train.get_arguments().any(is), "{id}");
        }
    }
}
