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
        errors::<V, N>(step, columns);
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
///
/// # Safety
/// As [`skipgram`].
#[inline(always)]
unsafe fn errors<V: Lanes, const N: usize>(step: &mut Step<'_>, columns: usize) {
    // SAFETY: the widths taken never exceed `m - i`, so the tiles stay inside the rows that the
    // caller gave; `g` and `labels` hold `m` times `pitch` floats and a vector more.
    unsafe {
        let mut loss = Loss::<V>::load(&step.scratch.loss);
        let mut i = 0;
        while i < step.contexts.len() {
            let from = (i, step.contexts.as_ptr().add(i));
            i += match (V::WIDE, step.contexts.len() - i) {
                (true, 4..) => group::<V, N, 4>(step, from, columns, &mut loss),
                (true, 3) => group::<V, N, 3>(step, from, columns, &mut loss),
                (_, 2..) => group::<V, N, 2>(step, from, columns, &mut loss),
                _ => group::<V, N, 1>(step, from, columns, &mut loss),
            };
        }
        loss.store(&mut step.scratch.loss);
    }
}

/// The errors of the `W` context rows at `contexts`, numbers `i` and following; returns `W`.
///
/// The logits stay in registers: a vector read back from memory right after its parts were written
/// would have to wait until these have left the processor.
///
/// # Safety
/// As [`skipgram`], for the `W` rows at `contexts`; `scratch` has room for their errors.
#[inline(always)]
pub(super) unsafe fn group<V: Lanes, const N: usize, const W: usize>(
    step: &mut Step<'_>,
    (i, contexts): (usize, *const *mut f32),
    columns: usize,
    loss: &mut Loss<V>,
) -> usize {
    let pitch = pitch(N);
    if N == 0 {
        // SAFETY: the caller's promise.
        return unsafe { group_any::<V, W>(step, (i, contexts), columns, loss) };
    }
    // SAFETY: there are `N` outputs and `W` contexts, and room for their errors and a vector more:
    // the caller's promise.
    unsafe {
        let sums = products::<V, N, W>(step.outputs.as_ptr(), contexts, columns);
        let zero = V::splat(0.0);
        let vectors = (W * pitch).div_ceil(V::N);
        for v in 0..vectors {
            // A loop: `from_fn` is not inlined for so many vectors, and none outside has the instructions.
            let mut parts = [zero; 16];
            for (lane, part) in parts.iter_mut().enumerate().take(V::N) {
                let (w, t) = ((v * V::N + lane) / pitch, (v * V::N + lane) % pitch);
                if w < W && t < N {
                    *part = sums[w][t];
                }
            }
            let logits = V::sums(&parts);
            let at = i * pitch + v * V::N;
            let labels = V::load(step.scratch.labels.as_ptr().add(at));
            let errors = loss.error(step.lr, logits, labels);
            errors.store(step.scratch.g.as_mut_ptr().add(at));
        }
        debug_assert!(vectors <= 3);
        loss.settle();
        loss.count(W, vectors * V::N - W * N);
    }
    W
}

/// Lane-wise sums of products of `N` outputs and `W` contexts.
///
/// # Safety
/// `outputs` points to `N` rows and `contexts` to `W`, as in [`StepFn`], and `columns` vectors lie inside each of them; the
/// processor has `V`'s instruction set.
#[inline(always)]
unsafe fn products<V: Lanes, const N: usize, const W: usize>(
    outputs: *const *mut f32,
    contexts: *const *mut f32,
    columns: usize,
) -> [[V; N]; W] {
    // SAFETY: `outputs` holds `N` rows, `contexts` `W`, each covered by `columns`: the caller's
    // promise.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; W];
        // Copies that no store can change, so that they stay in registers.
        let contexts: [_; W] = std::array::from_fn(|w| *contexts.add(w));
        let outputs: [_; N] = std::array::from_fn(|t| *outputs.add(t));
        for column in 0..columns {
            let offset = column * V::N * 4;
            let rows: [_; W] = contexts.map(|row| V::load_shared(row, offset));
            for t in 0..N {
                let output = V::load_shared(outputs[t], offset);
                for w in 0..W {
                    sums[w][t] = V::fma(output, rows[w], sums[w][t]);
                }
            }
        }
        sums
    }
}

