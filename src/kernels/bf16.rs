//! AVX-512 with BF16: skip-gram whose products are of bf16, the upper half of a f32, two of them at once in each lane.
//!
//! Rows stay f32, and so do sums. Only what is multiplied has 8 bits of mantissa: rounded for the logits and for errors, cut
//! for the rows of the update. A product of two such numbers is exact in f32.
//!
//! For logits two outputs share a vector, one in each half, and a context stands in both halves, so that half as many
//! sums have to be added up across lanes. For the update two rows share a vector lane by lane, so that a lane adds up what a row
//! learns from both.

use std::arch::x86_64::*;
use std::mem::transmute;

use super::avx512::add_pairs;
use super::errors::Loss;
use super::instances::by_size;
use super::lanes::Lanes;
use super::scratch::Pairs;
use super::step::{Step, StepFn, decay, prefetch};

/// Whether this processor runs these kernels.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512bf16")
        && is_x86_feature_detected!("avx512bw")
        && super::avx512::is_available()
}

/// The step for `outputs` rows of `dim` floats; with products of f32 where there is none of bf16 for that number.
pub(super) fn skipgram(outputs: usize, dim: usize) -> StepFn {
    let other = super::avx512::skipgram;
    by_size!(skipgram_of, (outputs, dim), other(outputs, dim))
}

/// Skip-gram for `N` outputs and vectors of `D` floats (0 = any).
///
/// # Safety
/// As [`StepFn`]; `N` is the step's number of outputs, `D` is 0 or its dim.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512bf16,avx2,fma")]
unsafe fn skipgram_of<const N: usize, const D: usize>(step: &mut Step<'_>) {
    const { assert!(N.is_multiple_of(2) && N <= 2 * PAIRS) };
    let columns = if D == 0 { step.dim } else { D }.div_ceil(__m512::N);
    // SAFETY: `StepFn`'s promises; `skipgram` picks the instance by the numbers.
    unsafe {
        errors::<N>(step, columns);
        update::<N>(step, columns);
        decay::<__m512>(step, columns);
    }
}

/// The most pairs of outputs.
const PAIRS: usize = 4;

/// Contexts of a tile: as many as there are registers for the sums of.
const fn tile_of<const N: usize>() -> usize {
    if N > 6 { 6 } else { 8 }
}

/// The errors of all contexts, as pairs in `scratch.pairs`.
///
/// # Safety
/// As [`StepFn`] with `N` outputs, an even number up to 8, and `columns` vectors in each row; the processor runs this
/// module's family, as for all that follow.
#[inline(always)]
unsafe fn errors<const N: usize>(step: &mut Step<'_>, columns: usize) {
    let m = step.contexts.len();
    let (outputs, contexts) = (step.outputs.as_ptr(), step.contexts.as_ptr());
    let pairs = step.scratch.pairs.as_mut_ptr();
    // SAFETY: the tiles' contexts are below `m`, and `pairs` has room for two contexts each.
    unsafe {
        let mut loss = Loss::<__m512>::load(&step.scratch.loss);
        let mut i = 0;
        while i < m {
            let rows = (outputs, contexts.add(i), columns);
            let to = pairs.add(i / 2);
            i += match (m - i).min(tile_of::<N>()) {
                1 => tile::<N, 1>(rows, step.lr, &mut loss, to),
                2 => tile::<N, 2>(rows, step.lr, &mut loss, to),
                3 => tile::<N, 3>(rows, step.lr, &mut loss, to),
                4 => tile::<N, 4>(rows, step.lr, &mut loss, to),
                5 => tile::<N, 5>(rows, step.lr, &mut loss, to),
                6 => tile::<N, 6>(rows, step.lr, &mut loss, to),
                7 => tile::<N, 7>(rows, step.lr, &mut loss, to),
                _ => tile::<N, 8>(rows, step.lr, &mut loss, to),
            };
        }
        loss.store(&mut step.scratch.loss);
    }
}

/// `In += E^T . Out`, `Out += E . In`, both of the old rows, in one pass over the columns.
///
/// # Safety
/// As [`errors`], which has been called.
#[inline(always)]
unsafe fn update<const N: usize>(step: &Step<'_>, columns: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        for two in 0..columns / 2 {
            update_columns::<N, 2>(step, two * 2);
        }
        if columns % 2 == 1 {
            update_columns::<N, 1>(step, columns - 1);
        }
    }
}

