//! The plain version: what every other kernel must equal, and what other processors run.
//!
//! Shared rows are copied float by float with relaxed atomics into private memory, computed on
//! there as plain slices (which compilers vectorise), and copied back.

use std::sync::atomic::{AtomicU32, Ordering};

use super::errors::pitch;
use super::lanes::{EXP2, LOG2_CLAMP};
use super::scratch::LossSum;
use super::step::Step;

/// Skip-gram for any number of rows.
///
/// # Safety
/// As [`super::StepFn`].
pub(super) unsafe fn skipgram(step: &mut Step<'_>) {
    let (stride, n) = (step.dim, step.outputs.len());
    let half = step.scratch.rows.len() / 2;
    let (rows, new) = step.scratch.rows.split_at_mut(half);
    let (contexts, outputs) = rows.split_at_mut(step.contexts.len() * stride);
    let outputs = &mut outputs[..n * stride];
    for (row, copy) in step.contexts.iter().zip(contexts.chunks_exact_mut(stride)) {
        // SAFETY: the row holds `stride` floats: the caller's promise.
        unsafe { read_shared(*row, copy) };
    }
    for (row, copy) in step.outputs.iter().zip(outputs.chunks_exact_mut(stride)) {
        // SAFETY: as above.
        unsafe { read_shared(*row, copy) };
    }
    let (g, loss) = (&mut step.scratch.g, &mut step.scratch.loss);
    for (i, context) in contexts.chunks_exact(stride).enumerate() {
        for (j, output) in outputs.chunks_exact(stride).enumerate() {
            g[i * pitch(n) + j] = error(dot(context, output), j == 0, step.lr, loss);
        }
        loss.pairs += 1;
    }
    let (row, new_outputs) = new.split_at_mut(stride);
    let new_outputs = &mut new_outputs[..outputs.len()];
    new_outputs.copy_from_slice(outputs);
    let errors = |i: usize, j: usize| g[i * pitch(n) + j];
    for (i, context) in step.contexts.iter().enumerate() {
        // SAFETY: as above. Read once more: a word that stands in the window twice learns twice.
        unsafe { read_shared(*context, row) };
        for (j, output) in outputs.chunks_exact(stride).enumerate() {
            add_scaled(row, errors(i, j), output);
        }
        // SAFETY: as above.
        unsafe { write_shared(*context, row) };
    }
    for (j, row) in new_outputs.chunks_exact_mut(stride).enumerate() {
        for (i, context) in contexts.chunks_exact(stride).enumerate() {
            add_scaled(row, errors(i, j), context);
        }
        row.iter_mut().for_each(|x| *x *= step.keep);
    }
    for (row, copy) in step.outputs.iter().zip(new_outputs.chunks_exact(stride)) {
        // SAFETY: as above.
        unsafe { write_shared(*row, copy) };
    }
}

/// CBOW for any number of rows: the mean of the window as one context, whose update each row of
/// the window is given its share of.
///
/// # Safety
/// As [`super::StepFn`].
pub(super) unsafe fn cbow(step: &mut Step<'_>) {
    // SAFETY: the caller's promise.
    unsafe { any_cbow::<false>(step) }
}

/// As [`cbow`], with a row of weights for each context.
///
/// # Safety
/// As [`super::StepFn`].
pub(super) unsafe fn weighted_cbow(step: &mut Step<'_>) {
    // SAFETY: the caller's promise.
    unsafe { any_cbow::<true>(step) }
}

/// # Safety
/// As [`super::StepFn`]; with `WEIGHTED`, there are weights.
unsafe fn any_cbow<const WEIGHTED: bool>(step: &mut Step<'_>) {
    let (dim, n) = (step.dim, step.outputs.len());
    if step.contexts.is_empty() {
        return;
    }
    let part = 1.0 / step.contexts.len() as f32;
    let (mean, rest) = step.scratch.rows.split_at_mut(dim);
    let (delta, rest) = rest.split_at_mut(dim);
    let row = &mut rest[..dim];
    mean.fill(0.0);
    delta.fill(0.0);
    let weights = |i: usize| {
        // SAFETY: the caller's promise: private rows of `dim` floats, of which one is lent at a time.
        WEIGHTED.then(|| unsafe { std::slice::from_raw_parts_mut(step.weights[i], dim) })
    };
    for (i, context) in step.contexts.iter().enumerate() {
        // SAFETY: the row holds `dim` floats: the caller's promise, here and below.
        unsafe { read_shared(*context, row) };
        if let Some(weights) = weights(i) {
            row.iter_mut().zip(weights).for_each(|(x, w)| *x *= *w);
        }
        add_scaled(mean, part, row);
    }
    let (g, loss) = (&mut step.scratch.g, &mut step.scratch.loss);
    for (j, output) in step.outputs.iter().enumerate() {
        // SAFETY: as above.
        unsafe { read_shared(*output, row) };
        g[j] = error(dot(mean, row), j == 0, step.lr, loss);
    }
    loss.pairs += 1;
    for (output, error) in step.outputs.iter().zip(&g[..n]) {
        // SAFETY: as above.
        unsafe { read_shared(*output, row) };
        add_scaled(delta, *error, row);
        add_scaled(row, *error, mean);
        row.iter_mut().for_each(|x| *x *= step.keep);
        // SAFETY: as above.
        unsafe { write_shared(*output, row) };
    }
    for (i, context) in step.contexts.iter().enumerate() {
        // SAFETY: as above.
        unsafe { read_shared(*context, row) };
        match weights(i) {
            Some(weights) => {
                for ((x, w), d) in row.iter_mut().zip(weights).zip(&*delta) {
                    (*x, *w) = (*x + step.share * d * *w, *w + part * d * *x);
                }
            }
            None => add_scaled(row, step.share, delta),
        }
        // SAFETY: as above.
        unsafe { write_shared(*context, row) };
    }
}

