//! The system's allocator, and a last word when it has nothing left.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a thread leaves another one that ends the process. Beyond that it may be the one that is waited for.
const TO_END: Duration = Duration::from_secs(3);

thread_local! {
    /// Whether this thread is the one that was told.
    static ENDS: Cell<bool> = const { Cell::new(false) };
}

/// An allocator for programs: where the system gives no memory, Rust would abort the process; this
/// tells the program first, which can end in its own way.
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: w2v::memory::Allocator = w2v::memory::Allocator::new(|bytes| {
///     eprintln!("no memory for {bytes} bytes");
///     std::process::exit(1)
/// });
/// ```
pub struct Allocator {
    none_left: fn(usize),
    /// Whether it has been told: telling may ask for memory, too.
    told: AtomicBool,
}

impl Allocator {
    /// `none_left` is told how many bytes could not be had; it has to end the process, or Rust
    /// will abort it, and must not panic.
    pub const fn new(none_left: fn(usize)) -> Self {
        Self {
            none_left,
            told: AtomicBool::new(false),
        }
    }

    fn check(&self, memory: *mut u8, bytes: usize) -> *mut u8 {
        if memory.is_null() {
            if !self.told.swap(true, Ordering::Relaxed) {
                ENDS.set(true);
                (self.none_left)(bytes);
            } else if !ENDS.get() {
                // Null would have Rust abort the process before it has ended well.
                std::thread::sleep(TO_END);
            }
        }
        memory
    }
}

// SAFETY: memory is the system allocator's, unchanged, for all four; what is asked for in between
// (`none_left`) is asked of the same allocator, which allows that from any thread.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the system's.
        self.check(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        self.check(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `alloc`: `memory` came from the system's allocator with `layout`.
        self.check(unsafe { System.realloc(memory, layout, size) }, size)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as in `realloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    static TOLD: AtomicUsize = AtomicUsize::new(0);

    /// As a program that takes a while to end.
    fn slow(_bytes: usize) {
        TOLD.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(200));
        TOLD.fetch_add(1, Ordering::SeqCst);
    }

    #[test]
    fn whoever_finds_no_memory_either_leaves_the_first_one_its_time() {
        let allocator = Allocator::new(slow);
        let ask = || {
            let layout = Layout::from_size_align(isize::MAX as usize / 2, 1).unwrap();
            // SAFETY: the layout is not empty. Memory that nobody takes would not be asked for at all.
            let memory = std::hint::black_box(unsafe { allocator.alloc(layout) });
            assert!(memory.is_null());
            TOLD.load(Ordering::SeqCst)
        };
        std::thread::scope(|scope| {
            let first = scope.spawn(ask);
            while TOLD.load(Ordering::SeqCst) == 0 && !first.is_finished() {
                std::thread::yield_now();
            }
            assert_eq!(ask(), 2);
            assert_eq!(first.join().unwrap(), 2);
        });
    }
}
