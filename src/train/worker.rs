//! One Hogwild worker: takes units of work until none is left.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::gate::Gate;
use super::looks::Border;
use super::options::TrainConfig;
use super::ordered::{Prepared, count};
use super::positions::Positions;
use super::replicas;
use super::sampler::{Dealer, NoisePool, Random, Subsampler};
use super::start::Freezing;
use super::units::{MAX_SENTENCE, Schedule, Unit, sentences};
use super::widths::Widths;
use crate::corpus::{Corpus, SENTENCE_START};
use crate::graph::{Graph, WalkOptions, Walks};
use crate::memory::{SharedMatrix, Stepper};

/// Words that there are for each worker, at least.
const ROOM: usize = 16;

/// Sum of losses in nats and number of pairs.
pub(super) type Loss = (f64, u64);

/// All that the workers of a run share.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) config: &'a TrainConfig,
    pub(super) corpus: &'a Corpus,
    /// The graph to walk on, where sentences are starts of walks.
    pub(super) graph: Option<(&'a Graph, WalkOptions)>,
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
    /// Held by a worker for as long as it is inside a stretch of units; whoever has it alone finds all units
    /// below `next` finished, no other begun, and all that was learnt in the shared rows.
    pub(super) gate: Gate,
    /// Where workers wait at the end of an epoch, when somebody looks at the vectors there.
    pub(super) border: Option<Border>,
    /// When this run began, and the time of training before it.
    pub(super) began: (Instant, Duration),
}

impl Run<'_> {
    /// Threads that train. In a tiny vocabulary all of them would step on the same few rows at every moment, each
    /// from where the others have moved them: far too long steps in all.
    pub(super) fn workers(&self) -> usize {
        let most = (self.corpus.vocab().len() / ROOM).max(1);
        self.config.workers().min(most)
    }

    /// Time of training, that of the runs before this one included.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.0.elapsed() + self.began.1
    }

    /// Waits where the next piece of work lies beyond the border.
    pub(super) fn wait_at_border(&self) {
        if let Some((border, epoch)) = self.border_before(self.next.load(Ordering::Relaxed)) {
            border.wait(epoch, &self.stop);
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Takes the next piece of work; none that has to wait at the border, and none once the run is stopped.
    fn take(&self) -> Option<usize> {
        let after = |next| {
            let ahead = self.border_before(next);
            let waits = ahead.is_some_and(|(border, epoch)| border.holds(epoch, &self.stop));
            (!waits && !self.is_stopped()).then_some(next + 1)
        };
        let taken = (self.next).fetch_update(Ordering::Relaxed, Ordering::Relaxed, after);
        taken.ok()
    }

    /// The border, and the epoch of piece of work `index`.
    fn border_before(&self, index: usize) -> Option<(&Border, usize)> {
        let border = self.border.as_ref()?;
        let (epoch, ..) = self.schedule.unit(index)?;
        Some((border, epoch))
    }
}

/// One thread's state; allocates when it is made and never after.
pub(super) struct Worker<'a> {
    run: &'a Run<'a>,
    stepper: Stepper<'a>,
    positions: Option<Positions<'a>>,
    sampling: Sampling<'a>,
    /// The tokens of the unit at hand.
    tokens: Vec<u32>,
}

/// A sentence's random choices.
pub(super) struct Sampling<'a> {
    pub(super) run: &'a Run<'a>,
    /// Tokens that are kept.
    pub(super) kept: Vec<u32>,
    /// The walks at hand, and how many of them were taken.
    walks: Option<(Walks, usize)>,
    /// For each kept token its row and its negatives' rows.
    pub(super) outputs: Vec<u32>,
    /// How far their windows reach.
    pub(super) widths: Widths,
}

impl<'a> Sampling<'a> {
    pub(super) fn new(run: &'a Run<'a>) -> Self {
        let outputs = 1 + run.config.options().negatives;
        Self {
            run,
            kept: Vec::with_capacity(MAX_SENTENCE),
            walks: run.graph.map(|(_, options)| (Walks::new(options), 0)),
            outputs: Vec::with_capacity(MAX_SENTENCE * outputs),
            widths: Widths::new(run.config.options()),
        }
    }

