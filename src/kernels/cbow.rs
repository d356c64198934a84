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
//!
//! With position weights (Mikolov 2018, section 2.2) a row counts times the weights `p` of its place in
//! the window, float by float, and the weights learn as well:
//!
//! ```text
//! h    = mean of p * In                 In += s * d * p(old)     p += 1/m * d * In(old)
//! ```

use super::errors::errors;
use super::lanes::Lanes;
use super::step::{Step, decay, prefetch};

/// CBOW with `N` outputs (0 = any number), `WEIGHTED` by `step.weights` or not; `step.share` is the `s`
/// above.
///
/// # Safety
/// As [`super::StepFn`], with `V`'s instruction set; as many vectors as `columns` cover `step.dim`
/// and no more than its next multiple of [`super::LINE`]; `N` is 0 or `step.outputs.len()`.
#[inline(always)]
pub(super) unsafe fn cbow<V: Lanes, const N: usize, const WEIGHTED: bool>(
    step: &mut Step<'_>,
    columns: usize,
) {
    if step.contexts.is_empty() {
        return;
    }
    // SAFETY: the rows hold `columns` vectors (the caller's promise), and so does `rows`, in which
    // `Scratch::new` made room for two rows at least; it also made room for a context's errors.
    unsafe {
        let mean = step.scratch.rows.as_mut_ptr();
        let inverse = V::splat(1.0 / step.contexts.len() as f32);
        for column in 0..columns {
            let offset = column * V::N * 4;
            let mut sum = V::splat(0.0);
            for (i, context) in step.contexts.iter().enumerate() {
                let row = V::load_shared(*context, offset);
                sum = if WEIGHTED {
                    V::fma(V::load(weights(step, i, column * V::N)), row, sum)
                } else {
                    V::add(sum, row)
                };
            }
            V::mul(sum, inverse).store(mean.add(column * V::N));
        }
        errors::<V, N>(step, &[mean], columns);
        for column in 0..columns {
            let mean = V::load(mean.add(column * V::N));
            update::<V, N, WEIGHTED>(step, column * V::N, mean);
        }
        decay::<V>(step, columns);
    }
}

/// Where the weights of context `i` hold float `at`.
///
/// # Safety
/// The context has weights, of more than `at` floats.
#[inline(always)]
unsafe fn weights(step: &Step<'_>, i: usize, at: usize) -> *mut f32 {
    // SAFETY: the caller's promise.
    unsafe { step.weights.as_ptr().add(i).read().add(at) }
}

/// One column of the update, from float `at` on.
///
/// # Safety
/// As [`StepFn`](super::StepFn), with `V`'s instruction set and a vector inside each row from float `at` on; `N` is 0 or the
/// number of outputs, whose errors are in `scratch.g`; with `WEIGHTED`, there are weights.
#[inline(always)]
unsafe fn update<V: Lanes, const N: usize, const WEIGHTED: bool>(
    step: &Step<'_>,
    at: usize,
    mean: V,
) {
    let n = if N == 0 { step.outputs.len() } else { N };
    let (g, offset) = (step.scratch.g.as_ptr(), at * 4);
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
        let part = V::mul(delta, V::splat(1.0 / step.contexts.len() as f32));
        let delta = V::mul(delta, V::splat(step.share));
        for (i, context) in step.contexts.iter().enumerate() {
            let row = V::load_shared(*context, offset);
            if WEIGHTED {
                let place = weights(step, i, at);
                let weight = V::load(place);
                V::fma(delta, weight, row).store_shared(*context, offset);
                V::fma(part, row, weight).store(place);
            } else {
                V::add(row, delta).store_shared(*context, offset);
            }
        }
    }
}
