//! The trainer: skip-gram and CBOW with negative sampling, Hogwild-parallel.
//!
//! The definitions are word2vec's (Mikolov 2013a, 2013b and its code):
//! - windows reach `1..=window` words to each side, every width as often as the others;
//! - subsampling keeps a word with probability `min(1, sqrt(t/f) + t/f)`, `f` its share of the text;
//! - noise words follow `count ^ 0.75`; one equal to the centre is redrawn;
//! - the learning rate falls linearly over all tokens of all epochs, to a ten-thousandth;
//! - a context word's *input* row predicts the centre's *output* row;
//! - a line is a sentence, cut at 1,000 tokens.
//!
//! One thing differs, for speed at equal accuracy: the negatives of a centre are drawn once for its
//! whole window, not once a context word, so that a window is one small matrix problem (see
//! [`crate::kernels`]).
//!
//! May use `vocab`, `corpus`, `graph`, `embeddings`, `kernels`, `memory` and `format` (checkpoints).

mod checkpoint;
mod choices;
mod combine;
mod gate;
mod given;
mod health;
mod level;
mod looks;
mod options;
mod ordered;
mod plan;
mod positions;
mod replicas;
mod result;
mod sampler;
mod settings;
mod start;
#[cfg(test)]
mod tests;
mod units;
mod widths;
mod worker;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crate::corpus::Corpus;
use crate::embeddings::Embeddings;
use crate::error::{Error, Result, TrainError};
use crate::graph::Graph;
use checkpoint::Keeper;
use gate::Gate;
use health::Health;
use looks::{Border, Looks};
use result::Sources;
use sampler::{NoisePool, Subsampler};
use start::Start;
use units::Schedule;
use worker::{Loss, Run, Worker};

pub use checkpoint::{Checkpoint, Checkpoints, Every, Kept};
pub use choices::{CbowGradient, InputKind, Objective, Preset, Vectors};
pub use given::{Freeze, Given, GivenOptions, Overlap, WordsOf};
pub use looks::Look;
pub use options::{TrainConfig, TrainOptions};
pub use plan::MemoryPlan;
pub use sampler::kept_share;
pub use settings::{SETTINGS, Setting};

/// Rows that a thread takes at least where all cores go over a matrix, with memory for one row.
const SHARE: usize = 1_024;

/// Time between two looks at the workers.
const WATCH: Duration = Duration::from_millis(100);

/// How far training has come; all of it true for all threads together.
#[derive(Debug, Clone, Copy)]
pub struct TrainProgress {
    /// Tokens trained so far, over all epochs.
    pub tokens: u64,
    /// Tokens to train in all: corpus tokens x epochs.
    pub tokens_total: u64,
    /// Epoch at work, from 1.
    pub epoch: usize,
    /// Learning rate now.
    pub lr: f64,
    /// Mean loss a trained pair, in nats, over the time since the last call; `None` before any.
    /// A pair is a context word and a centre, with the centre's negatives.
    pub loss: Option<f64>,
    /// Wall time since training began.
    pub elapsed: Duration,
}

/// What comes out of training.
#[derive(Debug)]
pub struct Trained {
    /// The vectors, with their history in the metadata.
    pub embeddings: Embeddings,
    /// Mean loss a trained pair of each epoch, in nats.
    pub loss: Vec<f64>,
    /// Pairs trained in all epochs: of a centre and a word in its window, or of a centre and its window (CBOW).
    pub pairs: u64,
    /// Wall time of the training alone.
    pub elapsed: Duration,
}

/// Trains on `corpus`, from the beginning to the end: [`Training`] with nothing else set.
///
/// # Errors
/// As [`Training::run`].
pub fn train(
    config: &TrainConfig,
    corpus: &Corpus,
    watch: &mut dyn FnMut(&TrainProgress) -> ControlFlow<()>,
) -> Result<Trained> {
    Training::new(config, corpus).run(watch)
}

/// A run that is about to begin.
pub struct Training<'a> {
    config: &'a TrainConfig,
    corpus: &'a Corpus,
    graph: Option<&'a Graph>,
    given: Option<&'a Given>,
    checkpoint: Option<&'a Checkpoint>,
    checkpoints: Option<Checkpoints<'a>>,
    look: Option<Look<'a>>,
}

impl<'a> Training<'a> {
    /// Of `config` on `corpus`, from the beginning.
    pub fn new(config: &'a TrainConfig, corpus: &'a Corpus) -> Self {
        Self {
            config,
            corpus,
            graph: None,
            given: None,
            checkpoint: None,
            checkpoints: None,
            look: None,
        }
    }