    /// Chooses what is kept of `sentence`, and negatives for it; whether there is anything to train. `ahead`
    /// is what comes after it in the unit, all of whose sentences pass here in their order.
    #[inline]
    pub(super) fn sentence(
        &mut self,
        (sentence, ahead): (&[u32], &[u32]),
        random: &mut Random,
        dealer: &mut Dealer<'_>,
    ) -> bool {
        let subsampler = &self.run.subsampler;
        match (self.run.graph, &mut self.walks) {
            (Some((graph, _)), Some((walks, taken))) => {
                if *taken == walks.len() {
                    // A sentence is the start of a walk, so those ahead are the next starts.
                    let starts = sentence.iter().chain(ahead);
                    let starts = starts.map(|start| start & !SENTENCE_START);
                    walks.walk(graph, starts, &mut || random.bits());
                    *taken = 0;
                }
                subsampler.keep(walks.get(*taken), random, &mut self.kept);
                *taken += 1;
            }
            _ => subsampler.keep(sentence, random, &mut self.kept),
        }
        if self.run.config.options().input.is_set() {
            for i in (1..self.kept.len()).rev() {
                self.kept.swap(i, random.below(i as u32 + 1) as usize);
            }
        }
        if self.kept.len() > 1 {
            self.draw(dealer);
        }
        self.kept.len() > 1
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
        )
        .decaying(options.output_decay as f32);
        if run.positions.is_some() {
            stepper = stepper.weighted();
        }
        stepper.replicate(&replicas::shares(run));
        Self {
            run,
            stepper,
            positions: (run.positions.as_ref()).map(|shared| Positions::new(shared, run.workers())),
            sampling: Sampling::new(run),
            tokens: Vec::with_capacity(run.schedule.longest()),
        }
    }

    /// Works until nothing is left or the run is stopped.
    pub(super) fn work(&mut self) {
        let stretch = replicas::stretch(self.run);
        let mut left = true;
        while left && !self.run.is_stopped() {
            self.run.wait_at_border();
            let _inside = self.run.gate.enter();
            for _ in 0..stretch {
                let Some(index) = self.run.take() else {
                    break;
                };
                left = self.next(index);
                if !left {
                    break;
                }
            }
            self.stepper.merge();
        }
    }

    /// Trains piece of work `index`; false when there is none.
    fn next(&mut self, index: usize) -> bool {
        let Some((epoch, number, unit)) = self.run.schedule.unit(index) else {
            return false;
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
        let loss = self.stepper.take_loss().total();
        count(self.run, epoch, tokens, loss);
        true
    }

    /// Trains a unit whose random choices are made; its epoch, tokens and loss. `None` when there is
    /// no such piece of work.
    pub(super) fn prepared(&mut self, prepared: &Prepared) -> Option<(usize, u64, Loss)> {
        let (epoch, _, unit) = self.run.schedule.unit(prepared.index)?;
        let tokens = unit.piece.tokens() as u64;
        let done = epoch as u64 * self.run.corpus.tokens() + unit.before;
        self.stepper.freeze(self.run.freezing.during(done, tokens));
        if let Some(positions) = &mut self.positions {
            positions.take(&mut self.stepper);
        }
        let width = 1 + self.run.config.options().negatives;
        let mut start = 0;
        for (len, lr) in &prepared.sentences {
            let words = start..start + len;
            let outputs = &prepared.outputs[words.start * width..words.end * width];
            self.stepper
                .sentence(&prepared.words[words.clone()], outputs);
            for (centre, radius) in prepared.radii[words].iter().enumerate() {
                self.stepper.step(centre, usize::from(*radius), *lr);
            }
            start += len;
        }
        if let Some(positions) = &mut self.positions {
            positions.give(&mut self.stepper);
        }
        Some((epoch, tokens, self.stepper.take_loss().total()))
    }

    /// Trains one unit; its number of tokens.
    fn unit(&mut self, epoch: usize, unit: Unit, mut random: Random) -> u64 {
        let run = self.run;
        let mut tokens = std::mem::take(&mut self.tokens);
        run.corpus.read(unit.piece, &mut tokens);
        let mut dealer = run.noise.dealer(&mut random);
        self.sampling.widths.shift(&mut random);
        let mut done = epoch as u64 * run.corpus.tokens() + unit.before;
        let of_unit = unit.piece.tokens() as u64;
        self.stepper.freeze(run.freezing.during(done, of_unit));
        for (sentence, ahead) in sentences(&tokens) {
            done += sentence.len() as u64;
            let sampling = &mut self.sampling;
            if sampling.sentence((sentence, ahead), &mut random, &mut dealer) {
                self.centres(run.schedule.lr(done) as f32);
            }
        }
        self.tokens = tokens;
        of_unit
    }

    /// Every kept token as a centre.
    fn centres(&mut self, lr: f32) {
        let Sampling {
            kept,
            outputs,
            widths,
            ..
        } = &mut self.sampling;
        self.stepper.sentence(kept, outputs);
        for centre in 0..kept.len() {
            self.stepper.step(centre, widths.next(), lr);
        }
    }
}
