//! Where and how often a run is kept, and how it is gone on with.

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use w2v::format::Claim;
use w2v::train::{Checkpoint, Checkpoints, Every, Kept, TrainOptions};

use super::Failure;
use super::interrupt::Interrupt;
use super::log::Event;
use super::paths::real;
use super::progress::Talk;

/// Where and how often.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Checkpoints")]
pub(crate) struct CheckpointArgs {
    /// Keep the run in FILE while it is under way and when it is interrupted; `w2v resume FILE` goes
    /// on with it. FILE is removed when the vectors are written [default: the output's name and
    /// .checkpoint, when the run takes longer than --checkpoint-every]
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// How often: a time (90s, 10m, 2h) or a number of tokens
    #[arg(long, value_name = "TIME|TOKENS", value_parser = every, default_value = "10m")]
    checkpoint_every: Every,
    /// Keep no checkpoint, however long the run takes
    #[arg(long, conflicts_with_all = ["checkpoint", "checkpoint_every"])]
    no_checkpoint: bool,
}

/// What a checkpoint remembers for `w2v resume`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    /// The command line, the program's name first.
    pub(crate) arguments: Vec<OsString>,
    /// The folder it was typed in.
    pub(crate) folder: OsString,
    /// Where the texts are now, when they have moved since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) moved: Vec<OsString>,
}

impl Note {
    fn of_this_run() -> Self {
        let folder = std::env::current_dir().unwrap_or_default();
        Self {
            arguments: std::env::args_os().collect(),
            folder: folder.into_os_string(),
            moved: Vec::new(),
        }
    }

    pub(crate) fn encode(&self) -> String {
        // Strings and bytes only: nothing that JSON could refuse.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A run's checkpoints, settled.
#[derive(Debug)]
pub(crate) struct Keeping {
    pub(crate) path: PathBuf,
    every: Every,
    /// Whether the user named the file.
    asked: bool,
    note: String,
    /// That of a run that is gone on with is held already.
    _claim: Option<Claim>,
}

impl CheckpointArgs {
    /// What is to be kept of a run that writes `output`; nothing where it goes to a pipe or device.
    pub(crate) fn keeping(
        &self,
        output: &Path,
        resumed: Option<&Resumed>,
    ) -> Result<Option<Keeping>, Failure> {
        let Some(path) = self.place(output, resumed) else {
            return Ok(None);
        };
        // Whoever goes on with a run wants it kept.
        let asked = resumed.is_some() || self.checkpoint.is_some();
        let (note, claim) = match resumed {
            Some(resumed) => (resumed.note.encode(), None),
            None => {
                if asked {
                    w2v::format::probe_output(&path)?;
                }
                Checkpoints::check_free(&path)?;
                (Note::of_this_run().encode(), Some(Claim::new(&path)?))
            }
        };
        Ok(Some(Keeping {
            path,
            every: self.checkpoint_every,
            asked,
            note,
            _claim: claim,
        }))
    }

    /// Where a run that writes `output` is kept, links followed: what is at their end is replaced and removed.
    pub(crate) fn place(&self, output: &Path, resumed: Option<&Resumed>) -> Option<PathBuf> {
        let is_file = || std::fs::metadata(output).map_or(true, |kind| kind.is_file());
        match (resumed, &self.checkpoint) {
            _ if self.no_checkpoint => None,
            (Some(resumed), _) => Some(resumed.path.clone()),
            (None, Some(path)) => Some(real(path)),
            (None, None) => is_file().then(|| {
                let mut path = output.as_os_str().to_owned();
                path.push(".checkpoint");
                real(Path::new(&path))
            }),
        }
    }
}

/// The file at `path` for this run alone.
pub(crate) fn claim(path: &Path, resumed: bool) -> w2v::Result<Claim> {
    /// Whoever goes on with a run may have just killed it.
    const DYING: Duration = Duration::from_secs(3);
    match resumed {
        true => Claim::within(path, DYING),
        false => Claim::new(path),
    }
}

/// A run that is gone on with.
#[derive(Debug)]
pub(crate) struct Resumed {
    /// What was read.
    pub(crate) checkpoint: Checkpoint,
    /// The file that the user named.
    pub(crate) path: PathBuf,
    /// What its checkpoints remember.
    pub(crate) note: Note,
    /// It is no other's from before it was read on.
    pub(crate) _claim: Claim,
    /// Threads, where the user wants another number.
    pub(crate) threads: Option<usize>,
}

impl Resumed {
    /// The options of the run.
    pub(crate) fn options(&self) -> TrainOptions {
        let options = self.checkpoint.options().clone();
        TrainOptions {
            threads: self.threads.unwrap_or(options.threads),
            ..options
        }
    }

    /// Says from where the run goes on.
    pub(crate) fn tell(&self, talk: &mut Talk) {
        let (tokens, total) = self.checkpoint.tokens();
        let path = self.checkpoint.path().display().to_string();
        talk.line(&format!(
            "going on from {path}, {:.1} % of the training done",
            100.0 * tokens as f64 / total.max(1) as f64
        ));
        talk.log.record(Event::Resumed {
            checkpoint: path,
            tokens,
        });
    }
}

impl Keeping {
    /// The same for the library; what happens is told and logged.
    pub(crate) fn checkpoints<'a>(
        &self,
        talk: &'a RefCell<&mut Talk>,
        interrupt: &'a Interrupt,
    ) -> Checkpoints<'a> {
        let path = self.path.clone();
        let told = move |result: w2v::Result<Kept>| match result {
            Ok(kept) => {
                interrupt.kept(&path);
                talk.borrow_mut().log.record(Event::Checkpoint {
                    checkpoint: path.display().to_string(),
                    tokens: kept.tokens,
                    stalled_seconds: kept.stalled.as_secs_f64(),
                    write_seconds: kept.took.as_secs_f64(),
                });
            }
            Err(error) => {
                let mut talk = talk.borrow_mut();
                talk.warning(&format!("note: {error}"));
                talk.log.record(Event::CheckpointFailed {
                    error: error.to_string(),
                });
            }
        };
        Checkpoints {
            path: self.path.clone(),
            every: self.every,
            at_end: self.asked,
            note: self.note.clone(),
            told: Box::new(told),
        }
    }

