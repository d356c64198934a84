//! AVX-512: 16 floats at once.

use std::arch::asm;
use std::arch::x86_64::*;

use super::cbow;
use super::instances::instances;
use super::lanes::{D_MOST, EXP2, Lanes};
use super::merge;
use super::step::{self, Step, StepFn};

/// Whether this processor runs these kernels.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && super::avx2::is_available()
}

impl Lanes for __m512 {
    const N: usize = 16;
    const WIDE: bool = true;

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    unsafe fn load_shared(p: *const f32, offset: usize) -> Self {
        let v;
        // SAFETY: 16 floats at `p + offset` are readable (the caller's promise); the meaning is
        // stated in `lanes`.
        unsafe {
            asm!("vmovups {v}, [{p} + {o}]", v = out(zmm_reg) v, p = in(reg) p, o = in(reg) offset,
                options(nostack, preserves_flags, readonly));
        }
        v
    }
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    unsafe fn store_shared(self, p: *mut f32, offset: usize) {
        // SAFETY: 16 floats at `p + offset` are writable (the caller's promise); the meaning is
        // stated in `lanes`.
        unsafe {
            asm!("vmovups [{p} + {o}], {v}", v = in(zmm_reg) self, p = in(reg) p, o = in(reg) offset,
                options(nostack, preserves_flags));
        }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm512_loadu_ps(p) }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { _mm512_storeu_ps(p, self) }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: the instruction set is the caller's promise, here and below.
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    unsafe fn fma(a: Self, b: Self, c: Self) -> Self {
        // SAFETY: as in `splat`.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn add(a: Self, b: Self) -> Self {
        // SAFETY: as in `splat`.
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: Self, b: Self) -> Self {
        // SAFETY: as in `splat`.
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn sum4(a: Self, b: Self, c: Self, d: Self, to: *mut f32) {
        // SAFETY: as in `splat`; `to` has room for 4 floats (the caller's promise).
        unsafe {
            let v = quarters(a, b, c, d);
            let v = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps::<1>(v));
            let v = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
            _mm_storeu_ps(to, v);
        }
    }
    #[inline(always)]
    unsafe fn fold([a, b, c, d]: [Self; 4]) -> Self {
        // SAFETY: as in `splat`.
        unsafe { quarters(a, b, c, d) }
    }
    #[inline(always)]
    unsafe fn join([a, b, c, d]: [Self; 4]) -> Self {
        // SAFETY: as in `splat`.
        unsafe {
            // A 4 x 4 transpose of 128-bit parts, added up on the way.
            add_pairs(add_pairs(a, b), add_pairs(c, d))
        }
    }
    #[inline(always)]
    unsafe fn sigmoid(x: Self) -> (Self, Self) {
        // SAFETY: as in `splat`.
        unsafe {
            // Every centre waits for its sigmoids, so the shortest chain of operations counts:
            // Estrin's scheme instead of Horner's, and `scalef` instead of clamps takes any exponent.
            let z = _mm512_mul_ps(x, _mm512_set1_ps(-std::f32::consts::LOG2_E));
            let whole = _mm512_roundscale_ps::<0>(z);
            let f = _mm512_sub_ps(z, whole);
            let f2 = _mm512_mul_ps(f, f);
            let low = _mm512_fmadd_ps(_mm512_set1_ps(EXP2[4]), f, _mm512_set1_ps(EXP2[5]));
            let middle = _mm512_fmadd_ps(_mm512_set1_ps(EXP2[2]), f, _mm512_set1_ps(EXP2[3]));
            let high = _mm512_fmadd_ps(_mm512_set1_ps(EXP2[0]), f, _mm512_set1_ps(EXP2[1]));
            let p = _mm512_fmadd_ps(_mm512_fmadd_ps(high, f2, middle), f2, low);
            let one = _mm512_set1_ps(1.0);
            let d = _mm512_add_ps(_mm512_scalef_ps(p, whole), one);
            let sigmoid = _mm512_div_ps(one, d);
            // The loss needs a finite `d`; NaN passes, as the second operand.
            (_mm512_min_ps(_mm512_set1_ps(D_MOST), d), sigmoid)
        }
    }
    #[inline(always)]
    unsafe fn split(x: Self) -> (Self, Self) {
        // SAFETY: as in `splat`.
        unsafe {
            (
                _mm512_getmant_ps::<_MM_MANT_NORM_1_2, _MM_MANT_SIGN_SRC>(x),
                _mm512_getexp_ps(x),
            )
        }
    }
    #[inline(always)]
    unsafe fn prefetch(p: *const f32, offset: usize) {
        super::avx2::prefetch_for_writing(p, offset);
    }
}

