//! The training step, once for all instruction sets.

use super::LINE;
use super::lanes::Lanes;
use super::scratch::{LossSum, Scratch};

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
    /// Private memory.
    pub scratch: &'a mut Scratch,
}

/// A step's function.
///
/// # Safety
/// Every row of `contexts` and `outputs` points to `dim` floats rounded up to [`LINE`], aligned as
/// floats are, that stay allocated during the call and that other threads access only as
/// `lanes` states; no context row overlaps an output row. The rows that come next may be any
/// addresses.
/// `scratch` fits the step ([`Scratch::fits`]). The processor runs the family the function is of.
pub type StepFn = unsafe fn(&mut Step<'_>);

/// Floats from one context's logits to the next one's, for `n` outputs.
#[inline(always)]
pub(super) fn pitch(n: usize) -> usize {
    n.next_multiple_of(4)
}

/// Skip-gram with `N` outputs (0 = any number).
///
/// # Safety
/// As [`StepFn`], with `V`'s instruction set; as many vectors as `columns` cover `step.dim` and no
/// more than its next multiple of [`LINE`]; `N` is 0 or `step.outputs.len()`.
#[inline(always)]
pub(super) unsafe fn skipgram<V: Lanes, const N: usize>(step: &mut Step<'_>, columns: usize) {
    // SAFETY: the caller's promises are those of the parts.
    unsafe {
        let n = if N == 0 { step.outputs.len() } else { N };
        errors::<V, N>(step, n, columns);
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

/// `E = lr * (label - sigmoid(Out . In^T))` into `scratch.g`, a few contexts at a time: while the
/// sigmoids of the last few are under way, the processor begins with the next ones' products.
#[inline(always)]
unsafe fn errors<V: Lanes, const N: usize>(step: &mut Step<'_>, n: usize, columns: usize) {
    let (m, pitch) = (step.contexts.len(), pitch(n));
    // SAFETY: the widths taken never exceed `m - i`, so the tiles stay inside the rows that the
    // caller gave; `g` and `labels` hold `m` times `pitch` floats and a vector more.
    unsafe {
        let g = step.scratch.g.as_mut_ptr();
        let labels = step.scratch.labels.as_ptr();
        let mut loss = Loss::<V>::load(&step.scratch.loss);
        let mut i = 0;
        while i < m {
            let contexts = step.contexts.as_ptr().add(i);
            let to = g.add(i * pitch);
            let width = match (V::WIDE, m - i) {
                (true, 4..) => column::<V, N, 4>(step.outputs, contexts, to, columns),
                (true, 3) => column::<V, N, 3>(step.outputs, contexts, to, columns),
                (_, 2..) => column::<V, N, 2>(step.outputs, contexts, to, columns),
                _ => column::<V, N, 1>(step.outputs, contexts, to, columns),
            };
            // What the vectors cover beyond the last context.
            V::splat(0.0).store(to.add(width * pitch));
            for x in (0..width * pitch).step_by(V::N) {
                loss.error(step.lr, to.add(x), labels.add(x));
            }
            loss.count(width, (width * pitch).next_multiple_of(V::N) - width * n);
            i += width;
        }
        loss.store(&mut step.scratch.loss);
    }
}

/// The running sums of [`LossSum`] in registers.
pub(super) struct Loss<V> {
    mantissa: V,
    exponent: V,
    negative: V,
    padding: u64,
    pairs: u64,
}

impl<V: Lanes> Loss<V> {
    #[inline(always)]
    pub(super) unsafe fn load(from: &LossSum) -> Self {
        // SAFETY: the arrays hold 16 floats, as many as the longest vector.
        unsafe {
            Self {
                mantissa: V::load(from.mantissa.as_ptr()),
                exponent: V::load(from.exponent.as_ptr()),
                negative: V::load(from.negative.as_ptr()),
                padding: from.padding,
                pairs: from.pairs,
            }
        }
    }

    #[inline(always)]
    pub(super) unsafe fn store(self, to: &mut LossSum) {
        // SAFETY: as in `load`.
        unsafe {
            self.mantissa.store(to.mantissa.as_mut_ptr());
            self.exponent.store(to.exponent.as_mut_ptr());
            self.negative.store(to.negative.as_mut_ptr());
        }
        (to.padding, to.pairs) = (self.padding, self.pairs);
    }

    /// Notes `pairs` pairs that went through with `padding` lanes more.
    #[inline(always)]
    pub(super) fn count(&mut self, pairs: usize, padding: usize) {
        self.pairs += pairs as u64;
        self.padding += padding as u64;
    }

    /// Turns the vector of logits at `g` into errors times the learning rate.
    #[inline(always)]
    pub(super) unsafe fn error(&mut self, lr: f32, g: *mut f32, labels: *const f32) {
        // SAFETY: a vector lies at both places: the caller's promise.
        unsafe {
            let (logit, label) = (V::load(g), V::load(labels));
            let (d, sigmoid) = V::sigmoid(logit);
            let (lr, minus_lr) = (V::splat(lr), V::splat(-lr));
            V::fma(minus_lr, sigmoid, V::mul(lr, label)).store(g);
            let unlabelled = V::fma(V::splat(-1.0), label, V::splat(1.0));
            self.negative = V::fma(logit, unlabelled, self.negative);
            let (mantissa, exponent) = V::split(V::mul(self.mantissa, d));
            self.mantissa = mantissa;
            self.exponent = V::add(self.exponent, exponent);
        }
    }
}

/// All outputs against `W` contexts; returns `W`.
///
/// # Safety
/// As [`skipgram`], for the `W` rows at `contexts`; `to` has room for `W * pitch` floats.
#[inline(always)]
pub(super) unsafe fn column<V: Lanes, const N: usize, const W: usize>(
    outputs: &[*mut f32],
    contexts: *const *mut f32,
    to: *mut f32,
    columns: usize,
) -> usize {
    let n = if N == 0 { outputs.len() } else { N };
    let (o, pitch) = (outputs.as_ptr(), pitch(n));
    // SAFETY: the tiles taken never exceed `n - j`; the rest is the caller's promise.
    unsafe {
        let mut j = 0;
        while j < n {
            let (o, to) = (o.add(j), to.add(j));
            j += match n - j {
                6 => tile::<V, 6, W>(o, contexts, (to, pitch), columns),
                4.. => tile::<V, 4, W>(o, contexts, (to, pitch), columns),
                3 => tile::<V, 3, W>(o, contexts, (to, pitch), columns),
                2 => tile::<V, 2, W>(o, contexts, (to, pitch), columns),
                _ => tile::<V, 1, W>(o, contexts, (to, pitch), columns),
            };
        }
    }
    W
}

/// `T` outputs against `W` contexts; returns `T`. Up to the next multiple of 4, logits are 0.
#[inline(always)]
unsafe fn tile<V: Lanes, const T: usize, const W: usize>(
    outputs: *const *mut f32,
    contexts: *const *mut f32,
    (to, pitch): (*mut f32, usize),
    columns: usize,
) -> usize {
    // SAFETY: `outputs` holds `T` rows, `contexts` `W`, each covered by `columns`, and `to` has room
    // for `W` times `pitch >= T` floats: the caller's promise.
    unsafe {
        let zero = V::splat(0.0);
        let mut sums = [[zero; T]; W];
        // Copies that no store can change, so that they stay in registers.
        let contexts: [_; W] = std::array::from_fn(|w| *contexts.add(w));
        let outputs: [_; T] = std::array::from_fn(|t| *outputs.add(t));
        for column in 0..columns {
            let offset = column * V::N * 4;
            let rows: [_; W] = contexts.map(|row| V::load_shared(row, offset));
            for t in 0..T {
                let output = V::load_shared(outputs[t], offset);
                for w in 0..W {
                    sums[w][t] = V::fma(output, rows[w], sums[w][t]);
                }
            }
        }
        for (w, sums) in sums.iter().enumerate() {
            let sum = |t: usize| if t < T { sums[t] } else { zero };
            for t in (0..T).step_by(4) {
                let to = to.add(w * pitch + t);
                V::sum4(sum(t), sum(t + 1), sum(t + 2), sum(t + 3), to);
            }
        }
    }
    T
}

/// `In += E^T . Out`, `Out += E . In`, both of the old rows, in one pass over the columns, with `M`
/// contexts (0 = any number).
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
#[inline(always)]
unsafe fn update_column<V: Lanes, const N: usize, const M: usize>(step: &Step<'_>, offset: usize) {
    let m = if M == 0 { step.contexts.len() } else { M };
    let contexts = step.contexts.as_ptr();
    let outputs = step.outputs.as_ptr();
    // SAFETY: there are `m` contexts and `N` outputs, whose rows hold a vector at `offset`: the
    // caller's promise; `g` holds `pitch(N)` floats a context.
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
                if j % 2 == 0 {
                    even = V::fma(e, old[j], even);
                } else if j == 1 {
                    odd = V::mul(e, old[j]);
                } else {
                    odd = V::fma(e, old[j], odd);
                }
                new[j] = V::fma(e, row, new[j]);
            }
            let sum = if N > 1 { V::add(even, odd) } else { even };
            sum.store_shared(context, offset);
            errors = errors.add(pitch(N));
        }
        for (j, new) in new.into_iter().enumerate() {
            new.store_shared(*outputs.add(j), offset);
        }
    }
}

/// As [`update`] for any number of outputs: a column block of all contexts, old and new, waits in
/// private memory while the outputs stream past.
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
                    let e = V::splat(*g.add(i * pitch(n) + j));
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
