//! Zeroed memory straight from the system, on huge pages where it offers them.

use std::io;

use memmap2::{MmapMut, MmapRaw};

/// Size and alignment of a huge page on x86-64 and usually on aarch64.
pub(super) const HUGE: usize = 2 << 20;

/// Zeroed floats that begin on a huge page (so on a cache line, too).
///
/// Rows are reached at random, so with pages of 4 KiB nearly every row would cost a walk of the page
/// table beside its cache misses.
#[derive(Debug)]
pub(super) struct Pages {
    /// Raw: a reference to it, however short, would claim what other threads are writing.
    map: MmapRaw,
    start: usize,
    len: usize,
}

impl Pages {
    /// `len` floats, all zero.
    pub(super) fn zeroed(len: usize) -> io::Result<Self> {
        let too_large = || io::Error::from(io::ErrorKind::OutOfMemory);
        let bytes = len.checked_mul(4).ok_or_else(too_large)?;
        let padded = bytes.checked_add(HUGE).ok_or_else(too_large)?;
        let map = MmapRaw::from(MmapMut::map_anon(padded)?);
        let start = map.as_ptr().align_offset(HUGE);
        #[cfg(target_os = "linux")]
        // Advice: without huge pages everything works, only slower.
        let _ = map.advise_range(memmap2::Advice::HugePage, start, bytes.max(1));
        Ok(Self { map, start, len })
    }

    /// The first float. The floats stay where they are as long as `self` lives.
    pub(super) fn as_ptr(&self) -> *mut f32 {
        // SAFETY: `zeroed` mapped `4 * len + HUGE` bytes, and `start`, an offset to the next multiple of `HUGE`, is
        // below `HUGE`: so the first float and all others are inside the map.
        unsafe { self.map.as_mut_ptr().add(self.start).cast() }
    }

    /// Number of floats.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}
