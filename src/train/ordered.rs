//! The same bytes for any number of threads: the steps in their order, one after the other.
//!
//! Every other way to share the steps pays for the order: private copies of rows that are added up
//! afterwards cost more memory traffic than the steps themselves, and frequent rows' changes do not
//! add up (see ARCHITECTURE.md). So one thread makes all steps. All that is random, which words are kept, which
//! are noise, how wide each window is, follows from the place of a unit alone, and a second thread
//! prepares it a few units ahead. The result is that of one thread, byte by byte.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::sampler::Random;
use super::units::{MAX_SENTENCE, sentences};
use super::worker::{Loss, Run, Sampling, Worker};

/// Units that are prepared ahead.
const AHEAD: usize = 3;

/// A unit, all its random choices made.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// Piece of work.
    pub(super) index: usize,
    /// The unit's tokens.
    tokens: Vec<u32>,
    /// Words that are kept and learning rate of each sentence.
    pub(super) sentences: Vec<(usize, f32)>,
    /// Kept words, one sentence after the other.
    pub(super) words: Vec<u32>,
    /// For each word its output rows.
    pub(super) outputs: Vec<u32>,
    /// For each word how far its window reaches.
    pub(super) radii: Vec<u16>,
}

/// Trains to the end, or until the run is stopped.
pub(super) fn work(run: &Run<'_>) {
    let (ready_in, ready_out) = sync_channel(AHEAD);
    let (spent_in, spent_out) = channel();
    std::thread::scope(|scope| {
        let first = run.next.load(Ordering::Relaxed);
        let ahead = move || prepare(run, first, ready_in, spent_out);
        match std::thread::Builder::new().spawn_scoped(scope, ahead) {
            Ok(_) => step(run, ready_out, spent_in),
            // No other thread is to be had: the same steps, less fast.
            Err(_) => Worker::new(run).work(),
        }
    });
}

/// Makes the random choices of all units from piece of work `index` on.
fn prepare(
    run: &Run<'_>,
    mut index: usize,
    ready: SyncSender<Prepared>,
    spent: Receiver<Prepared>,
) {
    let mut sampling = Sampling::new(run);
    loop {
        let mut prepared = spent.try_recv().unwrap_or_default();
        // Whoever steps is gone when the run is stopped.
        if !prepared.fill(&mut sampling, index) || ready.send(prepared).is_err() {
            return;
        }
        index += 1;
    }
}

/// Makes all steps.
fn step(run: &Run<'_>, ready: Receiver<Prepared>, spent: Sender<Prepared>) {
    let mut worker = Worker::new(run);
    while !run.is_stopped() {
        run.wait_at_border();
        let _inside = run.gate.enter();
        let Ok(prepared) = ready.recv() else {
            return;
        };
        let Some((epoch, tokens, loss)) = worker.prepared(&prepared) else {
            return;
        };
        run.next.store(prepared.index + 1, Ordering::Relaxed);
        count(run, epoch, tokens, loss);
        // The preparing thread may have ended already.
        let _ = spent.send(prepared);
    }
}

/// Counts a unit that is trained.
pub(super) fn count(run: &Run<'_>, epoch: usize, tokens: u64, (sum, pairs): Loss) {
    run.done.fetch_add(tokens, Ordering::Relaxed);
    let mut loss = run.loss.lock().unwrap_or_else(PoisonError::into_inner);
    loss[epoch].0 += sum;
    loss[epoch].1 += pairs;
}

impl Prepared {
    /// Makes the choices of piece of work `index`; false when there is none.
    fn fill(&mut self, sampling: &mut Sampling<'_>, index: usize) -> bool {
        let run = sampling.run;
        let Some((epoch, number, unit)) = run.schedule.unit(index) else {
            return false;
        };
        let options = run.config.options();
        let mut random = Random::stream(options.seed, [epoch as u64, number as u64]);
        let mut dealer = run.noise.dealer(&mut random);
        sampling.widths.shift(&mut random);
        let mut done = epoch as u64 * run.corpus.tokens() + unit.before;
        self.index = index;
        self.sentences.clear();
        self.words.clear();
        self.outputs.clear();
        self.radii.clear();
        run.corpus.read(unit.piece, &mut self.tokens);
        for (sentence, ahead) in sentences(&self.tokens) {
            done += sentence.len() as u64;
            if sampling.sentence((sentence, ahead), &mut random, &mut dealer) {
                let lr = run.schedule.lr(done) as f32;
                self.sentences.push((sampling.kept.len(), lr));
                self.words.extend_from_slice(&sampling.kept);
                self.outputs.extend_from_slice(&sampling.outputs);
                let radii = sampling.kept.iter();
                let radii = radii.map(|_| sampling.widths.next() as u16);
                self.radii.extend(radii);
            }
        }
        debug_assert!(self.sentences.iter().all(|(len, _)| *len <= MAX_SENTENCE));
        true
    }
}
