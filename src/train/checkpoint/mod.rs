//! A run that can be gone on with: what is kept of it, and how it is found again.
//!
//! A checkpoint is a native file: the input rows as vectors, the output rows beside them, so that
//! an unfinished run can be asked like any model, and a section of its own with the place in the
//! schedule. What a unit of work draws at random follows from the seed and its place, so the place
//! is all there is to a generator's state.

mod keeper;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::options::TrainOptions;
use super::positions;
use super::result::Sources;
use super::start::{Freezing, Place, Start};
use super::units::Schedule;
use crate::corpus::Corpus;
use crate::embeddings::Embeddings;
use crate::error::{CheckpointError, Result};
use crate::format;
use crate::memory::SharedMatrix;
use state::State;

pub(super) use keeper::Keeper;
pub use keeper::{Checkpoints, Every, Kept};
use state::Fingerprint;

/// Name of the section that makes a file of vectors a checkpoint.
const SECTION: &str = "run";

/// An unfinished run, read from its file.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    embeddings: Embeddings,
    state: State,
}

impl Checkpoint {
    /// Opens `path`, or the one before it when there is none there; all checksums are checked.
    ///
    /// # Errors
    /// No file, no checkpoint, or a damaged one; whether the one before it is whole.
    pub fn open(path: &Path) -> Result<Self> {
        let older = old(path);
        if !path.exists() && older.exists() {
            return Self::read(older);
        }
        Self::read(path.to_path_buf()).map_err(|error| match Self::read(older.clone()) {
            Ok(_) => {
                let source = Box::new(error);
                CheckpointError::OlderIsWhole { older, source }.into()
            }
            Err(_) => error,
        })
    }

    fn read(path: PathBuf) -> Result<Self> {
        let embeddings = format::open(&path)?;
        let section = embeddings.extra(SECTION)?;
        let section = section.ok_or_else(|| CheckpointError::Other { path: path.clone() })?;
        let state = State::decode(section.bytes()).map_err(|source| CheckpointError::State {
            path: path.clone(),
            source,
        })?;
        embeddings.verify()?;
        Ok(Self {
            path,
            embeddings,
            state,
        })
    }

    /// The file that was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The options of the run.
    pub fn options(&self) -> &TrainOptions {
        &self.state.options
    }

    /// What the caller wrote into [`Checkpoints::note`].
    pub fn note(&self) -> &str {
        &self.state.note
    }

    /// Tokens trained, and tokens to train in all.
    pub fn tokens(&self) -> (u64, u64) {
        (self.state.tokens, self.state.tokens_total)
    }

    /// Time that the run had trained for when it was written.
    pub fn elapsed(&self) -> Duration {
        self.state.elapsed()
    }

    /// Matrices and place, for a run of `sources` with rows that stay as they are.
    pub(super) fn start(&self, sources: &Sources<'_>, freezing: &Freezing) -> Result<Start> {
        let (config, corpus) = (sources.config, sources.corpus);
        self.state.check_options(&self.path, config)?;
        let now = Fingerprint::of(sources, freezing);
        // The vectors first, for they may decide what is kept of the text.
        self.check_vectors(sources, &now)?;
        self.check_text(corpus, &now)?;
        self.check_frozen(&now)?;
        let (words, dim) = (corpus.vocab().len(), config.options().dim);
        let input = SharedMatrix::zeroed(words, dim)?;
        let output = SharedMatrix::zeroed(words, dim)?;
        for id in 0..words as u32 {
            input.write_row(id, self.embeddings.row(id));
            let row = self.embeddings.output_row(id);
            let row = row.ok_or_else(|| CheckpointError::Other {
                path: self.path.clone(),
            })?;
            output.write_row(id, row);
        }
        let weights = positions::fresh(config.options())?;
        if let (Some(weights), Some(bits)) = (&weights, &self.state.positions) {
            positions::restore(weights, bits);
        }
        Ok(Start {
            input,
            output,
            positions: weights,
            freezing: Freezing::default(),
            place: Place {
                next: self.state.next,
                loss: self.state.loss.clone(),
                elapsed: self.state.elapsed(),
            },
        })
    }

    /// Whether the work is cut as it was when the run began: after as many pieces, as many tokens are trained.
    pub(super) fn check_place(&self, schedule: &Schedule) -> Result<()> {
        let found = schedule.tokens_before(self.state.next);
        match self.state.tokens {
            expected if expected == found => Ok(()),
            expected => Err(CheckpointError::Place {
                path: self.path.clone(),
                expected,
                found,
            }
            .into()),
        }
    }

    /// Whether the given vectors are those that the run began with.
    fn check_vectors(&self, sources: &Sources<'_>, now: &Fingerprint) -> Result<()> {
        let what = match sources.given {
            Some(given) => format!("the vectors of {}", given.names()),
            None => "the given vectors".to_owned(),
        };
        self.check_given(what, self.state.text.other_vectors(now))
    }

    /// Whether the rows that stay as they are are those of the run so far.
    fn check_frozen(&self, now: &Fingerprint) -> Result<()> {
        let what = "the frozen words".to_owned();
        self.check_given(what, self.state.text.other_frozen(now))
    }

    fn check_given(&self, what: String, differs: Option<(String, String)>) -> Result<()> {
        differs.map_or(Ok(()), |(expected, found)| {
            Err(CheckpointError::Given {
                path: self.path.clone(),
                what,
                expected,
                found,
            }
            .into())
        })
    }

    /// Whether `corpus` is the text that the run began with.
    fn check_text(&self, corpus: &Corpus, now: &Fingerprint) -> Result<()> {
        let (text, cut) = (&self.embeddings.metadata().text, corpus.text().to_map());
        let names = text.keys().chain(cut.keys());
        // An option that is younger than the checkpoint was at rest: empty.
        let value = |map: &BTreeMap<String, String>, name: &String| {
            map.get(name).filter(|value| !value.is_empty()).cloned()
        };
        let differs = |name: &&String| value(text, name) != value(&cut, name);
        let of = |map, name| value(map, name).unwrap_or_else(|| "none".to_owned());
        if let Some(name) = names.clone().find(differs) {
            return Err(CheckpointError::Option {
                path: self.path.clone(),
                name: name.clone(),
                expected: of(text, name),
                found: of(&cut, name),
            }
            .into());
        }
        match self.state.text.difference(now) {
            None => Ok(()),
            Some((what, expected, found)) => Err(CheckpointError::Text {
                path: self.path.clone(),
                what,
                expected,
                found,
            }
            .into()),
        }
    }
}

/// Where the checkpoint before the last one lies.
pub(super) fn old(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".old");
    PathBuf::from(name)
}
