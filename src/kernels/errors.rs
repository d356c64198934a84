//! The errors of a step: how far each product of an output and a context row is from its label.

use super::lanes::Lanes;
use super::scratch::LossSum;
use super::step::Step;

/// Contexts whose errors lie together without a gap.
pub(super) const GROUP: usize = 4;

/// Floats from one group's errors to the next one's, for `N` outputs: within it they follow each other, `N` a context.
pub(super) const fn group<V: Lanes, const N: usize>() -> usize {
    (GROUP * N).next_multiple_of(V::N)
}

/// Floats from one context's errors to the next one's, for any number `n` of outputs.
#[inline(always)]
pub(super) fn pitch(n: usize) -> usize {
    n.next_multiple_of(4)
}

/// The most outputs that have code of their own.
const MOST: usize = 16;

/// Labels of a group, and of what a vector covers beyond it: 1 for the first of `N` outputs.
struct Labels<const N: usize>;

impl<const N: usize> Labels<N> {
    const OF: [f32; GROUP * MOST] = {
        let mut labels = [0.0; GROUP * MOST];
        let mut i = 0;
        while i < labels.len() {
            labels[i] = 1.0;
            i += if N == 0 { labels.len() } else { N };
        }
        labels
    };
}

/// `E = lr * (label - sigmoid(Out . In^T))` of `contexts` into `scratch.g`, with `N` outputs (0 = any number): a group after the
/// other at a distance of [`group`], or a context after the other at a distance of [`pitch`].
///
/// First all products, then all sigmoids: none of these waits for another one, so the processor works on many at once.
///
/// # Safety
/// As [`StepFn`](super::StepFn) with `contexts` in the place of the step's, of which there are no more, and with `V`'s instruction
/// set; as many vectors as `columns` cover `step.dim` and no more than its next multiple of [`super::LINE`]; `N` is 0 or
/// `step.outputs.len()`.
#[inline(always)]
pub(super) unsafe fn errors<V: Lanes, const N: usize>(
    step: &mut Step<'_>,
    contexts: &[*mut f32],
    columns: usize,
) {
    // SAFETY: the rows taken are never beyond the end of `contexts`; `g` has room for `m` times `pitch` floats and the longest
    // vector: for all groups, since `group` is at most `GROUP` times `pitch`, and for a last one that is not full.
    unsafe {
        let (g, m, n) = (
            step.scratch.g.as_mut_ptr(),
            contexts.len(),
            step.outputs.len(),
        );
        let mut i = 0;
        let (vectors, labels) = if N == 0 {
            while i < m {
                let (rows, to) = (contexts.as_ptr().add(i), g.add(i * pitch(n)));
                i += match m - i {
                    2.. => logits_any::<V, 2>(step.outputs, rows, to, columns),
                    _ => logits_any::<V, 1>(step.outputs, rows, to, columns),
                };
            }
            // What the vectors cover beyond the last context.
            V::splat(0.0).store(g.add(m * pitch(n)));
            let labels = &step.scratch.labels;
            (
                (m * pitch(n)).div_ceil(V::N),
                (labels.as_ptr(), labels.len()),
            )
        } else {
            let mut to = g;
            let mut vectors = 0;
            while i < m {
                let rows = (step.outputs.as_ptr(), contexts.as_ptr().add(i));
                vectors += match m - i {
                    4.. => logits::<V, N, 4>(rows, columns, to),
                    3 => logits::<V, N, 3>(rows, columns, to),
                    2 => logits::<V, N, 2>(rows, columns, to),
                    _ => logits::<V, N, 1>(rows, columns, to),
                };
                i += GROUP;
                to = to.add(group::<V, N>());
            }
            let labels = const { &Labels::<N>::OF };
            (vectors, (labels.as_ptr(), group::<V, N>()))
        };
        let mut loss = Loss::<V>::load(&step.scratch.loss);
        loss.errors(step.lr, g, vectors, labels);
        loss.count(m, vectors * V::N - m * n);
        loss.store(&mut step.scratch.loss);
    }
}

/// Logits of `N` outputs and `W` contexts, `N` a context without a gap, and zeros up to a whole vector; returns the number of
/// vectors.
///
/// # Safety
/// As [`products`]; `to` has room for these vectors.
#[inline(always)]
unsafe fn logits<V: Lanes, const N: usize, const W: usize>(
    (outputs, contexts): (*const *mut f32, *const *mut f32),
    columns: usize,
    to: *mut f32,
) -> usize {
    // SAFETY: the tiles' contexts are among the `W`: the caller's promise.
    unsafe {
        let mut folds = [V::splat(0.0); MOST];
        // As many sums at once as there are registers for.
        if V::WIDE {
            let all = tiled::<V, N, W>(outputs, contexts, columns);
            folded(&all, &mut folds, 0);
        } else {
            if W >= 2 {
                let first = tiled::<V, N, 2>(outputs, contexts, columns);
                folded(&first, &mut folds, 0);
            }
            if W == 4 {
                let last = tiled::<V, N, 2>(outputs, contexts.add(2), columns);
                folded(&last, &mut folds, 2);
            }
            if W % 2 == 1 {
                let last = tiled::<V, N, 1>(outputs, contexts.add(W - 1), columns);
                folded(&last, &mut folds, W - 1);
            }
        }
        let vectors = (W * N).div_ceil(V::N);
        for v in 0..vectors {
            let mut four = [V::splat(0.0); 4];
            for (k, part) in four.iter_mut().enumerate().take(V::N / 4) {
                *part = folds[v * (V::N / 4) + k];
            }
            V::join(four).store(to.add(v * V::N));
        }
        vectors
    }
}

