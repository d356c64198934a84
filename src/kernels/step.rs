//! The training step, once for all instruction sets.

use super::LINE;
use super::errors::{self, GROUP, errors};
use super::lanes::Lanes;
use super::scratch::Scratch;

/// One centre's work: which rows meet, and how strongly.
///
/// Rows are pointers because shared rows are never lent as references.
pub struct Step<'a> {
    /// Input rows of the words in the window.
    pub contexts: &'a [*mut f32],
    /// Output rows: the centre's first, then the negatives'. A row may stand here twice; its
    /// updates may then be lost in part, as between threads.
    pub outputs: &'a [*mut f32],
    /// Output rows of the next step, as many, to be fetched during this one. Only a hint.
    pub next_outputs: &'a [*mut f32],
    /// An input row of a later step, likewise.
    pub next_context: *mut f32,
    /// Length of a vector. Rows are longer: up to the next multiple of [`LINE`] they hold zeros,
    /// which stay zeros.
    pub dim: usize,
    /// Learning rate.
    pub lr: f32,
    /// Share of the gradient of a window's mean that each of its rows is given (CBOW only).
    pub share: f32,
    /// For each context the weights of its place (weighted CBOW only): private rows of the length
    /// of shared ones, no two the same.
    pub weights: &'a [*mut f32],
    /// Private memory.
    pub scratch: &'a mut Scratch,
}

