//! The vectors at the end of every epoch but the last, for whoever wants to watch them grow.
//!
//! Workers meet at the end of an epoch and wait until both matrices are copied; what is done with the
//! copy goes on beside the next epoch. What is learnt is the same as without a look.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::Thread;

use super::WATCH;
use super::result::{Sources, embeddings};
use super::worker::Run;
use crate::embeddings::Embeddings;
use crate::error::{Result, TrainError};
use crate::memory::{SharedMatrix, available_bytes};

/// Told of an epoch's number, from 1, and of the vectors at its end, or why there are none; training goes
/// on either way.
pub type Look<'a> = Box<dyn FnMut(usize, Result<Embeddings>) + 'a>;

/// The end of an epoch, which workers pass when it is opened.
#[derive(Debug)]
pub(super) struct Border {
    /// The last epoch, from 0, that may be trained.
    open: Mutex<usize>,
    opened: Condvar,
    watcher: Thread,
}

impl Border {
    /// Behind `epoch`, from 0; the calling thread is told of workers that wait.
    pub(super) fn behind(epoch: usize) -> Self {
        Self {
            open: Mutex::new(epoch),
            opened: Condvar::new(),
            watcher: std::thread::current(),
        }
    }

    /// Waits until `epoch` may be trained, or all is to stop.
    pub(super) fn wait(&self, epoch: usize, stop: &AtomicBool) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while epoch > *open && !stop.load(Ordering::Relaxed) {
            self.watcher.unpark();
            let woken = self.opened.wait_timeout(open, WATCH);
            open = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether `epoch` has to wait, now that not all is to stop.
    pub(super) fn holds(&self, epoch: usize, stop: &AtomicBool) -> bool {
        epoch > self.last_open() && !stop.load(Ordering::Relaxed)
    }

    fn last_open(&self) -> usize {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, epoch: usize) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = epoch;
        self.opened.notify_all();
    }
}

/// Looks at a run.
pub(super) struct Looks<'a, 'r> {
    pub(super) run: &'r Run<'r>,
    pub(super) sources: Sources<'r>,
    pub(super) look: Look<'a>,
}

impl Looks<'_, '_> {
    /// Takes a look when an epoch has ended and another comes.
    pub(super) fn tend(&mut self) {
        let Some(border) = &self.run.border else {
            return;
        };
        let ended = border.last_open() + 1;
        let tokens = ended as u64 * self.run.corpus.tokens();
        let last = ended >= self.run.config.options().epochs;
        if last || self.run.done.load(Ordering::Relaxed) < tokens {
            return;
        }
        let (matrices, loss) = {
            let _nobody_works = self.run.gate.alone();
            (self.copies(), self.loss(ended))
        };
        border.open(ended);
        let vectors = matrices.and_then(|matrices| embeddings(&self.sources, matrices, &loss));
        (self.look)(ended, vectors);
    }

    fn loss(&self, epochs: usize) -> Vec<f64> {
        let loss = self.run.loss.lock();
        let loss = loss.unwrap_or_else(PoisonError::into_inner);
        loss.iter().take(epochs).copied().map(super::mean).collect()
    }

    fn copies(&self) -> Result<(SharedMatrix, SharedMatrix)> {
        let (rows, dim) = (self.run.input.rows(), self.run.input.dim());
        // Both copies, and the vectors that are made of them.
        let needed = SharedMatrix::bytes_for(rows, dim).saturating_mul(3);
        if let Some(available) = available_bytes().filter(|available| needed > *available) {
            return Err(TrainError::Copy { needed, available }.into());
        }
        Ok((copy(&self.run.input)?, copy(&self.run.output)?))
    }
}

fn copy(from: &SharedMatrix) -> Result<SharedMatrix> {
    let to = SharedMatrix::zeroed(from.rows(), from.dim())?;
    let mut row = vec![0.0; from.dim()];
    for id in 0..from.rows() as u32 {
        from.read_row(id, &mut row);
        to.write_row(id, &row);
    }
    Ok(to)
}
