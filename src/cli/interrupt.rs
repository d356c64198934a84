//! Ctrl-C: long work is asked to end, and ended when it does not hear or is asked twice.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use w2v::memory::take_requests;

use super::failure::{Failure, end};

/// How long the work may take to hear that it should end. Whoever waits for a terminal or a stuck
/// pipe never hears.
const GRACE: Duration = Duration::from_secs(2);

/// How long after the first signal others still belong to it: `timeout` signals a process and its group, systemd sends
/// two, and so does a terminal that is closed.
const ONE_REQUEST: Duration = Duration::from_secs(1);

/// Whether the user wants the run to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// When the user asked for it first.
    asked: OnceLock<Instant>,
    /// Whether the work ends in its own time: it hears, and has something to write.
    patient: AtomicBool,
    /// Where the vectors are, once they are written.
    written: OnceLock<PathBuf>,
    /// What can be gone on with.
    kept: Mutex<Option<PathBuf>>,
}

impl Interrupt {
    /// Takes over Ctrl-C (and requests to terminate), but for what the process was begun with as ignored.
    pub(crate) fn install() -> Result<Self, ctrlc::Error> {
        let interrupt = Self::default();
        let heard = interrupt.clone();
        take_requests(|| ctrlc::set_handler(move || heard.answer()))?;
        Ok(interrupt)
    }

    /// Takes over Ctrl-C for work that can be left at any moment: no half file stays.
    pub(crate) fn install_at_once() -> Result<Self, ctrlc::Error> {
        let interrupt = Self::default();
        let heard = interrupt.clone();
        take_requests(|| ctrlc::set_handler(move || end(&heard.failure())))?;
        Ok(interrupt)
    }

    /// Whether the run should end.
    pub(crate) fn asked(&self) -> bool {
        self.0.asked.get().is_some()
    }

    /// Whether the work may take its time to end; a second Ctrl-C ends it in any case.
    pub(crate) fn be_patient(&self, patient: bool) {
        self.0.patient.store(patient, Ordering::SeqCst);
    }

    /// Notes that the vectors are whole at `output`.
    pub(crate) fn wrote(&self, output: &Path) {
        let _ = self.0.written.set(output.to_path_buf());
    }

    /// Notes that the run can be gone on with from `checkpoint`.
    pub(crate) fn kept(&self, checkpoint: &Path) {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(checkpoint.to_path_buf());
    }

    /// Whether there is a checkpoint.
    pub(crate) fn has_kept(&self) -> bool {
        let kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.is_some()
    }

    /// Why the run ends.
    pub(crate) fn failure(&self) -> Failure {
        if let Some(output) = self.0.written.get() {
            return Failure::Late(output.clone());
        }
        let kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.clone() {
            Some(checkpoint) => Failure::Stopped(checkpoint),
            None => Failure::Interrupted,
        }
    }

    /// Runs on the handler's own thread.
    fn answer(&self) {
        match self.0.asked.get() {
            Some(first) if first.elapsed() < ONE_REQUEST => return,
            Some(_) => end(&self.failure()),
            None => drop(self.0.asked.set(Instant::now())),
        }
        let heard = self.clone();
        let wait = move || {
            std::thread::sleep(GRACE);
            if !heard.0.patient.load(Ordering::SeqCst) {
                end(&heard.failure());
            }
        };
        if std::thread::Builder::new().spawn(wait).is_err() {
            end(&self.failure());
        }
    }
}
