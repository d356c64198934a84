//! The command line: parse, run, exit code.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::parse() {
        Ok(command) => cli::finish(command.run()),
        Err(code) => code,
    }
}