/// A step's function.
///
/// # Safety
/// Every row of `contexts` and `outputs` points to `dim` floats rounded up to [`LINE`], aligned as
/// floats are, that stay allocated during the call and that other threads access only as
/// `lanes` states; no context row overlaps an output row. So do `weights`, which are private, one a
/// context, where the function is of weighted CBOW. The rows that come next may be any addresses.
/// `scratch` fits the step ([`Scratch::fits`]). The processor runs the family the function is of.
pub type StepFn = unsafe fn(&mut Step<'_>);

/// Skip-gram with `N` outputs (0 = any number).
///
/// # Safety
/// As [`StepFn`], with `V`'s instruction set; as many vectors as `columns` cover `step.dim` and no
/// more than its next multiple of [`LINE`]; `N` is 0 or `step.outputs.len()`.
#[inline(always)]
pub(super) unsafe fn skipgram<V: Lanes, const N: usize>(step: &mut Step<'_>, columns: usize) {
    // SAFETY: the caller's promises are those of the parts.
    unsafe {
        errors::<V, N>(step, step.contexts, columns);
        if N == 0 {
            return update_any::<V>(step, columns);
        }
        // A loop over a number of contexts that changes with every centre is a branch that the
        // processor cannot foresee, once a column: so each number has code of its own.
        match step.contexts.len() {
            0 => {}
            1 => update::<V, N, 1>(step, columns),
            2 => update::<V, N, 2>(step, columns),
            3 => update::<V, N, 3>(step, columns),
            4 => update::<V, N, 4>(step, columns),
            5 => update::<V, N, 5>(step, columns),
            6 => update::<V, N, 6>(step, columns),
            7 => update::<V, N, 7>(step, columns),
            8 => update::<V, N, 8>(step, columns),
            9 => update::<V, N, 9>(step, columns),
            10 => update::<V, N, 10>(step, columns),
            _ => update::<V, N, 0>(step, columns),
        }
    }
}

/// `In += E^T . Out`, `Out += E . In`, both of the old rows, in one pass over the columns, with `M`
/// contexts (0 = any number).
///
/// # Safety
/// As [`skipgram`]; `M` is 0 or the number of contexts, and the errors are in `scratch.g`.
#[inline(always)]
unsafe fn update<V: Lanes, const N: usize, const M: usize>(step: &mut Step<'_>, columns: usize) {
    // SAFETY: `columns` cover the rows: the caller's promise.
    unsafe {
        for column in 0..columns {
            update_column::<V, N, M>(step, column * V::N * 4);
        }
    }
}

/// One column of [`update`], at `offset` bytes: all output rows stay in registers while the
/// context rows stream past.
///
/// # Safety
/// As [`update`], with a vector inside each row at `offset`.
#[inline(always)]
unsafe fn update_column<V: Lanes, const N: usize, const M: usize>(step: &Step<'_>, offset: usize) {
    let m = if M == 0 { step.contexts.len() } else { M };
    let contexts = step.contexts.as_ptr();
    let outputs = step.outputs.as_ptr();
    // SAFETY: there are `m` contexts and `N` outputs, whose rows hold a vector at `offset`: the
    // caller's promise; `g` holds their errors as `errors` left them.
    unsafe {
        prefetch::<V, N>(step, offset);
        let mut errors = step.scratch.g.as_ptr();
        let old: [V; N] = std::array::from_fn(|j| V::load_shared(*outputs.add(j), offset));
        let mut new = old;
        for i in 0..m {
            let context = *contexts.add(i);
            let row = V::load_shared(context, offset);
            let (mut even, mut odd) = (row, V::splat(0.0));
            for j in 0..N {
                let e = V::splat(*errors.add(j));
                new[j] = V::fma(e, row, new[j]);
                if j % 2 == 0 {
                    even = V::fma(e, old[j], even);
                } else if j == 1 {
                    odd = V::mul(e, old[j]);
                } else {
                    odd = V::fma(e, old[j], odd);
                }
            }
            let sum = if N > 1 { V::add(even, odd) } else { even };
            sum.store_shared(context, offset);
            errors = errors.add(match i % GROUP {
                3 => errors::group::<V, N>() - 3 * N,
                _ => N,
            });
        }
        for (j, new) in new.into_iter().enumerate() {
            new.store_shared(*outputs.add(j), offset);
        }
    }
}

/// As [`update`] for any number of outputs: a column block of all contexts, old and new, waits in
/// private memory while the outputs stream past.
///
/// # Safety
/// As [`update`].
#[inline(always)]
unsafe fn update_any<V: Lanes>(step: &mut Step<'_>, columns: usize) {
    let (m, n) = (step.contexts.len(), step.outputs.len());
    let g = step.scratch.g.as_ptr();
    let old = step.scratch.rows.as_mut_ptr();
    // SAFETY: `rows` holds two column blocks of `m` vectors (`Scratch::new` made room for whole
    // rows, and a row is a vector at least); the rest as in `update`.
    unsafe {
        let new = old.add(m * V::N);
        for column in 0..columns {
            let offset = column * V::N * 4;
            prefetch::<V, 0>(step, offset);
            for (i, context) in step.contexts.iter().enumerate() {
                let row = V::load_shared(*context, offset);
                row.store(old.add(i * V::N));
                row.store(new.add(i * V::N));
            }
            for (j, output) in step.outputs.iter().enumerate() {
                let row = V::load_shared(*output, offset);
                let mut sum = row;
                for i in 0..m {
                    let e = V::splat(*g.add(i * errors::pitch(n) + j));
                    let to = new.add(i * V::N);
                    V::fma(e, row, V::load(to)).store(to);
                    sum = V::fma(e, V::load(old.add(i * V::N)), sum);
                }
                sum.store_shared(*output, offset);
            }
            for (i, context) in step.contexts.iter().enumerate() {
                V::load(new.add(i * V::N)).store_shared(*context, offset);
            }
        }
    }
}

/// Asks for the cache line at `offset` bytes of every row that comes next.
///
/// # Safety
/// The processor has `V`'s instruction set; `N` is 0 or the number of outputs.
#[inline(always)]
pub(super) unsafe fn prefetch<V: Lanes, const N: usize>(step: &Step<'_>, offset: usize) {
    if V::N < LINE && !offset.is_multiple_of(LINE * 4) {
        return;
    }
    let n = if N == 0 { step.next_outputs.len() } else { N };
    // SAFETY: a prefetch reads nothing and cannot fault.
    unsafe {
        V::prefetch(step.next_context, offset);
        for row in &step.next_outputs[..n] {
            V::prefetch(*row, offset);
        }
    }
}
