//! The system's allocator, and a last word when it has nothing left.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, Ordering};

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
        if memory.is_null() && !self.told.swap(true, Ordering::Relaxed) {
            (self.none_left)(bytes);
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
