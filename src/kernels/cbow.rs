//! The step of CBOW: the mean of the window meets the centre's output rows.
//!
//! ```text
//! h    = mean of In                     1 x dim
//! E    = lr * (label - sigmoid(Out . h))
//! d    = E . Out(old)                   Out += E . h        In += s * d, for each context row
//! ```
//!
//! The gradient of the mean gives each of its `m` rows the share `s = 1 / m` (Irsoy, Benton, Stratos
//! 2021, section 3); word2vec's code gives each the whole, `s = 1`.

use super::lanes::Lanes;
use super::step::{Loss, Step, group, prefetch};

/// CBOW with `N` outputs (0 = any number); `step.share` is the `s` above.
///
/// # Safety
/// As [`super::StepFn`], with `V`'s instruction set; as many vectors as `columns` cover `step.dim`
/// and no more than its next multiple of [`super::LINE`]; `N` is 0 or `step.outputs.len()`.
#[inline(always)]
pub(super) unsafe fn cbow<V: Lanes, const N: usize>(step: &mut Step<'_>, columns: usize) {
    if step.contexts.is_empty() {
        return;
    }
    // SAFETY: the rows hold `columns` vectors (the caller's promise), and so does `rows`, in which
    // `Scratch::new` made room for two rows at least; `g` holds `pitch(n)` floats for a context
    // and a vector more.
    unsafe {
        let mean = step.scratch.rows.as_mut_ptr();
        let inverse = V::splat(1.0 / step.contexts.len() as f32);
        for column in 0..columns {
            let mut sum = V::splat(0.0);
            for context in step.contexts {
                sum = V::add(sum, V::load_shared(*context, column * V::N * 4));
            }
            V::mul(sum, inverse).store(mean.add(column * V::N));
        }
        let mut loss = Loss::<V>::load(&step.scratch.loss);
        group::<V, N, 1>(step, (0, &raw const mean), columns, &mut loss);
        loss.store(&mut step.scratch.loss);
        for column in 0..columns {
            update::<V, N>(step, column * V::N * 4, V::load(mean.add(column * V::N)));
        }
    }
}

/// One column of the update, at `offset` bytes.
#[inline(always)]
unsafe fn update<V: Lanes, const N: usize>(step: &Step<'_>, offset: usize, mean: V) {
    let n = if N == 0 { step.outputs.len() } else { N };
    let g = step.scratch.g.as_ptr();
    // SAFETY: the rows hold a vector at `offset`, and `g` holds `n` errors: the caller's promise.
    unsafe {
        prefetch::<V, N>(step, offset);
        let mut delta = V::splat(0.0);
        for j in 0..n {
            let (e, output) = (V::splat(*g.add(j)), *step.outputs.as_ptr().add(j));
            let row = V::load_shared(output, offset);
            delta = V::fma(e, row, delta);
            V::fma(e, mean, row).store_shared(output, offset);
        }
        let delta = V::mul(delta, V::splat(step.share));
        for context in step.contexts {
            let row = V::load_shared(*context, offset);
            V::add(row, delta).store_shared(*context, offset);
        }
    }
}
