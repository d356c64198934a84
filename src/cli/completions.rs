//! `w2v completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::output::write_whole;
use super::{Cli, Failure};

const EXAMPLES: &str = "\
Examples:
  w2v completions bash > ~/.local/share/bash-completion/completions/w2v
  w2v completions fish > ~/.config/fish/completions/w2v.fish";

/// Completion of commands and options for a shell, as a script
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Writes the script to standard output.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    // The generator takes a failed write for a bug, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "w2v", &mut script);
    write_whole(&script)
}
