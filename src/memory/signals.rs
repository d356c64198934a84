//! Signals that end a process without a word: a program takes them, so that it can say why it ends.
//!
//! A file that somebody cuts while it is mapped is the one input whose failure is no return value: the
//! system answers an access behind the file's new end with SIGBUS. No check beforehand helps, since the
//! file may be cut right after it, and a copy instead of a map would cost what the map is for. So a handler
//! looks whether the address is in a file of ours and, if so, hands it to a thread that waits for
//! nothing else and stops the thread that met it; the waiting thread tells the program which file it was.
//! Any other SIGBUS ends the process as if nobody had listened.
//!
//! A signal is the whole process's, so a library must not take any by itself: only [`tell_faults`] does, and
//! what is given to [`take_requests`].

use std::path::Path;

/// What a program does when the file at this path was cut while it is mapped. It has to end the
/// process: the thread that met the cut never goes on.
pub type Cut = fn(&Path);

/// Takes the signals of a cut file (see [`super::MappedFile`]) and of a limit on file sizes, which then
/// is an error of the write as a full disk is. For the whole process, once: for programs. Where the system is
/// not Linux, it does nothing.
pub fn tell_faults(cut: Cut) {
    #[cfg(target_os = "linux")]
    linux::install(cut);
    #[cfg(not(target_os = "linux"))]
    let _ = cut;
}

/// Runs `install`, which takes the requests to end (SIGHUP, SIGINT, SIGTERM), and ignores those of them again that
/// the process ignored before: `nohup` and the background jobs of scripts begin it so. Where the system is no Unix,
/// there are none.
pub fn take_requests<T>(install: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    let ignored = unix::ignored_requests();
    let result = install();
    #[cfg(unix)]
    unix::ignore(&ignored);
    result
}

#[cfg(unix)]
mod unix {
    /// The requests to end that are ignored now.
    pub(super) fn ignored_requests() -> Vec<libc::c_int> {
        let requests = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM];
        requests.into_iter().filter(|&s| is_ignored(s)).collect()
    }

    fn is_ignored(signal: libc::c_int) -> bool {
        // SAFETY: all zeros are a valid `sigaction`; it is only written to.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: without a new action the call changes nothing, and `action` is there to be written.
        let asked = unsafe { libc::sigaction(signal, std::ptr::null(), &mut action) };
        asked == 0 && action.sa_sigaction == libc::SIG_IGN
    }

    pub(super) fn ignore(signals: &[libc::c_int]) {
        for &signal in signals {
            // SAFETY: to ignore a signal runs no code of ours.
            unsafe { libc::signal(signal, libc::SIG_IGN) };
        }
    }
}

/// The place of a map among those that the handler knows; given back when dropped.
#[derive(Debug)]
pub(super) struct Watched {
    #[cfg(target_os = "linux")]
    slot: Option<usize>,
}

impl Watched {
    /// Watches the bytes `map` of the file at `path`. Nobody watches them where the program has not asked
    /// for it, or watches too many already.
    pub(super) fn new(map: &[u8], path: &Path) -> Self {
        #[cfg(target_os = "linux")]
        return Self {
            slot: linux::watch(map, path),
        };
        #[cfg(not(target_os = "linux"))]
        {
            let _ = (map, path);
            Self {}
        }
    }
}