/// As [`group`] for any number of outputs: the logits go through memory.
///
/// # Safety
/// As [`group`].
#[inline(always)]
unsafe fn group_any<V: Lanes, const W: usize>(
    step: &mut Step<'_>,
    (i, contexts): (usize, *const *mut f32),
    columns: usize,
    loss: &mut Loss<V>,
) -> usize {
    let n = step.outputs.len();
    let pitch = pitch(n);
    // SAFETY: as in `group`.
    unsafe {
        let g = step.scratch.g.as_mut_ptr().add(i * pitch);
        let labels = step.scratch.labels.as_ptr().add(i * pitch);
        column::<V, W>(step.outputs, contexts, g, columns);
        // What the vectors cover beyond the last context.
        V::splat(0.0).store(g.add(W * pitch));
        for x in (0..W * pitch).step_by(V::N) {
            let errors = loss.error(step.lr, V::load(g.add(x)), V::load(labels.add(x)));
            errors.store(g.add(x));
            loss.settle();
        }
        loss.count(W, (W * pitch).next_multiple_of(V::N) - W * n);
    }
    W
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
    /// The sums so far.
    ///
    /// # Safety
    /// The processor has `V`'s instruction set, as for all that follow.
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

    /// Puts the sums back.
    ///
    /// # Safety
    /// As [`Loss::load`].
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
    fn count(&mut self, pairs: usize, padding: usize) {
        self.pairs += pairs as u64;
        self.padding += padding as u64;
    }

    /// Takes the exponents out of the product; due after three calls of [`Loss::error`], each of which
    /// may multiply by [`super::lanes::D_MOST`].
    ///
    /// # Safety
    /// As [`Loss::load`].
    #[inline(always)]
    unsafe fn settle(&mut self) {
        // SAFETY: the caller runs `V`'s instruction set.
        unsafe {
            let (mantissa, exponent) = V::split(self.mantissa);
            self.mantissa = mantissa;
            self.exponent = V::add(self.exponent, exponent);
        }
    }

    /// From logits to errors times the learning rate.
    ///
    /// # Safety
    /// As [`Loss::load`].
    #[inline(always)]
    unsafe fn error(&mut self, lr: f32, logit: V, label: V) -> V {
        // SAFETY: the caller runs `V`'s instruction set.
        unsafe {
            let (d, sigmoid) = V::sigmoid(logit);
            let (lr, minus_lr) = (V::splat(lr), V::splat(-lr));
            let unlabelled = V::fma(V::splat(-1.0), label, V::splat(1.0));
            self.negative = V::fma(logit, unlabelled, self.negative);
            self.mantissa = V::mul(self.mantissa, d);
            V::fma(minus_lr, sigmoid, V::mul(lr, label))
        }
    }
}

/// Logits of any number of outputs and `W` contexts; returns `W`.
///
/// # Safety
/// As [`skipgram`], for the `W` rows at `contexts`; `to` has room for `W * pitch` floats.
#[inline(always)]
unsafe fn column<V: Lanes, const W: usize>(
    outputs: &[*mut f32],
    contexts: *const *mut f32,
    to: *mut f32,
    columns: usize,
) -> usize {
    let (o, n) = (outputs.as_ptr(), outputs.len());
    let to = (to, pitch(n));
    // SAFETY: the tiles taken never exceed `n - j`; the rest is the caller's promise.
    unsafe {
        let mut j = 0;
        while j < n {
            j += match n - j {
                4.. => tile::<V, 4, W>(o.add(j), contexts, (to.0.add(j), to.1), columns),
                3 => tile::<V, 3, W>(o.add(j), contexts, (to.0.add(j), to.1), columns),
                2 => tile::<V, 2, W>(o.add(j), contexts, (to.0.add(j), to.1), columns),
                _ => tile::<V, 1, W>(o.add(j), contexts, (to.0.add(j), to.1), columns),
            };
        }
    }
    W
}

/// Logits of `T <= 4` outputs and `W` contexts; returns `T`. Up to 4, logits are 0.
///
/// # Safety
/// As [`products`] with `T` outputs; `to` has room for `W` times `pitch` floats, and `T` is at most 4.
#[inline(always)]
unsafe fn tile<V: Lanes, const T: usize, const W: usize>(
    outputs: *const *mut f32,
    contexts: *const *mut f32,
    (to, pitch): (*mut f32, usize),
    columns: usize,
) -> usize {
    // SAFETY: as in `products`; `to` has room for `W` times `pitch` floats: the caller's promise.
    unsafe {
        let zero = V::splat(0.0);
        let all = products::<V, T, W>(outputs, contexts, columns);
        for (w, sums) in all.iter().enumerate() {
            let sum = |t: usize| if t < T { sums[t] } else { zero };
            V::sum4(sum(0), sum(1), sum(2), sum(3), to.add(w * pitch));
        }
    }
    T
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
