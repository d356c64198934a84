//! Who may be at the shared rows: any number of workers, or one other who has them alone.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A lock whose writers are let in next. [`RwLock`] alone does not promise that: a worker that leaves and enters
/// again at once is back before the system has woken the one who waits, and a run of one thread keeps him out to
/// its end.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// Held by whoever waits to be alone, and for as long as he is; workers pass through it.
    turn: Mutex<()>,
    rows: RwLock<()>,
}

/// Held by whoever has the rows alone.
pub(super) struct Alone<'a> {
    // Dropped in this order: the rows are free before the next worker passes.
    _rows: RwLockWriteGuard<'a, ()>,
    _turn: MutexGuard<'a, ()>,
}

impl Gate {
    /// For a worker: waits while somebody has the rows alone, or is about to.
    pub(super) fn enter(&self) -> RwLockReadGuard<'_, ()> {
        drop(self.turn());
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps new workers out, and waits until those inside have left.
    pub(super) fn alone(&self) -> Alone<'_> {
        let turn = self.turn();
        Alone {
            _rows: self.rows.write().unwrap_or_else(PoisonError::into_inner),
            _turn: turn,
        }
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::time::Instant;

    use super::*;

    /// A worker that enters again as soon as it has left, as the only one of a run does.
    #[test]
    fn whoever_waits_is_let_in_before_a_worker_ends() {
        const STRETCHES: u32 = 20_000;
        let (gate, begun, stop) = (Gate::default(), AtomicU32::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while begun.load(Ordering::Relaxed) < STRETCHES && !stop.load(Ordering::Relaxed) {
                    let _inside = gate.enter();
                    begun.fetch_add(1, Ordering::Relaxed);
                    let at = Instant::now();
                    while at.elapsed().as_micros() < 500 {
                        std::hint::spin_loop();
                    }
                }
            });
            for turn in 0..5 {
                while begun.load(Ordering::Relaxed) <= turn {
                    std::hint::spin_loop();
                }
                drop(gate.alone());
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert!(begun.into_inner() < STRETCHES);
    }
}
