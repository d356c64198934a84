//! The command line: parse, run, exit code.

mod cli;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: w2v::memory::Allocator = w2v::memory::Allocator::new(cli::out_of_memory);

fn main() -> ExitCode {
    match cli::parse() {
        Ok(command) => {
            cli::prepare();
            cli::finish(command.run())
        }
        Err(code) => code,
    }
}