/// Sums over parts of `W` contexts' sums, of which the first is number `first` of its group, four together.
///
/// # Safety
/// The processor has `V`'s instruction set; `N` times `first` is a multiple of 4.
#[inline(always)]
unsafe fn folded<V: Lanes, const N: usize, const W: usize>(
    sums: &[[V; N]; W],
    folds: &mut [V; MOST],
    first: usize,
) {
    debug_assert!((first * N).is_multiple_of(4));
    // SAFETY: the instruction set is the caller's promise.
    unsafe {
        for f in 0..(W * N).div_ceil(4) {
            let mut four = [V::splat(0.0); 4];
            for (k, part) in four.iter_mut().enumerate() {
                let (w, t) = ((f * 4 + k) / N, (f * 4 + k) % N);
                if w < W {
                    *part = sums[w][t];
                }
            }
            folds[first * N / 4 + f] = V::fold(four);
        }
    }
}

/// As [`products`], of at most six outputs at a time: with these the sums of two contexts have room in 16 registers, of four in 32.
///
/// # Safety
/// As [`products`].
#[inline(always)]
unsafe fn tiled<V: Lanes, const N: usize, const W: usize>(
    outputs: *const *mut f32,
    contexts: *const *mut f32,
    columns: usize,
) -> [[V; N]; W] {
    // SAFETY: the outputs taken never exceed `N - t`; the rest is the caller's promise.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; W];
        let mut t = 0;
        while t < N {
            let rows = (outputs.add(t), contexts);
            t += match N - t {
                6.. => few::<V, 6, N, W>(rows, columns, &mut sums, t),
                5 => few::<V, 5, N, W>(rows, columns, &mut sums, t),
                4 => few::<V, 4, N, W>(rows, columns, &mut sums, t),
                3 => few::<V, 3, N, W>(rows, columns, &mut sums, t),
                2 => few::<V, 2, N, W>(rows, columns, &mut sums, t),
                _ => few::<V, 1, N, W>(rows, columns, &mut sums, t),
            };
        }
        sums
    }
}

/// Sums of `T` outputs, of which the first is number `t` of `N`; returns `T`.
///
/// # Safety
/// As [`products`] with `T` outputs; `t + T` is at most `N`.
#[inline(always)]
unsafe fn few<V: Lanes, const T: usize, const N: usize, const W: usize>(
    (outputs, contexts): (*const *mut f32, *const *mut f32),
    columns: usize,
    sums: &mut [[V; N]; W],
    t: usize,
) -> usize {
    // SAFETY: the caller's promise.
    let found = unsafe { products::<V, T, W>(outputs, contexts, columns) };
    for w in 0..W {
        for k in 0..T {
            sums[w][t + k] = found[w][k];
        }
    }
    T
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
        let contexts = *contexts.cast::<[*mut f32; W]>();
        let outputs = *outputs.cast::<[*mut f32; N]>();
        for column in 0..columns {
            let offset = column * V::N * 4;
            let mut rows = [V::splat(0.0); W];
            for w in 0..W {
                rows[w] = V::load_shared(contexts[w], offset);
            }
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

/// Logits of any number of outputs and `W` contexts; returns `W`.
///
/// # Safety
/// As [`errors`], for the `W` rows at `contexts`; `to` has room for `W * pitch` floats.
#[inline(always)]
unsafe fn logits_any<V: Lanes, const W: usize>(
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

/// The running sums of [`LossSum`] in registers.
pub(super) struct Loss<V> {
    pub(super) mantissa: V,
    exponent: V,
    pub(super) negative: V,
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
    pub(super) fn count(&mut self, pairs: usize, padding: usize) {
        self.pairs += pairs as u64;
        self.padding += padding as u64;
    }

    /// Turns `vectors` vectors of logits at `g` into errors, with labels that come again after `period`.
    ///
    /// # Safety
    /// As [`Loss::load`]; there are these vectors, which nobody else has, and `period` labels, a multiple of `V::N` or as many as
    /// the vectors hold.
    #[inline(always)]
    unsafe fn errors(
        &mut self,
        lr: f32,
        g: *mut f32,
        vectors: usize,
        (labels, period): (*const f32, usize),
    ) {
        let mut label = 0;
        // SAFETY: the caller's promise.
        unsafe {
            for v in 0..vectors {
                let at = g.add(v * V::N);
                let errors = self.error(lr, V::load(at), V::load(labels.add(label)));
                errors.store(at);
                if v % 2 == 1 {
                    self.settle();
                }
                label += V::N;
                if label == period {
                    label = 0;
                }
            }
            self.settle();
        }
    }

    /// Takes the exponents out of the product; due after three calls of [`Loss::error`], each of which
    /// may multiply by [`super::lanes::D_MOST`].
    ///
    /// # Safety
    /// As [`Loss::load`].
    #[inline(always)]
    pub(super) unsafe fn settle(&mut self) {
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
