//! What a worker has learnt on its own copy of a row, added to the row that all share.

use super::lanes::Lanes;

/// Adds `share` of what `own` has become since it was `taken` to `shared`; all three are then the same.
///
/// The rows are, in this order, `own`, `taken` and `shared`.
///
/// # Safety
/// Each of the three points to a row of its own, of `dim` floats padded to whole [`super::LINE`]s, that stays allocated and that
/// others touch only atomically, float by float. The function came from [`super::Kernel::merge`].
pub type MergeFn = unsafe fn(rows: [*mut f32; 3], dim: usize, share: f32);

/// The merge in vectors `V`.
///
/// # Safety
/// As [`MergeFn`], in a function compiled for `V`'s instruction set.
#[inline(always)]
pub(super) unsafe fn merge<V: Lanes>([own, taken, shared]: [*mut f32; 3], dim: usize, share: f32) {
    // SAFETY: the rows are padded to `LINE` floats, of which `V::N` is a divisor, so every vector that
    // begins below `dim` lies inside its row; the rest is the caller's promise.
    unsafe {
        let (minus, share) = (V::splat(-1.0), V::splat(share));
        for offset in (0..dim * 4).step_by(V::N * 4) {
            let learnt = V::fma(
                V::load_shared(taken, offset),
                minus,
                V::load_shared(own, offset),
            );
            let merged = V::fma(learnt, share, V::load_shared(shared, offset));
            for row in [shared, own, taken] {
                merged.store_shared(row, offset);
            }
        }
    }
}