    /// Whether a checkpoint is written when the run is interrupted now.
    pub(crate) fn keeps_at_end(&self, interrupt: &Interrupt) -> bool {
        self.asked || interrupt.has_kept()
    }

    /// Removes the checkpoints of a run whose vectors are written.
    pub(crate) fn remove(&self, interrupt: &Interrupt) {
        if self.keeps_at_end(interrupt) {
            Checkpoints::remove(&self.path);
        }
    }
}

/// A time with its unit, or a number of tokens.
fn every(typed: &str) -> Result<Every, &'static str> {
    const EXPECTED: &str = "expected a time such as 90s, 10m or 2h, or a number of tokens";
    let seconds = match typed.chars().last() {
        Some('s') => 1.0,
        Some('m') => 60.0,
        Some('h') => 3600.0,
        _ => {
            let tokens: u64 = typed.parse().map_err(|_| EXPECTED)?;
            return (tokens > 0)
                .then_some(Every::Tokens(tokens))
                .ok_or(EXPECTED);
        }
    };
    let number: f64 = typed[..typed.len() - 1].parse().map_err(|_| EXPECTED)?;
    let time = Duration::try_from_secs_f64(number * seconds).map_err(|_| EXPECTED)?;
    (!time.is_zero())
        .then_some(Every::Time(time))
        .ok_or(EXPECTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_tokens() {
        assert_eq!(every("90s"), Ok(Every::Time(Duration::from_secs(90))));
        assert_eq!(every("0.5m"), Ok(Every::Time(Duration::from_secs(30))));
        assert_eq!(every("2h"), Ok(Every::Time(Duration::from_secs(7200))));
        assert_eq!(every("5000000"), Ok(Every::Tokens(5_000_000)));
        for wrong in ["", "m", "0", "0s", "-1m", "10M", "1e400h", "ten"] {
            assert!(every(wrong).is_err(), "{wrong}");
        }
    }
}
