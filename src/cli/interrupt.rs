//! Ctrl-C: long work is asked to end, and ended when it does not hear.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::failure::INTERRUPTED;

/// How long the work may take to hear that it should end. Reading from a terminal or a stuck pipe
/// never hears.
const GRACE: Duration = Duration::from_secs(2);

/// Whether the user wants the run to end.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt {
    asked: Arc<AtomicBool>,
    saving: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Takes over Ctrl-C (and requests to terminate).
    pub(crate) fn install() -> Result<Self, ctrlc::Error> {
        let interrupt = Self {
            asked: Arc::default(),
            saving: Arc::default(),
        };
        let heard = interrupt.clone();
        ctrlc::set_handler(move || heard.answer())?;
        Ok(interrupt)
    }

    /// Whether the run should end.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Runs `save` to its end whatever is pressed: a file is written whole or not at all.
    pub(crate) fn hold_off<T>(&self, save: impl FnOnce() -> T) -> T {
        self.saving.fetch_add(1, Ordering::SeqCst);
        let result = save();
        self.saving.fetch_sub(1, Ordering::SeqCst);
        result
    }

    /// Runs on the handler's own thread.
    fn answer(&self) {
        self.asked.store(true, Ordering::SeqCst);
        std::thread::sleep(GRACE);
        if self.saving.load(Ordering::SeqCst) == 0 {
            std::process::exit(i32::from(INTERRUPTED));
        }
    }
}
