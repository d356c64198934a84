//! AVX2 and FMA: 8 floats at once.

use std::arch::asm;
use std::arch::x86_64::*;

use super::cbow;
use super::instances::instances;
use super::lanes::{EXP2, LOG2_CLAMP, Lanes};
use super::merge;
use super::step::{self, Step, StepFn};

/// Whether this processor runs these kernels.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// Asks for the cache line at `p + offset` bytes in a state to be written.
///
/// The intrinsic for it needs a feature flag of its own and falls back to a prefetch for reading;
/// processors without the instruction take it as a no-op.
#[inline(always)]
pub(super) fn prefetch_for_writing(p: *const f32, offset: usize) {
    // SAFETY: a prefetch changes no state that a program can see and faults on no address.
    unsafe {
        asm!("prefetchw [{p} + {o}]", p = in(reg) p, o = in(reg) offset,
            options(nostack, preserves_flags, readonly));
    }
}

impl Lanes for __m256 {
    const N: usize = 8;
    const WIDE: bool = false;

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn load_shared(p: *const f32, offset: usize) -> Self {
        let v;
        // SAFETY: 8 floats at `p + offset` are readable (the caller's promise); the meaning is
        // stated in `lanes`.
        unsafe {
            asm!("vmovups {v}, [{p} + {o}]", v = out(ymm_reg) v, p = in(reg) p, o = in(reg) offset,
                options(nostack, preserves_flags, readonly));
        }
        v
    }
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn store_shared(self, p: *mut f32, offset: usize) {
        // SAFETY: 8 floats at `p + offset` are writable (the caller's promise); the meaning is
        // stated in `lanes`.
        unsafe {
            asm!("vmovups [{p} + {o}], {v}", v = in(ymm_reg) self, p = in(reg) p, o = in(reg) offset,
                options(nostack, preserves_flags));
        }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm256_loadu_ps(p) }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { _mm256_storeu_ps(p, self) }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: the instruction set is the caller's promise, here and below.
        unsafe { _mm256_set1_ps(x) }
    }
    #[inline(always)]
    unsafe fn fma(a: Self, b: Self, c: Self) -> Self {
        // SAFETY: as in `splat`.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn add(a: Self, b: Self) -> Self {
        // SAFETY: as in `splat`.
        unsafe { _mm256_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: Self, b: Self) -> Self {
        // SAFETY: as in `splat`.
        unsafe { _mm256_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn sum4(a: Self, b: Self, c: Self, d: Self, to: *mut f32) {
        // SAFETY: as in `splat`; `to` has room for 4 floats (the caller's promise).
        unsafe {
            let v = halves(a, b, c, d);
            let v = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
            _mm_storeu_ps(to, v);
        }
    }
    #[inline(always)]
    unsafe fn fold([a, b, c, d]: [Self; 4]) -> Self {
        // SAFETY: as in `splat`.
        unsafe { halves(a, b, c, d) }
    }
    #[inline(always)]
    unsafe fn join([low, high, ..]: [Self; 4]) -> Self {
        // SAFETY: as in `splat`.
        unsafe {
            _mm256_add_ps(
                _mm256_permute2f128_ps::<0x20>(low, high),
                _mm256_permute2f128_ps::<0x31>(low, high),
            )
        }
    }
    #[inline(always)]
    unsafe fn sigmoid(x: Self) -> (Self, Self) {
        // SAFETY: as in `splat`.
        unsafe {
            let z = _mm256_mul_ps(x, _mm256_set1_ps(-std::f32::consts::LOG2_E));
            // The operand order lets NaN through: min and max return their second operand then.
            let z = _mm256_min_ps(_mm256_set1_ps(LOG2_CLAMP), z);
            let z = _mm256_max_ps(_mm256_set1_ps(-LOG2_CLAMP), z);
            let whole = _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(z);
            let f = _mm256_sub_ps(z, whole);
            // Estrin's scheme: the shortest chain of operations, for which every centre waits.
            let f2 = _mm256_mul_ps(f, f);
            let low = _mm256_fmadd_ps(_mm256_set1_ps(EXP2[4]), f, _mm256_set1_ps(EXP2[5]));
            let middle = _mm256_fmadd_ps(_mm256_set1_ps(EXP2[2]), f, _mm256_set1_ps(EXP2[3]));
            let high = _mm256_fmadd_ps(_mm256_set1_ps(EXP2[0]), f, _mm256_set1_ps(EXP2[1]));
            let p = _mm256_fmadd_ps(_mm256_fmadd_ps(high, f2, middle), f2, low);
            // 2^whole by its exponent bits; the clamp keeps them in range.
            let bits = _mm256_add_epi32(_mm256_cvtps_epi32(whole), _mm256_set1_epi32(127));
            let power = _mm256_castsi256_ps(_mm256_slli_epi32::<23>(bits));
            let one = _mm256_set1_ps(1.0);
            let d = _mm256_fmadd_ps(p, power, one);
            (d, _mm256_div_ps(one, d))
        }
    }
    #[inline(always)]
    unsafe fn split(x: Self) -> (Self, Self) {
        // SAFETY: as in `splat`.
        unsafe {
            let bits = _mm256_castps_si256(x);
            let exponent = _mm256_sub_epi32(_mm256_srli_epi32::<23>(bits), _mm256_set1_epi32(127));
            let one = _mm256_set1_ps(1.0);
            let fraction = _mm256_and_ps(x, _mm256_castsi256_ps(_mm256_set1_epi32(0x007F_FFFF)));
            (_mm256_or_ps(fraction, one), _mm256_cvtepi32_ps(exponent))
        }
    }
    #[inline(always)]
    unsafe fn prefetch(p: *const f32, offset: usize) {
        prefetch_for_writing(p, offset);
    }
}

/// The sums over each half of `a`, `b`, `c` and `d`, in that half.
///
/// # Safety
/// The processor runs AVX2.
#[inline(always)]
unsafe fn halves(a: __m256, b: __m256, c: __m256, d: __m256) -> __m256 {
    // SAFETY: the caller's promise.
    unsafe {
        // ab = a0+a2, b0+b2, a1+a3, b1+b3; then all four together.
        let ab = _mm256_add_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
        let cd = _mm256_add_ps(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
        let low = _mm256_shuffle_ps::<0b01_00_01_00>(ab, cd);
        let high = _mm256_shuffle_ps::<0b11_10_11_10>(ab, cd);
        _mm256_add_ps(low, high)
    }
}

instances!(__m256, "avx2,fma");

/// The merge of rows.
///
/// # Safety
/// As [`super::MergeFn`]; the processor runs AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn merge(rows: [*mut f32; 3], dim: usize, share: f32) {
    // SAFETY: the caller's promise.
    unsafe { merge::merge::<__m256>(rows, dim, share) }
}

/// Sum of products of `n` floats at `a` and at `b`.
///
/// # Safety
/// Both point to `n` readable floats; the processor runs AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn dot(a: *const f32, b: *const f32, n: usize) -> f32 {
    // SAFETY: every access is below `n`.
    unsafe {
        let mut sums = [_mm256_setzero_ps(); 4];
        let mut i = 0;
        while i + 32 <= n {
            for (k, sum) in sums.iter_mut().enumerate() {
                let at = i + k * 8;
                *sum =
                    _mm256_fmadd_ps(_mm256_loadu_ps(a.add(at)), _mm256_loadu_ps(b.add(at)), *sum);
            }
            i += 32;
        }
        while i + 8 <= n {
            sums[0] = _mm256_fmadd_ps(
                _mm256_loadu_ps(a.add(i)),
                _mm256_loadu_ps(b.add(i)),
                sums[0],
            );
            i += 8;
        }
        let ab = _mm256_add_ps(sums[0], sums[1]);
        let cd = _mm256_add_ps(sums[2], sums[3]);
        let v = _mm256_add_ps(ab, cd);
        let mut lanes = [0.0_f32; 8];
        _mm256_storeu_ps(lanes.as_mut_ptr(), v);
        let mut sum: f32 = lanes.iter().sum();
        while i < n {
            sum += *a.add(i) * *b.add(i);
            i += 1;
        }
        sum
    }
}
