//! One Hogwild worker: takes units of work until none is left.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

use super::options::TrainConfig;
use super::positions::Positions;
use super::sampler::{Dealer, NoisePool, Random, Subsampler};
use super::start::Freezing;
use super::units::{MAX_SENTENCE, Schedule, Unit, sentences};
use crate::corpus::Corpus;
use crate::memory::{SharedMatrix, Stepper};

/// Sum of losses in nats and number of pairs.
pub(super) type Loss = (f64, u64);

/// All that the workers of a run share.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) config: &'a TrainConfig,
    pub(super) corpus: &'a Corpus,
    pub(super) schedule: Schedule,
    pub(super) subsampler: Subsampler,
    pub(super) noise: NoisePool,
    pub(super) freezing: Freezing,
    pub(super) input: SharedMatrix,
    pub(super) output: SharedMatrix,
    /// Weights of the positions in a window, where there are any.
    pub(super) positions: Option<SharedMatrix>,
    /// Next piece of work.
    pub(super) next: AtomicUsize,
    /// Tokens trained.
    pub(super) done: AtomicU64,
    /// Set to end all workers after the unit at hand.
    pub(super) stop: AtomicBool,
    /// Loss of each epoch.
    pub(super) loss: Mutex<Vec<Loss>>,
    /// Held by a worker for as long as it is inside a unit; whoever has it alone finds all units
    /// below `next` finished and no other begun.
    pub(super) gate: RwLock<()>,
    /// When this run began, and the time of training before it.
    pub(super) began: (Instant, Duration),
}

impl Run<'_> {
    /// Time of training, that of the runs before this one included.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.0.elapsed() + self.began.1
    }
}

/// One thread's state; allocates when it is made and never after.
pub(super) struct Worker<'a> {
    run: &'a Run<'a>,
    stepper: Stepper<'a>,
    positions: Option<Positions<'a>>,
    kept: Vec<u32>,
    /// For each kept token its row and its negatives' rows.
    outputs: Vec<u32>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(run: &'a Run<'a>) -> Self {
        let options = run.config.options();
        let outputs = 1 + options.negatives;
        let mut stepper = Stepper::new(
            run.config.kernel(),
            options.form(),
            (&run.input, &run.output),
            [options.window, outputs, MAX_SENTENCE],
        );
        if run.positions.is_some() {
            stepper = stepper.weighted(run.config.kernel());
        }
        let threads = run.config.threads();
        Self {
            run,
            stepper,
            positions: (run.positions.as_ref()).map(|shared| Positions::new(shared, threads)),
            kept: Vec::with_capacity(MAX_SENTENCE),
            outputs: Vec::with_capacity(MAX_SENTENCE * outputs),
        }
    }

    /// Works until nothing is left or the run is stopped.
    pub(super) fn work(&mut self) {
        while !self.run.stop.load(Ordering::Relaxed) {
            let _inside = self.run.gate.read();
            let index = self.run.next.fetch_add(1, Ordering::Relaxed);
            let Some((epoch, number, unit)) = self.run.schedule.unit(index) else {
                return;
            };
            let random = Random::stream(
                self.run.config.options().seed,
                [epoch as u64, number as u64],
            );
            if let Some(positions) = &mut self.positions {
                positions.take(&mut self.stepper);
            }
            let tokens = self.unit(epoch, unit, random);
            if let Some(positions) = &mut self.positions {
                positions.give(&mut self.stepper);
            }
            self.run.done.fetch_add(tokens, Ordering::Relaxed);
            let (sum, pairs) = self.stepper.take_loss().total();
            if let Ok(mut loss) = self.run.loss.lock() {
                loss[epoch].0 += sum;
                loss[epoch].1 += pairs;
            }
        }
    }

    /// Trains one unit; its number of tokens.
    fn unit(&mut self, epoch: usize, unit: Unit, mut random: Random) -> u64 {
        let run = self.run;
        let tokens = unit.tokens(run.corpus);
        let mut dealer = run.noise.dealer(&mut random);
        let mut done = epoch as u64 * run.corpus.tokens() + unit.before;
        self.stepper.freeze(run.freezing.after(done));
        for sentence in sentences(tokens) {
            run.subsampler.keep(sentence, &mut random, &mut self.kept);
            done += sentence.len() as u64;
            if self.kept.len() > 1 {
                self.draw(&mut dealer);
                self.centres(run.schedule.lr(done) as f32, &mut random);
            }
        }
        tokens.len() as u64
    }

    /// Negatives for every kept token.
    fn draw(&mut self, dealer: &mut Dealer<'_>) {
        let n = 1 + self.run.config.options().negatives;
        self.outputs.clear();
        self.outputs.resize(self.kept.len() * n, 0);
        for (outputs, centre) in self.outputs.chunks_exact_mut(n).zip(&self.kept) {
            if let [first, negatives @ ..] = outputs {
                *first = *centre;
                dealer.draw(*centre, negatives);
            }
        }
    }

    /// Every kept token as a centre.
    fn centres(&mut self, lr: f32, random: &mut Random) {
        let window = self.run.config.options().window as u32;
        self.stepper.sentence(&self.kept, &self.outputs);
        for centre in 0..self.kept.len() {
            let radius = 1 + random.below(window) as usize;
            self.stepper.step(centre, radius, lr);
        }
    }
}