/// The errors of `W` contexts, as pairs; returns `W`.
///
/// # Safety
/// `outputs` points to `N` rows and `contexts` to `W`, as in [`StepFn`], with `columns` vectors in each; `to` has room for
/// their errors, two contexts each.
#[inline(always)]
unsafe fn tile<const N: usize, const W: usize>(
    (outputs, contexts, columns): (*const *mut f32, *const *mut f32, usize),
    lr: f32,
    loss: &mut Loss<__m512>,
    to: *mut Pairs,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let sums = products::<N, W>(outputs, contexts, columns);
        let mut errors = [_mm512_setzero_ps(); 4];
        let vectors = (W * N).div_ceil(16);
        for (v, errors) in errors.iter_mut().enumerate().take(vectors) {
            let mut eight = [_mm512_setzero_ps(); 8];
            for (k, sum) in eight.iter_mut().enumerate() {
                let (w, p) = ((8 * v + k) / (N / 2), (8 * v + k) % (N / 2));
                if w < W {
                    *sum = sums[w][p];
                }
            }
            let [a, b, c, d, e, f, g, h] = eight;
            let (first, second) = (__m512::fold([a, b, c, d]), __m512::fold([e, f, g, h]));
            let label = const { Places::<N, W>::LABELS }[v];
            *errors = error(loss, lr, add_pairs(first, second), label);
            if v % 2 == 1 {
                loss.settle();
            }
        }
        loss.settle();
        loss.count(W, vectors * 16 - W * N);
        let low: __m512i = transmute(_mm512_cvtne2ps_pbh(errors[1], errors[0]));
        let high: __m512i = transmute(_mm512_cvtne2ps_pbh(errors[3], errors[2]));
        for two in 0..W.div_ceil(2) {
            let order = const { &Places::<N, W>::ORDER }.as_ptr().add(two);
            let order = _mm512_loadu_si512(order.cast());
            let pairs = if vectors > 2 {
                _mm512_permutex2var_epi16(low, order, high)
            } else {
                _mm512_permutexvar_epi16(order, low)
            };
            _mm512_store_si512((&raw mut (*to.add(two)).0).cast(), pairs);
        }
    }
    W
}

/// From logits to errors times the learning rate; `label` has the lanes of the centre's row. A mask and not a vector as in
/// [`Loss`]: these were all computed with before a step had chosen its tile.
///
/// # Safety
/// The processor runs AVX-512 F.
#[inline(always)]
unsafe fn error(loss: &mut Loss<__m512>, lr: f32, logit: __m512, label: u16) -> __m512 {
    // SAFETY: the caller's promise.
    unsafe {
        let (d, sigmoid) = __m512::sigmoid(logit);
        loss.negative = _mm512_mask_add_ps(loss.negative, !label, loss.negative, logit);
        loss.mantissa = _mm512_mul_ps(loss.mantissa, d);
        let most = _mm512_maskz_mov_ps(label, _mm512_set1_ps(lr));
        _mm512_fnmadd_ps(_mm512_set1_ps(lr), sigmoid, most)
    }
}

/// Where errors of `N` outputs and `W` contexts stand.
struct Places<const N: usize, const W: usize>;

impl<const N: usize, const W: usize> Places<N, W> {
    /// The lane of a tile's vectors in which the sum of context `w` and output `t` comes to stand.
    const fn lane(w: usize, t: usize) -> usize {
        let k = w * (N / 2) + t / 2;
        k / 8 * 16 + k % 8 / 4 * 8 + t % 2 * 4 + k % 4
    }

    /// For each vector the lanes of the first output.
    const LABELS: [u16; 4] = {
        let mut labels = [0; 4];
        let mut w = 0;
        while w < W {
            let lane = Self::lane(w, 0);
            labels[lane / 16] |= 1 << (lane % 16);
            w += 1;
        }
        labels
    };