/// The error of a logit times the learning rate; adds to the loss.
fn error(x: f32, is_centre: bool, lr: f32, loss: &mut LossSum) -> f32 {
    let label = if is_centre { 1.0 } else { 0.0 };
    let (d, sigmoid) = sigmoid(x);
    loss.negative[0] += (1.0 - label) * x;
    let product = loss.mantissa[0] * d;
    // Finite and at least 1, so a normal float: its exponent bits are what is taken out.
    let exponent = (product.to_bits() >> 23) as i32 - 127;
    loss.mantissa[0] = f32::from_bits(product.to_bits() & 0x007F_FFFF | 0x3F80_0000);
    loss.exponent[0] += exponent as f32;
    lr * (label - sigmoid)
}

/// Sum of the products, in eight interleaved sums so that compilers may vectorise it.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (xs, ys) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f32 = (xs.remainder().iter().zip(ys.remainder()))
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in xs.zip(ys) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + tail
}

/// `row += factor * other`.
fn add_scaled(row: &mut [f32], factor: f32, other: &[f32]) {
    for (x, y) in row.iter_mut().zip(other) {
        *x += factor * y;
    }
}

/// The merge of rows, float by float.
///
/// # Safety
/// As [`super::MergeFn`].
pub(super) unsafe fn merge([own, taken, shared]: [*mut f32; 3], dim: usize, share: f32) {
    for i in 0..dim {
        let mut float = [0.0];
        // SAFETY: `i` is inside each of the rows, and the rest is the caller's promise.
        let [own_now, then, all] = [own, taken, shared].map(|row| unsafe {
            read_shared(row.add(i), &mut float);
            float[0]
        });
        let merged = (own_now - then) * share + all;
        for row in [shared, own, taken] {
            // SAFETY: as above.
            unsafe { write_shared(row.add(i), &[merged]) };
        }
    }
}

/// `1 + exp(-x)` and its inverse.
fn sigmoid(x: f32) -> (f32, f32) {
    let z = (x * -std::f32::consts::LOG2_E).clamp(-LOG2_CLAMP, LOG2_CLAMP);
    let d = 1.0 + exp2(z);
    (d, 1.0 / d)
}

/// `2^z` for `z` within the clamp, of plain products and sums: the standard library's, which come from
/// the system, differ in the last bit from one processor to another.
fn exp2(z: f32) -> f32 {
    let whole = z.round_ties_even();
    let fraction = z - whole;
    let power = f32::from_bits(((whole as i32 + 127) as u32) << 23);
    EXP2.iter().fold(0.0, |sum, c| sum * fraction + c) * power
}

/// Copies shared floats, each in one piece, to private ones.
///
/// # Safety
/// `row` points to `to.len()` floats that stay allocated and are accessed by others atomically.
unsafe fn read_shared(row: *const f32, to: &mut [f32]) {
    for (i, x) in to.iter_mut().enumerate() {
        // SAFETY: inside the row; f32 and AtomicU32 have one size and alignment.
        let float = unsafe { AtomicU32::from_ptr(row.add(i).cast_mut().cast()) };
        *x = f32::from_bits(float.load(Ordering::Relaxed));
    }
}

/// Copies private floats to shared ones, each in one piece.
///
/// # Safety
/// As [`read_shared`].
unsafe fn write_shared(row: *mut f32, from: &[f32]) {
    for (i, x) in from.iter().enumerate() {
        // SAFETY: as in `read_shared`.
        let float = unsafe { AtomicU32::from_ptr(row.add(i).cast()) };
        float.store(x.to_bits(), Ordering::Relaxed);
    }
}
