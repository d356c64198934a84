//! Ctrl-C: long work is asked to end, and ended when it does not hear.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::failure::{Failure, INTERRUPTED};

/// How long the work may take to hear that it should end. Whoever waits for a terminal or a stuck
/// pipe never hears.
const GRACE: Duration = Duration::from_secs(2);

/// Whether the user wants the run to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// Takes over Ctrl-C (and requests to terminate).
    pub(crate) fn install() -> Result<Self, ctrlc::Error> {
        let interrupt = Self::default();
        let heard = interrupt.clone();
        ctrlc::set_handler(move || heard.answer())?;
        Ok(interrupt)
    }

    /// Takes over Ctrl-C for work that can be left at any moment: no half file stays.
    pub(crate) fn install_at_once() -> Result<(), ctrlc::Error> {
        ctrlc::set_handler(end)
    }

    /// Whether the run should end.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Runs on the handler's own thread.
    fn answer(&self) {
        self.asked.store(true, Ordering::SeqCst);
        std::thread::sleep(GRACE);
        end();
    }
}

fn end() {
    w2v::format::remove_unfinished();
    // On a line of its own: a bar may stand on the last one.
    let _ = writeln!(std::io::stderr(), "\nerror: {}", Failure::Interrupted);
    std::process::exit(i32::from(INTERRUPTED));
}