    /// For two contexts each: for each output the errors of both, then for each of the two those of all outputs. Where
    /// there is no second one, the first one's.
    const ORDER: [[u16; 32]; 4] = {
        let mut order = [[0; 32]; 4];
        let mut w = 0;
        while w < W {
            let second = if w + 1 < W { w + 1 } else { w };
            let to = &mut order[w / 2];
            let mut t = 0;
            while t < N {
                to[2 * t] = Self::lane(w, t) as u16;
                to[2 * t + 1] = Self::lane(second, t) as u16;
                to[2 * N + t] = Self::lane(w, t) as u16;
                to[3 * N + t] = Self::lane(second, t) as u16;
                t += 1;
            }
            w += 2;
        }
        order
    };
}

/// Sums of products of `W` contexts with two outputs each, the first in the lower half of the lanes and the second in the upper.
///
/// # Safety
/// As [`tile`].
#[inline(always)]
unsafe fn products<const N: usize, const W: usize>(
    outputs: *const *mut f32,
    contexts: *const *mut f32,
    columns: usize,
) -> [[__m512; PAIRS]; W] {
    // SAFETY: the caller's promise.
    unsafe {
        // Copies that no store can change, so that they stay in registers.
        let contexts = *contexts.cast::<[*mut f32; W]>();
        let outputs = *outputs.cast::<[*mut f32; N]>();
        let mut sums = [[_mm512_setzero_ps(); PAIRS]; W];
        for column in 0..columns {
            let offset = column * 64;
            let mut two = [zero(); PAIRS];
            for p in 0..N / 2 {
                let first = __m512::load_shared(outputs[2 * p], offset);
                let second = __m512::load_shared(outputs[2 * p + 1], offset);
                two[p] = _mm512_cvtne2ps_pbh(second, first);
            }
            for w in 0..W {
                let row = __m512::load_shared(contexts[w], offset);
                let row = _mm512_cvtne2ps_pbh(row, row);
                for p in 0..N / 2 {
                    sums[w][p] = _mm512_dpbf16_ps(sums[w][p], two[p], row);
                }
            }
        }
        sums
    }
}

/// No numbers.
///
/// # Safety
/// The processor runs AVX-512 F.
#[inline(always)]
unsafe fn zero() -> __m512bh {
    // SAFETY: the caller's promise; both are 64 bytes.
    unsafe { transmute(_mm512_setzero_si512()) }
}

/// In each lane the upper halves of two floats.
///
/// # Safety
/// The processor runs AVX-512 F and BW.
#[inline(always)]
unsafe fn halves(low: __m512, high: __m512) -> __m512bh {
    // SAFETY: the caller's promise; vectors of the same 64 bytes.
    unsafe {
        let low = _mm512_srli_epi32::<16>(_mm512_castps_si512(low));
        let high = _mm512_castps_si512(high);
        transmute(_mm512_mask_blend_epi16(0xAAAA_AAAA, low, high))
    }
}

/// A pair of errors in every lane.
///
/// # Safety
/// There is a pair at `at`.
#[inline(always)]
unsafe fn pair(at: *const u32) -> __m512bh {
    // SAFETY: the caller's promise; both are 64 bytes.
    unsafe { transmute(_mm512_set1_epi32(*at as i32)) }
}

/// `C` columns of [`update`] from `column` on.
///
/// # Safety
/// As [`update`], with these columns inside each row.
#[inline(always)]
unsafe fn update_columns<const N: usize, const C: usize>(step: &Step<'_>, column: usize) {
    let (contexts, m, offset) = (step.contexts.as_ptr(), step.contexts.len(), column * 64);
    // SAFETY: there are `m` contexts and `N` outputs, whose rows hold `C` vectors at `offset`: the caller's promise;
    // `pairs` holds the errors of two contexts each.
    unsafe {
        for c in 0..C {
            prefetch::<__m512, N>(step, offset + c * 64);
        }
        let mut outputs = Outputs::<N, C>::load(step.outputs.as_ptr(), offset);
        let pairs = step.scratch.pairs.as_ptr();
        for two in 0..m / 2 {
            let rows = [*contexts.add(2 * two), *contexts.add(2 * two + 1)];
            outputs.meet_two(pairs.add(two).cast(), rows, offset);
        }
        if m % 2 == 1 {
            outputs.meet_one(pairs.add(m / 2).cast(), *contexts.add(m - 1), offset);
        }
        outputs.store(step.outputs.as_ptr(), offset);
    }
}

