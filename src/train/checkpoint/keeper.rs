//! When checkpoints are written, and how training goes on meanwhile.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

use ndarray::Array2;

use super::state::{Fingerprint, State};
use super::{Checkpoint, SECTION, old};
use crate::corpus::Corpus;
use crate::embeddings::Embeddings;
use crate::error::{CheckpointError, Result};
use crate::format::{self, Extra};
use crate::memory::{SharedMatrix, available_bytes};
use crate::train::result::{self, Sources};
use crate::train::worker::Run;
use crate::train::{mean, positions};

/// Bytes of memory that a word takes beside its letters, in each of the copies of it that are made.
const WORD_BYTES: u64 = 32;

/// Bytes of memory that writing takes beside the copies: the writer's thread with its stack and what its allocator
/// sets aside, the buffer of the file, and what else the run asks for meanwhile.
const WRITING_BYTES: u64 = 32 << 20;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Every {
    /// After so much time.
    Time(Duration),
    /// After so many tokens.
    Tokens(u64),
}

/// Where a run is kept while it is under way.
pub struct Checkpoints<'a> {
    /// The file; the one before the last stands beside it, with `.old` at the end of its name.
    pub path: PathBuf,
    /// How often it is written.
    pub every: Every,
    /// Whether to write one when the caller ends the run, however short it was.
    pub at_end: bool,
    /// Whatever the caller needs to begin again.
    pub note: String,
    /// Told of every checkpoint, and of every one that could not be written; training goes on.
    pub told: Box<dyn FnMut(Result<Kept>) + 'a>,
}

impl Checkpoints<'_> {
    /// Refuses files that are there already: an unfinished run, or something else.
    ///
    /// # Errors
    /// [`CheckpointError::InTheWay`].
    pub fn check_free(path: &Path) -> Result<()> {
        let both = [path.to_path_buf(), old(path)];
        let Some(path) = both.into_iter().find(|path| path.exists()) else {
            return Ok(());
        };
        let found = match Checkpoint::open(&path) {
            Ok(_) => "an unfinished run; go on with it by `w2v resume`, or remove it",
            Err(_) => "another file; name another place with --checkpoint",
        };
        Err(CheckpointError::InTheWay { path, found }.into())
    }

    /// Where the checkpoint before the last one lies.
    pub fn older(path: &Path) -> PathBuf {
        old(path)
    }

    /// Removes the checkpoints of a run whose result is safe.
    pub fn remove(path: &Path) {
        // What is left lies in nobody's way but the disk's.
        let _ = std::fs::remove_file(path);
        let _ = std::fs::remove_file(old(path));
    }
}

/// A checkpoint that was written.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// Tokens trained up to it.
    pub tokens: u64,
    /// How long the workers waited.
    pub stalled: Duration,
    /// How long it took to copy and write.
    pub took: Duration,
}

/// Writes checkpoints of a run when they are due.
pub(in crate::train) struct Keeper<'a, 'r> {
    run: &'r Run<'r>,
    checkpoints: Checkpoints<'a>,
    text: Fingerprint,
    /// When and at how many tokens the last one was begun.
    last: (Instant, u64),
    /// Results of writers, and whether one is at work.
    results: (Sender<Result<Kept>>, Receiver<Result<Kept>>),
    at_work: bool,
    kept_any: bool,
}

impl<'a, 'r> Keeper<'a, 'r> {
    pub(in crate::train) fn new(
        run: &'r Run<'r>,
        checkpoints: Checkpoints<'a>,
        sources: &Sources<'_>,
    ) -> Self {
        Self {
            run,
            text: Fingerprint::of(sources, &run.freezing),
            last: (Instant::now(), run.done.load(Ordering::Relaxed)),
            checkpoints,
            results: channel(),
            at_work: false,
            kept_any: false,
        }
    }

    /// Begins a checkpoint when it is time, and tells of one that is ready.
    pub(in crate::train) fn tend<'scope>(&mut self, scope: &'scope Scope<'scope, '_>)
    where
        'r: 'scope,
    {
        self.finish();
        let tokens = self.run.done.load(Ordering::Relaxed);
        let due = match self.checkpoints.every {
            Every::Time(time) => self.last.0.elapsed() >= time,
            Every::Tokens(step) => tokens.saturating_sub(self.last.1) >= step,
        };
        if due && !self.at_work {
            self.last = (Instant::now(), tokens);
            match self.begin(scope) {
                Ok(()) => self.at_work = true,
                Err(error) => self.tell(Err(error)),
            }
        }
    }

    fn begin<'scope>(&self, scope: &'scope Scope<'scope, '_>) -> Result<()>
    where
        'r: 'scope,
    {
        let (job, sender) = (self.job()?, self.results.0.clone());
        let write = move || {
            // The keeper outlives all writers.
            let _ = sender.send(job.write());
        };
        let begun = std::thread::Builder::new().spawn_scoped(scope, write);
        begun.map_err(CheckpointError::Thread)?;
        Ok(())
    }

    /// Tells of a checkpoint that is ready.
    pub(in crate::train) fn finish(&mut self) {
        if let Ok(result) = self.results.1.try_recv() {
            self.at_work = false;
            self.tell(result);
        }
    }

    /// Writes a last checkpoint of a run that the caller has ended, if one is wanted; all workers
    /// have stopped. Whether there is a checkpoint to go on from.
    pub(in crate::train) fn close(&mut self) -> Option<PathBuf> {
        self.finish();
        if self.checkpoints.at_end || self.kept_any {
            let result = self.job().and_then(Job::write);
            self.tell(result);
        }
        self.kept_any.then(|| self.checkpoints.path.clone())
    }

    fn tell(&mut self, result: Result<Kept>) {
        self.kept_any |= result.is_ok();
        (self.checkpoints.told)(result);
    }

    /// The next checkpoint, if there is memory for it.
    fn job(&self) -> Result<Job<'r>> {
        check_memory(&self.run.input, self.run.corpus)?;
        Ok(Job {
            run: self.run,
            path: self.checkpoints.path.clone(),
            text: self.text.clone(),
            note: self.checkpoints.note.clone(),
        })
    }
}