#[cfg(target_os = "linux")]
impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            linux::forget(slot);
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::io::{PipeReader, Read};
    use std::os::fd::IntoRawFd;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
    use std::sync::{Mutex, OnceLock, PoisonError};

    use super::Cut;

    /// Maps that are watched at once, at most.
    const MOST: usize = 64;

    /// A map in the handler's list: where it begins and ends. Nothing lies in it from the first state to
    /// the last: the end is set after the start, and taken away before it.
    struct Slot {
        start: AtomicUsize,
        end: AtomicUsize,
    }

    const FREE: usize = usize::MAX;

    /// What the handler reads: no lock, for whoever holds it may be the one that was stopped.
    static SLOTS: [Slot; MOST] = [const {
        Slot {
            start: AtomicUsize::new(FREE),
            end: AtomicUsize::new(0),
        }
    }; MOST];

    /// The end of the pipe that the handler writes to.
    static PIPE: AtomicI32 = AtomicI32::new(-1);

    /// Paths of the maps, by slot. Read by the waiting thread alone.
    static PATHS: Mutex<BTreeMap<usize, PathBuf>> = Mutex::new(BTreeMap::new());

    static CUT: OnceLock<Cut> = OnceLock::new();

    pub(super) fn install(cut: Cut) {
        if CUT.set(cut).is_err() {
            return;
        }
        // SAFETY: to ignore a signal runs no code of ours.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    }

    /// The slot that holds `address`.
    fn slot_of(address: usize) -> Option<usize> {
        SLOTS.iter().position(|slot| {
            let end = slot.end.load(Ordering::Acquire);
            (slot.start.load(Ordering::Acquire)..end).contains(&address)
        })
    }

    pub(super) fn watch(map: &[u8], path: &Path) -> Option<usize> {
        let cut = *CUT.get()?;
        static LISTENING: OnceLock<bool> = OnceLock::new();
        if map.is_empty() || !LISTENING.get_or_init(|| listen(cut).is_ok()) {
            return None;
        }
        let start = map.as_ptr().addr();
        let free = SLOTS.iter().position(|slot| {
            let taken =
                (slot.start).compare_exchange(FREE, start, Ordering::AcqRel, Ordering::Relaxed);
            taken.is_ok()
        })?;
        let mut paths = PATHS.lock().unwrap_or_else(PoisonError::into_inner);
        paths.insert(free, path.to_path_buf());
        SLOTS[free].end.store(start + map.len(), Ordering::Release);
        Some(free)
    }

    pub(super) fn forget(slot: usize) {
        SLOTS[slot].end.store(0, Ordering::Release);
        SLOTS[slot].start.store(FREE, Ordering::Release);
    }

    /// Begins to listen: a pipe, the thread at its end, and then the handler.
    fn listen(cut: Cut) -> std::io::Result<()> {
        let (reader, writer) = std::io::pipe()?;
        let wait = move || wait(reader, cut);
        std::thread::Builder::new()
            .stack_size(1 << 18)
            .spawn(wait)?;
        PIPE.store(writer.into_raw_fd(), Ordering::Release);
        // SAFETY: all zeros are a valid `sigaction`: no flags, no signals blocked.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = heard as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        // SAFETY: `heard` has the signature that SA_SIGINFO asks for, and does only what a handler may do.
        match unsafe { libc::sigaction(libc::SIGBUS, &action, std::ptr::null_mut()) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        }
    }

    /// The handler. It may be anywhere in the program, inside the allocator too: it reads atomics and
    /// calls `write`, `pause`, `signal` and `raise`, all of them safe in a handler (signal-safety(7)).
    extern "C" fn heard(
        signal: libc::c_int,
        info: *mut libc::siginfo_t,
        _context: *mut libc::c_void,
    ) {
        // SAFETY: the system gives a handler with SA_SIGINFO a valid description of the signal.
        let address = unsafe { (*info).si_addr() }.addr();
        if let Some(slot) = slot_of(address) {
            let byte = slot as u8; // there are fewer than 256
            let to = PIPE.load(Ordering::Acquire);
            // SAFETY: one byte is there to be read; the pipe is open for ever, its number was leaked.
            if unsafe { libc::write(to, (&raw const byte).cast(), 1) } == 1 {
                loop {
                    // SAFETY: it waits for a signal and touches nothing.
                    unsafe { libc::pause() };
                }
            }
        }
        // SAFETY: both may be called in a handler. With the default put back, the signal that is raised here
        // ends the process as soon as this returns.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        }
    }

    /// Waits for the handler's word, for ever if need be.
    fn wait(mut reader: PipeReader, cut: Cut) {
        let mut slot = [0];
        while reader.read_exact(&mut slot).is_ok() {
            let paths = PATHS.lock().unwrap_or_else(PoisonError::into_inner);
            let path = paths.get(&usize::from(slot[0])).cloned();
            drop(paths);
            cut(&path.unwrap_or_default());
        }
    }
}