/// `C` columns of `N` output rows: two and two as they were before the step, and as they become.
struct Outputs<const N: usize, const C: usize> {
    old: [[__m512bh; C]; PAIRS],
    new: [[__m512; C]; N],
}

impl<const N: usize, const C: usize> Outputs<N, C> {
    /// # Safety
    /// `rows` points to `N` rows, as in [`StepFn`], that hold `C` vectors at `offset`.
    #[inline(always)]
    unsafe fn load(rows: *const *mut f32, offset: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let mut new = [[_mm512_setzero_ps(); C]; N];
            for (j, row) in new.iter_mut().enumerate() {
                *row = vectors(*rows.add(j), offset);
            }
            let mut old = [[zero(); C]; PAIRS];
            for p in 0..N / 2 {
                for c in 0..C {
                    old[p][c] = halves(new[2 * p][c], new[2 * p + 1][c]);
                }
            }
            Self { old, new }
        }
    }

    /// # Safety
    /// As [`Outputs::load`].
    #[inline(always)]
    unsafe fn store(self, rows: *const *mut f32, offset: usize) {
        for j in 0..N {
            // SAFETY: the caller's promise.
            unsafe { put(self.new[j], *rows.add(j), offset) };
        }
    }

    /// The outputs and two contexts learn from each other.
    ///
    /// # Safety
    /// `errors` points to the two's pairs, and their rows hold `C` vectors at `offset`.
    #[inline(always)]
    unsafe fn meet_two(&mut self, errors: *const u32, rows: [*mut f32; 2], offset: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let first = vectors::<C>(rows[0], offset);
            let second = vectors::<C>(rows[1], offset);
            self.add(errors, first, second);
            put(self.learnt(errors.add(N), first), rows[0], offset);
            put(self.learnt(errors.add(N + N / 2), second), rows[1], offset);
        }
    }

    /// The outputs and one context, the last.
    ///
    /// # Safety
    /// As [`Self::meet_two`].
    #[inline(always)]
    unsafe fn meet_one(&mut self, errors: *const u32, row: *mut f32, offset: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let only = vectors::<C>(row, offset);
            self.add(errors, only, [_mm512_setzero_ps(); C]);
            put(self.learnt(errors.add(N), only), row, offset);
        }
    }

    /// The outputs learn from two contexts.
    ///
    /// # Safety
    /// `errors` points to their `N` pairs.
    #[inline(always)]
    unsafe fn add(&mut self, errors: *const u32, first: [__m512; C], second: [__m512; C]) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut both = [zero(); C];
            for c in 0..C {
                both[c] = halves(first[c], second[c]);
            }
            for j in 0..N {
                let e = pair(errors.add(j));
                for (sum, both) in self.new[j].iter_mut().zip(&both) {
                    *sum = _mm512_dpbf16_ps(*sum, e, *both);
                }
            }
        }
    }

    /// `row` and what it learns from the outputs.
    ///
    /// # Safety
    /// `errors` points to its `N / 2` pairs.
    #[inline(always)]
    unsafe fn learnt(&self, errors: *const u32, mut row: [__m512; C]) -> [__m512; C] {
        for p in 0..N / 2 {
            // SAFETY: the caller's promise.
            unsafe {
                let e = pair(errors.add(p));
                for (sum, old) in row.iter_mut().zip(&self.old[p]) {
                    *sum = _mm512_dpbf16_ps(*sum, e, *old);
                }
            }
        }
        row
    }
}

/// `C` vectors of a row.
///
/// # Safety
/// The row holds them at `offset`.
#[inline(always)]
unsafe fn vectors<const C: usize>(row: *const f32, offset: usize) -> [__m512; C] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut vectors = [_mm512_setzero_ps(); C];
        for (c, vector) in vectors.iter_mut().enumerate() {
            *vector = __m512::load_shared(row, offset + c * 64);
        }
        vectors
    }
}

/// Writes them.
///
/// # Safety
/// As [`vectors`].
#[inline(always)]
unsafe fn put<const C: usize>(vectors: [__m512; C], row: *mut f32, offset: usize) {
    for (c, vector) in vectors.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { vector.store_shared(row, offset + c * 64) };
    }
}
