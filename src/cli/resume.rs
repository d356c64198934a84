//! `w2v resume`.

use std::path::{Path, PathBuf};

use w2v::error::FormatError;
use w2v::train::Checkpoint;

use super::checkpoint_args::{Note, Resumed, claim};
use super::paths::real;
use super::{Command, Failure, parse_from, train};

const EXAMPLES: &str = "\
Examples:
  w2v train corpus.txt --checkpoint run.checkpoint --checkpoint-every 5m
  w2v resume run.checkpoint                 after Ctrl-C, a crash, a power cut
  zcat news.gz | w2v resume run.checkpoint  for a run that read standard input";

/// Go on with a training run that was interrupted
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The checkpoint: the file named with `train --checkpoint`. The text is read again, from where
    /// it was then, and everything goes on as it was asked for then
    #[arg(value_name = "CHECKPOINT")]
    checkpoint: PathBuf,
    /// Where the texts are now, when they have moved
    #[arg(value_name = "TEXT")]
    inputs: Vec<PathBuf>,
    /// Worker threads; 0 = one a core [default: as the run began]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

/// Reads the command line of then, and runs it from the place where it was.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let absolute = |path: &PathBuf| {
        std::path::absolute(path).map_err(|e| w2v::Error::io(path, "find the folder of", e))
    };
    let file = real(&args.checkpoint);
    let path = absolute(&file)?;
    // Nobody writes it from here on. Where there is nothing to claim, reading tells why.
    let claim = claim(&path, true);
    let checkpoint = Checkpoint::open(&file).map_err(|error| unopened(error, &args.checkpoint))?;
    let claim = claim?;
    let inputs = args
        .inputs
        .iter()
        .map(|input| match input.as_os_str() == "-" {
            true => Ok(input.clone()),
            false => absolute(input),
        });
    let inputs: Vec<PathBuf> = inputs.collect::<Result<_, _>>()?;
    let mut note: Note =
        serde_json::from_str(checkpoint.note()).map_err(|source| Failure::NoNote {
            path: args.checkpoint.clone(),
            source,
        })?;
    // Names in the command line are those of then; a folder that has moved is where we are.
    let _ = std::env::set_current_dir(&note.folder);
    let Command::Train(mut begun) = parse_from(note.arguments.clone())? else {
        return Err(Failure::OtherCommand(args.checkpoint));
    };
    if !inputs.is_empty() {
        note.moved = inputs.into_iter().map(PathBuf::into_os_string).collect();
    }
    begun.change(args.quiet, note.moved.iter().map(PathBuf::from).collect());
    train::go_on(
        *begun,
        Resumed {
            checkpoint,
            path,
            note,
            _claim: claim,
            threads: args.threads,
        },
    )
}

/// What is not even a file of vectors is told as what is no checkpoint.
fn unopened(error: w2v::Error, path: &Path) -> Failure {
    let found = match &error {
        w2v::Error::Format(FormatError::NotFound(_)) => "no such file",
        w2v::Error::Format(FormatError::IsFolder(_)) => "a folder",
        w2v::Error::Format(FormatError::Unknown { found, .. }) => *found,
        _ => return error.into(),
    };
    Failure::NoCheckpoint {
        path: path.to_path_buf(),
        found,
    }
}
