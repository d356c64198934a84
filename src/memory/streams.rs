//! Whether the process was given a standard output.
//!
//! Where it was not, Rust opens `/dev/null` in its place before `main`, so that no other file gets its number: from
//! then on a closed standard output looks like one that nobody wants to read. Many programs open the null device in
//! the same way, so only a look before Rust's can tell the two apart.

use std::sync::atomic::{AtomicBool, Ordering};

static CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether standard output was closed when the process began. Where the system is not Linux, it never was.
pub fn stdout_was_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{CLOSED, Ordering};

    // SAFETY: the section holds pointers to functions, which the system's loader calls one by one before `main` with
    // arguments that this one does not take. `look` uses nothing that Rust has yet to prepare: one call of the system
    // and one atomic.
    #[used]
    #[unsafe(link_section = ".init_array")]
    static LOOK: extern "C" fn() = look;

    extern "C" fn look() {
        // SAFETY: it asks for the flags of a number, and touches no memory.
        let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
        CLOSED.store(flags == -1, Ordering::Relaxed);
    }
}