/// The sums over each 128-bit part of `a`, `b`, `c` and `d`, in that part.
///
/// # Safety
/// The processor runs AVX-512 F.
#[inline(always)]
unsafe fn quarters(a: __m512, b: __m512, c: __m512, d: __m512) -> __m512 {
    // SAFETY: the caller's promise.
    unsafe {
        // ab = a0+a2, b0+b2, a1+a3, b1+b3; then all four together.
        let ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
        let cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
        let low = _mm512_shuffle_ps::<0b01_00_01_00>(ab, cd);
        let high = _mm512_shuffle_ps::<0b11_10_11_10>(ab, cd);
        _mm512_add_ps(low, high)
    }
}

/// The 128-bit parts `a0 + a1`, `a2 + a3`, `b0 + b1`, `b2 + b3`.
///
/// # Safety
/// The processor runs AVX-512 F.
#[inline(always)]
pub(super) unsafe fn add_pairs(a: __m512, b: __m512) -> __m512 {
    // SAFETY: the caller's promise.
    unsafe {
        _mm512_add_ps(
            _mm512_shuffle_f32x4::<0b10_00_10_00>(a, b),
            _mm512_shuffle_f32x4::<0b11_01_11_01>(a, b),
        )
    }
}

instances!(__m512, "avx512f,avx512dq,avx2,fma");

/// The merge of rows.
///
/// # Safety
/// As [`super::MergeFn`]; the processor runs AVX-512 F and DQ.
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
pub(super) unsafe fn merge(rows: [*mut f32; 3], dim: usize, share: f32) {
    // SAFETY: the caller's promise.
    unsafe { merge::merge::<__m512>(rows, dim, share) }
}

/// Sum of products of `n` floats at `a` and at `b`.
///
/// # Safety
/// Both point to `n` readable floats; the processor runs AVX-512 F and DQ.
#[target_feature(enable = "avx512f,avx512dq")]
pub(super) unsafe fn dot(a: *const f32, b: *const f32, n: usize) -> f32 {
    // SAFETY: every access is below `n`; the last one is masked to what is left.
    unsafe {
        let mut sums = [_mm512_setzero_ps(); 4];
        let mut i = 0;
        while i + 64 <= n {
            for (k, sum) in sums.iter_mut().enumerate() {
                let at = i + k * 16;
                *sum =
                    _mm512_fmadd_ps(_mm512_loadu_ps(a.add(at)), _mm512_loadu_ps(b.add(at)), *sum);
            }
            i += 64;
        }
        while i < n {
            let left = (n - i).min(16);
            let mask = (0xFFFF_u32 >> (16 - left)) as u16;
            let x = _mm512_maskz_loadu_ps(mask, a.add(i));
            let y = _mm512_maskz_loadu_ps(mask, b.add(i));
            sums[0] = _mm512_fmadd_ps(x, y, sums[0]);
            i += 16;
        }
        let ab = _mm512_add_ps(sums[0], sums[1]);
        let cd = _mm512_add_ps(sums[2], sums[3]);
        _mm512_reduce_add_ps(_mm512_add_ps(ab, cd))
    }
}
