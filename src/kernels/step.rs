//! The training step, once for all instruction sets.

use super::LINE;
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
    /// Rows that the next step will write.
    pub ahead: &'a [*mut f32],
    /// Length of a vector. Rows are longer: up to the next multiple of [`LINE`] they hold zeros,
    /// which stay zeros.
    pub dim: usize,
    /// Learning rate.
    pub lr: f32,
    /// Private memory.
    pub scratch: &'a mut Scratch,
}

/// A step's function.
///
/// # Safety
/// Every row of `contexts` and `outputs` points to `dim` floats rounded up to [`LINE`], aligned as
/// floats are, that stay allocated during the call and that other threads access only as
/// `lanes` states; no context row overlaps an output row. `ahead` may hold any addresses.
/// `scratch` fits the step ([`Scratch::fits`]). The processor runs the family the function is of.
pub type StepFn = unsafe fn(&mut Step<'_>);

/// Where the logit of output `j` and context `i` of `n` outputs lies in `Scratch::g`.
#[inline(always)]
pub(super) fn at(i: usize, j: usize, n: usize) -> usize {
    (i / 4 * n + j) * 4 + i % 4
}

/// Skip-gram with `N` outputs (0 = any number) and `C` column blocks (0 = any number).
///
/// # Safety
/// As [`StepFn`], with `V`'s instruction set; unless they are 0, `N` is `step.outputs.len()` and `C`
/// the number of vectors that cover `step.dim`.
#[inline(always)]
pub(super) unsafe fn skipgram<V: Lanes, const N: usize, const C: usize>(step: &mut Step<'_>) {
    // SAFETY: the caller's promises are those of the three parts.
    unsafe {
        let blocks = if C == 0 { step.dim.div_ceil(V::N) } else { C };
        let n = if N == 0 { step.outputs.len() } else { N };
        logits::<V, N>(step, n, blocks);
        errors::<V>(step, n);
        if N == 0 {
            update_any::<V>(step, blocks);
        } else {
            update::<V, N>(step, blocks);
        }
    }
}

/// `G = Out . In^T` into `scratch.g`, four contexts at a time.
#[inline(always)]
unsafe fn logits<V: Lanes, const N: usize>(step: &mut Step<'_>, n: usize, blocks: usize) {
    let m = step.contexts.len();
    let g = step.scratch.g.as_mut_ptr();
    // SAFETY: `i + W <= m` and `j + T <= n` keep the tiles inside the rows that the caller gave;
    // `at` stays inside `g`, whose size follows from the same numbers.
    unsafe {
        let mut i = 0;
        while i < m {
            let contexts = step.contexts.as_ptr().add(i);
            let to = g.add(at(i, 0, n));
            match m - i {
                1 => column::<V, N, 1>(step.outputs, contexts, to, blocks),
                2 => column::<V, N, 2>(step.outputs, contexts, to, blocks),
                3 => column::<V, N, 3>(step.outputs, contexts, to, blocks),
                _ => column::<V, N, 4>(step.outputs, contexts, to, blocks),
            }
            i += 4;
        }
    }
}

/// All outputs against `W` contexts.
#[inline(always)]
unsafe fn column<V: Lanes, const N: usize, const W: usize>(
    outputs: &[*mut f32],
    contexts: *const *mut f32,
    to: *mut f32,
    blocks: usize,
) {
    let n = if N == 0 { outputs.len() } else { N };
    let o = outputs.as_ptr();
    // SAFETY: `j + T <= n` in each arm; the rest is the caller's promise.
    unsafe {
        let mut j = 0;
        if V::TILE >= 6 {
            while j + 6 <= n {
                tile::<V, 6, W>(o.add(j), contexts, to.add(j * 4), blocks);
                j += 6;
            }
        }
        while j + 3 <= n {
            tile::<V, 3, W>(o.add(j), contexts, to.add(j * 4), blocks);
            j += 3;
        }
        while j < n {
            tile::<V, 1, W>(o.add(j), contexts, to.add(j * 4), blocks);
            j += 1;
        }
    }
}

/// `T` outputs against `W <= 4` contexts; missing contexts get logit 0.
#[inline(always)]
unsafe fn tile<V: Lanes, const T: usize, const W: usize>(
    outputs: *const *mut f32,
    contexts: *const *mut f32,
    to: *mut f32,
    blocks: usize,
) {
    // SAFETY: `outputs` holds `T` rows, `contexts` `W`, each of `blocks` vectors at least, and
    // `to` has room for 4 * T floats: the caller's promise.
    unsafe {
        let zero = V::splat(0.0);
        let mut sums = [[zero; 4]; T];
        for block in 0..blocks {
            let offset = block * V::N * 4;
            let mut rows = [zero; W];
            for (w, row) in rows.iter_mut().enumerate() {
                *row = V::load_shared(*contexts.add(w), offset);
            }
            for (t, sums) in sums.iter_mut().enumerate() {
                let output = V::load_shared(*outputs.add(t), offset);
                for w in 0..W {
                    sums[w] = V::fma(output, rows[w], sums[w]);
                }
            }
        }
        for (t, [a, b, c, d]) in sums.into_iter().enumerate() {
            V::sum4(a, b, c, d, to.add(t * 4));
        }
    }
}

/// Turns logits into errors times the learning rate, and adds to the loss.
#[inline(always)]
unsafe fn errors<V: Lanes>(step: &mut Step<'_>, n: usize) {
    let m = step.contexts.len();
    let used = m.next_multiple_of(4) * n;
    let whole = used.next_multiple_of(V::N);
    let scratch = &mut *step.scratch;
    let loss = &mut scratch.loss;
    // SAFETY: `whole < used + LINE` floats are inside `g`; the loss arrays hold 16 floats, and
    // groups of four begin at multiples of `4 * n` below `used`.
    unsafe {
        let g = scratch.g.as_mut_ptr();
        for x in used..whole {
            *g.add(x) = 0.0;
        }
        for i in (0..used).step_by(4 * n) {
            for w in 0..4 {
                loss.positive[w] += *g.add(i + w);
            }
        }
        let mut mantissa = V::load(loss.mantissa.as_ptr());
        let mut exponent = V::load(loss.exponent.as_ptr());
        let mut sum = V::load(loss.logits.as_ptr());
        let minus_lr = V::splat(-step.lr);
        for x in (0..whole).step_by(V::N) {
            let logit = V::load(g.add(x));
            let (d, sigmoid) = V::sigmoid(logit);
            V::mul(minus_lr, sigmoid).store(g.add(x));
            sum = V::add(sum, logit);
            let (m, e) = V::split(V::mul(mantissa, d));
            mantissa = m;
            exponent = V::add(exponent, e);
        }
        mantissa.store(loss.mantissa.as_mut_ptr());
        exponent.store(loss.exponent.as_mut_ptr());
        sum.store(loss.logits.as_mut_ptr());
        for i in (0..used).step_by(4 * n) {
            for w in 0..4 {
                *g.add(i + w) += step.lr;
            }
        }
    }
    loss.padding += (whole - m * n) as u64;
    loss.pairs += m as u64;
}

/// `In += E^T . Out`, `Out += E . In`, both of the old rows, in one pass over the columns.
#[inline(always)]
unsafe fn update<V: Lanes, const N: usize>(step: &mut Step<'_>, blocks: usize) {
    let g = step.scratch.g.as_ptr();
    let outputs = step.outputs.as_ptr();
    // SAFETY: `outputs` holds `N` rows, every row `blocks` vectors: the caller's promise. `at` of
    // `i < m` and `j < N` is inside `g`.
    unsafe {
        for block in 0..blocks {
            let offset = block * V::N * 4;
            prefetch::<V>(step.ahead, offset);
            let mut old = [V::splat(0.0); N];
            for (j, old) in old.iter_mut().enumerate() {
                *old = V::load_shared(*outputs.add(j), offset);
            }
            let mut new = old;
            for (i, context) in step.contexts.iter().enumerate() {
                let errors = g.add(at(i, 0, N));
                let row = V::load_shared(*context, offset);
                let (mut even, mut odd) = (row, V::splat(0.0));
                for j in 0..N {
                    let e = V::splat(*errors.add(j * 4));
                    if j % 2 == 0 {
                        even = V::fma(e, old[j], even);
                    } else {
                        odd = V::fma(e, old[j], odd);
                    }
                    new[j] = V::fma(e, row, new[j]);
                }
                let sum = if N > 1 { V::add(even, odd) } else { even };
                sum.store_shared(*context, offset);
            }
            for (j, new) in new.into_iter().enumerate() {
                new.store_shared(*outputs.add(j), offset);
            }
        }
    }
}

/// As [`update`] for any number of outputs: a column block of all contexts, old and new, waits in
/// private memory while the outputs stream past.
#[inline(always)]
unsafe fn update_any<V: Lanes>(step: &mut Step<'_>, blocks: usize) {
    let (m, n) = (step.contexts.len(), step.outputs.len());
    let g = step.scratch.g.as_ptr();
    let old = step.scratch.rows.as_mut_ptr();
    // SAFETY: `rows` holds two column blocks of `m` vectors (`Scratch::new` made room for whole
    // rows, and a row is a vector at least); the rest as in `update`.
    unsafe {
        let new = old.add(m * V::N);
        for block in 0..blocks {
            let offset = block * V::N * 4;
            prefetch::<V>(step.ahead, offset);
            for (i, context) in step.contexts.iter().enumerate() {
                let row = V::load_shared(*context, offset);
                row.store(old.add(i * V::N));
                row.store(new.add(i * V::N));
            }
            for (j, output) in step.outputs.iter().enumerate() {
                let row = V::load_shared(*output, offset);
                let mut sum = row;
                for i in 0..m {
                    let e = V::splat(*g.add(at(i, j, n)));
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

/// The cache line at `offset` bytes of every row that comes next.
#[inline(always)]
unsafe fn prefetch<V: Lanes>(ahead: &[*mut f32], offset: usize) {
    if V::N == LINE || offset.is_multiple_of(LINE * 4) {
        for row in ahead {
            // SAFETY: a prefetch reads nothing and cannot fault.
            unsafe { V::prefetch(*row, offset) };
        }
    }
}
