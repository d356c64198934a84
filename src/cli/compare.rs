//! `w2v compare`.

use std::path::PathBuf;

use super::Failure;
use super::paths::{check_apart, named};
use super::report::{self, Run};

const EXAMPLES: &str = "\
Examples:
  w2v compare first.jsonl second.jsonl            writes compare.html
  w2v compare first.html second.html -o both.html";

/// Several runs side by side on one page: facts, curves, what was configured differently
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Logs (`train --log`) or reports (`train --report`) of runs
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Where to write the page
    #[arg(short, long, value_name = "FILE", default_value = "compare.html")]
    output: PathBuf,
}

/// Reads every run, writes the page.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let output = ("--output", args.output.clone());
    check_apart(&[output], &named("the run", &args.runs))?;
    let runs = args.runs.iter().map(|path| Run::read(path));
    let runs = runs.collect::<Result<Vec<_>, _>>()?;
    report::write(&args.output, &runs)
}
