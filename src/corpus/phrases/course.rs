//! How far the search for phrases has come, and whether it shall go on.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};

use crate::corpus::ScanProgress;
use crate::corpus::scan::{TICK, spawn};
use crate::error::{CorpusError, Result, TextError};

/// What is counted as the whole.
const WHOLE: f64 = 1e6;

/// Shared by those who search and those who watch.
#[derive(Debug, Default)]
pub(in crate::corpus) struct Course {
    done: AtomicU64,
    stop: AtomicBool,
}

impl Course {
    /// The share of all that is done; it never falls.
    pub(super) fn done(&self) -> f64 {
        self.done.load(Ordering::Relaxed) as f64 / WHOLE
    }

    /// Of the part `share` of the whole, `part` of `of` steps are done.
    pub(super) fn come(&self, share: &Range<f64>, (part, of): (u64, u64)) {
        let part = part as f64 / of.max(1) as f64;
        let done = share.start + (share.end - share.start) * part;
        self.done
            .fetch_max((done * WHOLE) as u64, Ordering::Relaxed);
    }

    /// Ends the search with [`TextError::Interrupted`].
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Fails when the search shall end.
    pub(super) fn check(&self) -> Result<()> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(TextError::Interrupted.into()),
            false => Ok(()),
        }
    }
}

/// Does `work` in a text of so many tokens in a thread of its own, and tells how far it has come; ends
/// it with [`TextError::Interrupted`] when `progress` says so.
pub(in crate::corpus) fn on_course<T: Send>(
    (tokens, progress): (u64, &mut dyn FnMut(ScanProgress) -> bool),
    work: impl FnOnce(&Course) -> Result<T> + Send,
) -> Result<T> {
    let course = &Course::default();
    let mut tell = || {
        let go_on = progress(ScanProgress {
            tokens,
            phrases: Some(course.done()),
            ..ScanProgress::default()
        });
        if !go_on {
            course.stop();
        }
    };
    tell();
    let (done_in, done_out) = channel::<()>();
    std::thread::scope(|scope| {
        let working = spawn(scope, move || {
            let result = course.check().and_then(|()| work(course));
            drop(done_in);
            result
        })?;
        while done_out.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            tell();
        }
        working.join().map_err(|_| CorpusError::WorkerLost)?
    })
}
