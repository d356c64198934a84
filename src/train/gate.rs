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
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Instant;

    use super::*;

    /// A worker that enters again as soon as it has left, as the only one of a run does.
    #[test]
    fn whoever_waits_is_let_in_before_a_worker_comes_back_many_times() {
        const STRETCHES: u64 = 2_000;
        let (gate, begun) = (Gate::default(), AtomicU64::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..STRETCHES {
                    let _inside = gate.enter();
                    begun.fetch_add(1, Ordering::Relaxed);
                    let at = Instant::now();
                    while at.elapsed().as_micros() < 500 {
                        std::hint::spin_loop();
                    }
                }
            });
            let begun = || begun.load(Ordering::Relaxed);
            while begun() < 10 {
                std::thread::yield_now();
            }
            for _ in 0..5 {
                let before = begun();
                let alone = gate.alone();
                let between = begun() - before;
                // He who waits may be asleep for a while before he asks, on a busy machine.
                assert!(between < STRETCHES / 10, "{between} stretches");
                drop(alone);
            }
        });
    }
}