    /// Begins with the vectors of `given`, where there are any.
    pub fn given(self, given: Option<&'a Given>) -> Self {
        Self { given, ..self }
    }

    /// Takes the corpus for starts of walks on `graph`.
    pub fn walk(self, graph: Option<&'a Graph>) -> Self {
        Self { graph, ..self }
    }

    /// Goes on where `checkpoint` was written, with the same schedule.
    pub fn resume(self, checkpoint: &'a Checkpoint) -> Self {
        Self {
            checkpoint: Some(checkpoint),
            ..self
        }
    }

    /// Keeps the run in a file while it is under way.
    pub fn keep(self, checkpoints: Checkpoints<'a>) -> Self {
        Self {
            checkpoints: Some(checkpoints),
            ..self
        }
    }

    /// Shows the vectors at the end of every epoch but the last. A look changes nothing, but takes time: it is made in
    /// the calling thread, so until it returns `watch` is not called and no checkpoint begins.
    pub fn look(self, look: Option<Look<'a>>) -> Self {
        Self { look, ..self }
    }

    /// Trains. `watch` is called from the calling thread about ten times a second, not necessarily at the very end;
    /// [`ControlFlow::Break`] ends the run with [`TrainError::Interrupted`].
    ///
    /// # Errors
    /// A vocabulary too small to draw noise from, a plan larger than the machine's memory, a
    /// checkpoint of another run, given vectors of another length, numbers that leave the range of floats, an interruption.
    pub fn run(self, watch: &mut dyn FnMut(&TrainProgress) -> ControlFlow<()>) -> Result<Trained> {
        let words = self.corpus.vocab().len();
        if words < 2 {
            return Err(TrainError::Vocabulary { words }.into());
        }
        // A checkpoint that nobody asked for is left out where there is no room for its copy.
        let kept = self.checkpoints.as_ref().is_some_and(|c| c.at_end);
        MemoryPlan::new(self.config, self.corpus, self.given, kept).check()?;
        let (config, corpus, given) = (self.config, self.corpus, self.given);
        let sources = Sources {
            config,
            corpus,
            graph: self.graph,
            given,
        };
        let freezing = given.map(|given| given.freezing(config, corpus));
        let freezing = freezing.unwrap_or_default();
        let mut start = match (self.checkpoint, given) {
            (Some(checkpoint), _) => checkpoint.start(&sources, &freezing)?,
            (None, Some(given)) => Start::given(config, corpus, given)?,
            (None, None) => Start::fresh(config, corpus)?,
        };
        start.freezing = freezing;
        let mut run = prepare(config, corpus, start);
        if let Some(checkpoint) = self.checkpoint {
            checkpoint.check_place(&run.schedule)?;
        }
        let walks = config.options().walks.unwrap_or_default();
        run.graph = self.graph.map(|graph| (graph, walks));
        if self.look.is_some() {
            let next = run.next.load(Ordering::Relaxed);
            // At the beginning of an epoch the one before it may be waiting for its look.
            let last = config.options().epochs - 1;
            let epoch = (run.schedule.unit(next)).map_or(last, |(epoch, number, _)| match number {
                0 => epoch.saturating_sub(1),
                _ => epoch,
            });
            run.border = Some(Border::behind(epoch));
        }
        let looks = self.look.map(|look| Looks {
            run: &run,
            sources,
            look,
        });
        let keeper = self.checkpoints.map(|c| Keeper::new(&run, c, &sources));
        work(&run, (keeper, looks), watch)?;
        finish(run, sources)
    }
}

/// Stops all workers when its thread panics: nobody else would open the border that they wait at.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// Tells the thread that watches when a worker's work is over, however it ends. Asked itself, a thread that is about to end
/// says no, and the watch would wait once more.
struct AtWork<'a> {
    workers: &'a AtomicUsize,
    watcher: Thread,
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.workers.fetch_sub(1, Ordering::Release);
        self.watcher.unpark();
    }
}

