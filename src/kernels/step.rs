//! The training step, once for all instruction sets.

use super::LINE;
use super::errors::{self, GROUP, errors};
use super::lanes::Lanes;
use super::scratch::Scratch;

/// One centre's work: which rows meet, and how strongly.
///
/// Rows are pointers because shared rows are never lent as references.
pub struct Step<'a> {
    /// Input rows of the words in the window. A row that stands here twice learns from both places, but where two that
    /// share a vector's lanes are the same (bf16).
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
    /// What an output row keeps of itself, once it has learnt: 1 for all.
    pub keep: f32,
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
        // A loop over a number of contexts that changes with every centre is a branch that the
        // processor cannot foresee, once a column: so each number has code of its own.
        match step.contexts.len() {
            0 => {}
            _ if N == 0 => update_any::<V>(step, columns),
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
        decay::<V>(step, columns);
    }
}

/// Draws the output rows towards zero: what is left of each is `step.keep` of it.
///
/// # Safety
/// As [`StepFn`], with `V`'s instruction set and `columns` vectors in each output row.
#[inline(always)]
pub(super) unsafe fn decay<V: Lanes>(step: &Step<'_>, columns: usize) {
    if step.keep == 1.0 {
        return;
    }
    // SAFETY: the rows hold `columns` vectors: the caller's promise.
    unsafe {
        let keep = V::splat(step.keep);
        for row in step.outputs {
            for column in 0..columns {
                let offset = column * V::N * 4;
                V::mul(V::load_shared(*row, offset), keep).store_shared(*row, offset);
            }
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
    // SAFETY: there are `m` contexts and `N` outputs, whose rows hold a vector at `offset`: the
    // caller's promise; `g` holds their errors as `errors` left them.
    unsafe {
        prefetch::<V, N>(step, offset);
        let mut outputs = Outputs::<V, N>::load(step.outputs.as_ptr(), offset);
        let mut errors = step.scratch.g.as_ptr();
        let mut i = 0;
        while i + GROUP <= m {
            for k in 0..GROUP {
                outputs.meet(errors.add(k * N), *contexts.add(i + k), offset);
            }
            errors = errors.add(errors::group::<V, N>());
            i += GROUP;
        }
        while i < m {
            outputs.meet(errors, *contexts.add(i), offset);
            errors = errors.add(N);
            i += 1;
        }
        outputs.store(step.outputs.as_ptr(), offset);
    }
}

/// As [`update`] for any number of outputs: the context rows stream past a few of these at a time, and what they
/// were before waits in private memory.
///
/// # Safety
/// As [`update`].
#[inline(always)]
unsafe fn update_any<V: Lanes>(step: &mut Step<'_>, columns: usize) {
    let n = step.outputs.len();
    let old = step.scratch.rows.as_mut_ptr();
    // SAFETY: `rows` holds a vector for each context (`Scratch::new` made room for whole rows, and a row is a vector at
    // least); the outputs taken never exceed `n - j`; the rest as in `update`.
    unsafe {
        for column in 0..columns {
            let offset = column * V::N * 4;
            prefetch::<V, 0>(step, offset);
            for (i, context) in step.contexts.iter().enumerate() {
                V::load_shared(*context, offset).store(old.add(i * V::N));
            }
            let mut j = 0;
            while j < n {
                j += match n - j {
                    6.. => update_few::<V, 6>(step, j, offset),
                    5 => update_few::<V, 5>(step, j, offset),
                    4 => update_few::<V, 4>(step, j, offset),
                    3 => update_few::<V, 3>(step, j, offset),
                    2 => update_few::<V, 2>(step, j, offset),
                    _ => update_few::<V, 1>(step, j, offset),
                };
            }
        }
    }
}

/// What the `N` outputs from `j` on do in one column of [`update_any`]; returns `N`.
///
/// # Safety
/// As [`update_any`]; there are `j + N` outputs or more, and `scratch.rows` holds this column of the contexts' old rows.
#[inline(always)]
unsafe fn update_few<V: Lanes, const N: usize>(step: &Step<'_>, j: usize, offset: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let mut outputs = Outputs::<V, N>::load(step.outputs.as_ptr().add(j), offset);
        let mut errors = step.scratch.g.as_ptr().add(j);
        let mut old = step.scratch.rows.as_ptr();
        for context in step.contexts {
            let sum = outputs.add(errors, V::load(old), V::load_shared(*context, offset));
            sum.store_shared(*context, offset);
            errors = errors.add(errors::pitch(step.outputs.len()));
            old = old.add(V::N);
        }
        outputs.store(step.outputs.as_ptr().add(j), offset);
    }
    N
}

/// A column of `N` output rows as they were before the step, and as they become.
struct Outputs<V, const N: usize> {
    old: [V; N],
    new: [V; N],
}

impl<V: Lanes, const N: usize> Outputs<V, N> {
    /// # Safety
    /// `rows` points to `N` rows, as in [`StepFn`], that hold a vector at `offset`; the processor has `V`'s instruction set, as for
    /// all that follow.
    #[inline(always)]
    unsafe fn load(rows: *const *mut f32, offset: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let mut old = [V::splat(0.0); N];
            for (j, row) in old.iter_mut().enumerate() {
                *row = V::load_shared(*rows.add(j), offset);
            }
            Self { old, new: old }
        }
    }

    /// # Safety
    /// As [`Outputs::load`].
    #[inline(always)]
    unsafe fn store(self, rows: *const *mut f32, offset: usize) {
        for j in 0..N {
            // SAFETY: the caller's promise.
            unsafe { self.new[j].store_shared(*rows.add(j), offset) };
        }
    }

    /// The outputs and `context` learn from each other.
    ///
    /// # Safety
    /// `errors` points to `N` floats, and the row `context` holds a vector at `offset`.
    #[inline(always)]
    unsafe fn meet(&mut self, errors: *const f32, context: *mut f32, offset: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let row = V::load_shared(context, offset);
            self.add(errors, row, row).store_shared(context, offset);
        }
    }

    /// The outputs learn from `row`, a context's before the step; returns `sum` and what it learns from them.
    ///
    /// # Safety
    /// `errors` points to `N` floats.
    #[inline(always)]
    unsafe fn add(&mut self, errors: *const f32, row: V, sum: V) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            let (mut even, mut odd) = (sum, V::splat(0.0));
            for j in 0..N {
                let e = V::splat(*errors.add(j));
                self.new[j] = V::fma(e, row, self.new[j]);
                if j % 2 == 0 {
                    even = V::fma(e, self.old[j], even);
                } else if j == 1 {
                    odd = V::mul(e, self.old[j]);
                } else {
                    odd = V::fma(e, self.old[j], odd);
                }
            }
            if N > 1 { V::add(even, odd) } else { even }
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
