//! Large tables that are read at random places.

#[cfg(target_os = "linux")]
use super::pages::HUGE;

/// Asks the processor to bring `items[at]` near; nothing happens where there is no such place.
#[inline]
pub fn prefetch<T>(items: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = items.get(at) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: SSE is part of x86-64, and a prefetch reads nothing that a program could see.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(item).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (items, at);
}

/// Asks the system for huge pages under `items`, none of which was written to yet; without them everything works,
/// only slower, for nearly every read at random walks the page table.
pub fn on_huge_pages<T>(items: &mut [T]) {
    #[cfg(target_os = "linux")]
    {
        let first = items.as_mut_ptr().cast::<u8>();
        let skipped = first.align_offset(HUGE);
        let whole = size_of_val(items).saturating_sub(skipped) / HUGE * HUGE;
        if whole > 0 {
            // SAFETY: `skipped + whole` is at most the size of `items`, which are borrowed alone; the advice
            // changes no byte of them, and where it is refused nothing happens.
            unsafe {
                let start = first.add(skipped);
                libc::madvise(start.cast(), whole, libc::MADV_HUGEPAGE);
            }
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = items;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables that begin and end anywhere stay as they are, whatever is asked of them.
    #[test]
    fn advice_changes_nothing() {
        for len in [0, 1, HUGE / 4, 3 * HUGE / 4 + 5] {
            let mut table: Vec<u32> = (0..len as u32).collect();
            let skip = len.min(3);
            on_huge_pages(&mut table[skip..]);
            prefetch(&table, len / 2);
            prefetch(&table, len);
            prefetch(&table, usize::MAX);
            assert!(table.iter().enumerate().all(|(at, x)| at == *x as usize));
        }
    }
}