/// Lets the workers run to the end, and keeps an eye on them.
fn work<'r>(
    run: &'r Run<'r>,
    (mut keeper, mut looks): (Option<Keeper<'_, 'r>>, Option<Looks<'_, 'r>>),
    watch: &mut dyn FnMut(&TrainProgress) -> ControlFlow<()>,
) -> Result<()> {
    let at_work = AtomicUsize::new(run.workers());
    let stopped = std::thread::scope(|scope| {
        let _stop = StopOnPanic(&run.stop);
        let watcher = std::thread::current();
        let worker = |_| {
            let at_work = AtWork {
                workers: &at_work,
                watcher: watcher.clone(),
            };
            let work = move || {
                let _at_work = at_work;
                let _stop = StopOnPanic(&run.stop);
                match run.config.prepares_ahead() {
                    true => ordered::work(run),
                    false => Worker::new(run).work(),
                }
            };
            let thread = std::thread::Builder::new().spawn_scoped(scope, work);
            // With one thread missing all end: better now than with half the speed.
            thread.map(drop).map_err(|error| {
                run.stop.store(true, Ordering::Relaxed);
                TrainError::Thread(error)
            })
        };
        (0..run.workers()).try_for_each(worker)?;
        let (mut seen, mut health) = (totals(run), Health::default());
        while at_work.load(Ordering::Acquire) > 0 {
            std::thread::park_timeout(WATCH);
            look(run, (&mut seen, &mut health), watch)?;
            if let Some(keeper) = &mut keeper {
                keeper.tend(scope);
            }
            if let Some(looks) = &mut looks {
                looks.tend();
            }
        }
        Ok(())
    });
    match (stopped, keeper) {
        (Err(Error::Train(TrainError::Interrupted { tokens, total, .. })), Some(mut keeper)) => {
            let checkpoint = keeper.close();
            Err(TrainError::Interrupted {
                tokens,
                total,
                checkpoint,
            }
            .into())
        }
        (stopped, Some(mut keeper)) => {
            keeper.finish();
            stopped
        }
        (stopped, None) => stopped,
    }
}

/// What a run to the end leaves.
fn finish(run: Run<'_>, sources: Sources<'_>) -> Result<Trained> {
    let elapsed = run.elapsed();
    let loss = run.loss.into_inner().unwrap_or_default();
    if loss.iter().all(|(_, pairs)| *pairs == 0) {
        return Err(TrainError::NoPairs.into());
    }
    health::check_end(run.config, &loss, [&run.input, &run.output])?;
    let pairs = loss.iter().map(|(_, pairs)| pairs).sum();
    let loss: Vec<f64> = loss.into_iter().map(mean).collect();
    let embeddings = result::embeddings(&sources, (run.input, run.output), &loss)?;
    Ok(Trained {
        embeddings,
        loss,
        pairs,
        elapsed,
    })
}

/// Tables and counters of a run, around what it begins with.
fn prepare<'a>(config: &'a TrainConfig, corpus: &'a Corpus, start: Start) -> Run<'a> {
    let options = config.options();
    let vocab = corpus.vocab();
    let schedule = Schedule::new(corpus, options.unit(), options.epochs, options.lr);
    Run {
        config,
        corpus,
        graph: None,
        subsampler: Subsampler::new(vocab, options.subsample),
        noise: NoisePool::new(vocab, options.noise_power, options.seed),
        freezing: start.freezing,
        input: start.input,
        output: start.output,
        positions: start.positions,
        next: AtomicUsize::new(start.place.next),
        done: AtomicU64::new(schedule.tokens_before(start.place.next)),
        stop: AtomicBool::new(false),
        loss: Mutex::new(start.place.loss),
        gate: Gate::default(),
        border: None,
        began: (Instant::now(), start.place.elapsed),
        schedule,
    }
}

/// The loss of all epochs together.
fn totals(run: &Run<'_>) -> Loss {
    let loss = run.loss.lock().unwrap_or_else(PoisonError::into_inner);
    loss.iter().fold((0.0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

/// Tells the caller how far things are, and the workers to stop if need be.
fn look(
    run: &Run<'_>,
    (seen, health): (&mut Loss, &mut Health),
    watch: &mut dyn FnMut(&TrainProgress) -> ControlFlow<()>,
) -> Result<()> {
    let now = totals(run);
    let since = (now.0 - seen.0, now.1 - seen.1);
    *seen = now;
    let (tokens, total) = (run.done.load(Ordering::Relaxed), run.schedule.total());
    let corpus_tokens = run.corpus.tokens().max(1);
    let epochs = run.config.options().epochs;
    let progress = TrainProgress {
        tokens,
        tokens_total: total,
        epoch: ((tokens / corpus_tokens) as usize + 1).min(epochs),
        lr: run.schedule.lr(tokens),
        loss: (since.1 > 0).then(|| mean(since)),
        elapsed: run.elapsed(),
    };
    let stopped = if watch(&progress).is_break() {
        Err(TrainError::Interrupted {
            tokens,
            total,
            checkpoint: None,
        }
        .into())
    } else {
        health.look(run, progress.epoch, since)
    };
    if stopped.is_err() {
        run.stop.store(true, Ordering::Relaxed);
    }
    stopped
}

fn mean((sum, pairs): Loss) -> f64 {
    sum / pairs.max(1) as f64
}
