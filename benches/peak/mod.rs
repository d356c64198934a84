//! What training asks of the machine, and what it could do: multiply-adds on registers alone.

#![allow(unsafe_code)]

use std::hint::black_box;
use std::time::Instant;

/// Floating-point operations of training `pairs`: with each of their `outputs` a multiply-add for the product and one
/// for each of the two rows.
pub fn operations(pairs: u64, outputs: usize, dim: usize) -> f64 {
    pairs as f64 * (outputs * dim * 6) as f64
}

/// Floating-point operations a second of one thread.
pub fn peak() -> f64 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor was asked.
        return unsafe { peak_avx512() };
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor was asked.
        return unsafe { peak_avx2() };
    }
    f64::NAN
}

macro_rules! peak {
    ($name:ident, $features:literal, $lanes:literal, $splat:ident, $fma:ident) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = $features)]
        fn $name() -> f64 {
            use std::arch::x86_64::*;
            let (a, b) = ($splat(black_box(0.999)), $splat(black_box(0.001)));
            let mut sums = [$splat(1.0); 12];
            let n = 20_000_000;
            let began = Instant::now();
            for _ in 0..n {
                for sum in &mut sums {
                    *sum = $fma(*sum, a, b);
                }
            }
            let seconds = began.elapsed().as_secs_f64();
            black_box(sums);
            n as f64 * 12.0 * $lanes * 2.0 / seconds
        }
    };
}
peak!(
    peak_avx512,
    "avx512f",
    16.0,
    _mm512_set1_ps,
    _mm512_fmadd_ps
);
peak!(peak_avx2, "avx2,fma", 8.0, _mm256_set1_ps, _mm256_fmadd_ps);