/// One checkpoint in the making.
struct Job<'r> {
    run: &'r Run<'r>,
    path: PathBuf,
    text: Fingerprint,
    note: String,
}

impl Job<'_> {
    /// Copies everything while the workers wait between two units, then writes while they work.
    fn write(self) -> Result<Kept> {
        let began = Instant::now();
        let mut matrices = [&self.run.input, &self.run.output].map(blank);
        let paused = Instant::now();
        let (state, stalled) = {
            let _nobody_works = self.run.gate.alone();
            copy(&self.run.input, &mut matrices[0])?;
            copy(&self.run.output, &mut matrices[1])?;
            (self.state(), paused.elapsed())
        };
        let [input, output] = matrices;
        let epochs: Vec<f64> = state.loss.iter().copied().map(mean).collect();
        let mut metadata = result::metadata(self.run.config, self.run.corpus, &epochs);
        let place = format!("{} of {} tokens", state.tokens, state.tokens_total);
        metadata.training.insert("unfinished".to_owned(), place);
        let vocab = self.run.corpus.vocab().clone();
        let embeddings = Embeddings::new(vocab, input, metadata).with_output(output);
        let section = state.encode().map_err(std::io::Error::from);
        let section = section.map_err(|e| crate::Error::io(&self.path, "write", e))?;
        let body = |out: &mut dyn std::io::Write| out.write_all(&section);
        let extra = Extra {
            name: SECTION,
            stride: 0,
            body: &body,
        };
        format::save_keeping(&self.path, &embeddings, &[extra], &old(&self.path))?;
        Ok(Kept {
            tokens: state.tokens,
            stalled,
            took: began.elapsed(),
        })
    }

    /// The place of the run, while nobody works.
    fn state(&self) -> State {
        let run = self.run;
        let loss = run.loss.lock().unwrap_or_else(PoisonError::into_inner);
        State {
            options: run.config.options().clone(),
            kernel: run.config.kernel(),
            text: self.text.clone(),
            next: run.next.load(Ordering::Relaxed),
            loss: loss.clone(),
            positions: run.positions.as_ref().map(positions::bits),
            tokens: run.done.load(Ordering::Relaxed),
            tokens_total: run.schedule.total(),
            seconds: run.elapsed().as_secs_f64(),
            note: self.note.clone(),
        }
    }
}

/// Room for a copy, touched already, so that nobody waits for the system's pages.
fn blank(matrix: &SharedMatrix) -> Array2<f32> {
    Array2::from_elem((matrix.rows(), matrix.dim()), f32::MIN_POSITIVE)
}

/// Whether there is room for copies of both matrices and of the words, and to write them. Rust cannot refuse an `Array2`, so
/// the room is tried with memory that can be refused; it is given back at once.
fn check_memory(matrix: &SharedMatrix, corpus: &Corpus) -> Result<()> {
    let (rows, dim) = (matrix.rows(), matrix.dim());
    let words: u64 = (0..rows as u32)
        .map(|id| WORD_BYTES + corpus.vocab().word(id).len() as u64)
        .sum();
    let needed = SharedMatrix::bytes_for(rows, dim).saturating_mul(2) + 3 * words + WRITING_BYTES;
    let available = available_bytes().unwrap_or(u64::MAX);
    let room = SharedMatrix::zeroed(1, usize::try_from(needed / 4).unwrap_or(usize::MAX));
    if needed > available || room.is_err() {
        return Err(CheckpointError::Memory { needed, available }.into());
    }
    Ok(())
}

/// Copies all rows; a row that is no numbers is not kept.
fn copy(from: &SharedMatrix, to: &mut Array2<f32>) -> Result<()> {
    for (id, mut row) in (0..).zip(to.rows_mut()) {
        if let Some(row) = row.as_slice_mut() {
            from.read_row(id, row);
            // A sum of finite floats is finite unless they are huge, which is as bad.
            if !row.iter().sum::<f32>().is_finite() {
                return Err(CheckpointError::NotFinite { row: id }.into());
            }
        }
    }
    Ok(())
}
