//! Products of rows of small numbers (f16, i8) with a query: what a search over them does.
//!
//! A row of i8 meets a query of i16, so that the whole sum is one of integers: exact, the same on
//! every processor, and two multiplications an instruction. A row of f16 is widened on the way.

use half::f16;

use super::Kernel;

/// The largest number in a query for [`Kernel::dot_i8`] of `dim` numbers: no sum overflows.
pub fn largest_i16(dim: usize) -> f32 {
    // At most 127 * largest * dim, which has to stay below 2^31.
    let most = f64::from(i32::MAX) / (128.0 * dim.max(1) as f64);
    most.floor().clamp(1.0, f64::from(i16::MAX)) as f32
}

impl Kernel {
    /// Sum of the products of a row and a query, as long as the shorter one. It wraps around where
    /// the query's numbers are larger than [`largest_i16`].
    pub fn dot_i8(self, row: &[i8], query: &[i16]) -> i32 {
        let n = row.len().min(query.len());
        let (row, query) = (&row[..n], &query[..n]);
        match self.vectors() {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 if self.is_available() && has_bytes() => {
                // SAFETY: the processor was asked, and the slices are equally long.
                unsafe { x86::dot_i8_512(row, query) }
            }
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor was asked, and the slices are equally long.
            Self::Avx512 | Self::Avx2 if Self::Avx2.is_available() => unsafe {
                x86::dot_i8(row, query)
            },
            _ => dot_i8(row, query),
        }
    }

    /// Sum of the products of a row of f16, given by their bits, and a query, as long as the shorter
    /// one.
    pub fn dot_f16(self, row: &[u16], query: &[f32]) -> f32 {
        let n = row.len().min(query.len());
        let (row, query) = (&row[..n], &query[..n]);
        match self.vectors() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor was asked, and the slices are equally long.
            Self::Avx512 if self.is_available() => unsafe { x86::dot_f16_512(row, query) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor was asked, and the slices are equally long.
            Self::Avx2 if self.is_available() && is_x86_feature_detected!("f16c") => unsafe {
                x86::dot_f16(row, query)
            },
            _ => dot_f16(row, query),
        }
    }
}

/// Whether AVX-512 works on bytes, too, and behind masks.
#[cfg(target_arch = "x86_64")]
fn has_bytes() -> bool {
    is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vl")
}

/// The plain version, and the end of a row that fills no vector.
fn dot_i8(row: &[i8], query: &[i16]) -> i32 {
    let products = row.iter().zip(query);
    products.fold(0, |sum, (&x, &y)| {
        sum.wrapping_add(i32::from(x) * i32::from(y))
    })
}

/// The plain version, and the end of a row that fills no vector.
fn dot_f16(row: &[u16], query: &[f32]) -> f32 {
    let products = row.iter().zip(query);
    products.map(|(&x, y)| f16::from_bits(x).to_f32() * y).sum()
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    /// # Safety
    /// The slices are equally long; the processor runs AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn dot_i8(row: &[i8], query: &[i16]) -> i32 {
        // Sums in fixed places, so that they stay in registers.
        let mut sums = [_mm256_setzero_si256(); 2];
        let (rows, queries) = (row.chunks_exact(32), query.chunks_exact(32));
        let rest = (rows.remainder(), queries.remainder());
        for (r, q) in rows.zip(queries) {
            for (k, sum) in sums.iter_mut().enumerate() {
                // SAFETY: both chunks hold 32 numbers, of which 16 are read from `k * 16`.
                let (x, y) = unsafe { load_i8(r.as_ptr().add(k * 16), q.as_ptr().add(k * 16)) };
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(x, y));
            }
        }
        let (rows, queries) = (rest.0.chunks_exact(16), rest.1.chunks_exact(16));
        let end = super::dot_i8(rows.remainder(), queries.remainder());
        for (r, q) in rows.zip(queries) {
            // SAFETY: both chunks hold 16 numbers.
            let (x, y) = unsafe { load_i8(r.as_ptr(), q.as_ptr()) };
            sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(x, y));
        }
        // SAFETY: the instruction set is the caller's promise.
        unsafe { sum_i32(_mm256_add_epi32(sums[0], sums[1])) }.wrapping_add(end)
    }

    /// # Safety
    /// Both point to 16 numbers; the processor runs AVX2.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn load_i8(row: *const i8, query: *const i16) -> (__m256i, __m256i) {
        // SAFETY: the caller's promise.
        unsafe {
            (
                _mm256_cvtepi8_epi16(_mm_loadu_si128(row.cast())),
                _mm256_loadu_si256(query.cast()),
            )
        }
    }

    /// # Safety
    /// The slices are equally long; the processor runs AVX-512 F, BW and VL.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    pub(super) unsafe fn dot_i8_512(row: &[i8], query: &[i16]) -> i32 {
        let mut sums = [_mm512_setzero_si512(); 2];
        let (rows, queries) = (row.chunks_exact(64), query.chunks_exact(64));
        let rest = (rows.remainder(), queries.remainder());
        for (r, q) in rows.zip(queries) {
            for (k, sum) in sums.iter_mut().enumerate() {
                // SAFETY: both chunks hold 64 numbers, of which 32 are read from `k * 32`.
                let (x, y) = unsafe {
                    (
                        _mm256_loadu_si256(r.as_ptr().add(k * 32).cast()),
                        _mm512_loadu_si512(q.as_ptr().add(k * 32).cast()),
                    )
                };
                let products = _mm512_madd_epi16(_mm512_cvtepi8_epi16(x), y);
                *sum = _mm512_add_epi32(*sum, products);
            }
        }
        // The end of a row, at most 63 numbers, behind masks.
        for at in (0..rest.0.len()).step_by(32) {
            let left = (rest.0.len() - at).min(32);
            let mask = u32::MAX >> (32 - left);
            // SAFETY: only the numbers that are left are loaded.
            let (x, y) = unsafe {
                (
                    _mm256_maskz_loadu_epi8(mask, rest.0.as_ptr().add(at)),
                    _mm512_maskz_loadu_epi16(mask, rest.1.as_ptr().add(at)),
                )
            };
            let products = _mm512_madd_epi16(_mm512_cvtepi8_epi16(x), y);
            sums[1] = _mm512_add_epi32(sums[1], products);
        }
        _mm512_reduce_add_epi32(_mm512_add_epi32(sums[0], sums[1]))
    }

    /// # Safety
    /// The processor runs AVX2.
    #[target_feature(enable = "avx2")]
    unsafe fn sum_i32(v: __m256i) -> i32 {
        let v = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256::<1>(v));
        let v = _mm_add_epi32(v, _mm_shuffle_epi32::<0b01_00_11_10>(v));
        let v = _mm_add_epi32(v, _mm_shuffle_epi32::<0b00_00_00_01>(v));
        _mm_cvtsi128_si32(v)
    }

    /// # Safety
    /// The slices are equally long; the processor runs AVX2, FMA and F16C.
    #[target_feature(enable = "avx2,fma,f16c")]
    pub(super) unsafe fn dot_f16(row: &[u16], query: &[f32]) -> f32 {
        let mut sums = [_mm256_setzero_ps(); 4];
        let (rows, queries) = (row.chunks_exact(32), query.chunks_exact(32));
        let rest = (rows.remainder(), queries.remainder());
        for (r, q) in rows.zip(queries) {
            for (k, sum) in sums.iter_mut().enumerate() {
                // SAFETY: both chunks hold 32 numbers, of which 8 are read from `k * 8`.
                let (x, y) = unsafe {
                    (
                        _mm_loadu_si128(r.as_ptr().add(k * 8).cast()),
                        _mm256_loadu_ps(q.as_ptr().add(k * 8)),
                    )
                };
                *sum = _mm256_fmadd_ps(_mm256_cvtph_ps(x), y, *sum);
            }
        }
        let (rows, queries) = (rest.0.chunks_exact(8), rest.1.chunks_exact(8));
        let end = super::dot_f16(rows.remainder(), queries.remainder());
        for (r, q) in rows.zip(queries) {
            // SAFETY: both chunks hold 8 numbers.
            let (x, y) = unsafe {
                (
                    _mm_loadu_si128(r.as_ptr().cast()),
                    _mm256_loadu_ps(q.as_ptr()),
                )
            };
            sums[0] = _mm256_fmadd_ps(_mm256_cvtph_ps(x), y, sums[0]);
        }
        let v = _mm256_add_ps(
            _mm256_add_ps(sums[0], sums[1]),
            _mm256_add_ps(sums[2], sums[3]),
        );
        let mut lanes = [0.0_f32; 8];
        // SAFETY: `lanes` has room for 8 floats.
        unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), v) };
        lanes.iter().sum::<f32>() + end
    }

    /// # Safety
    /// The slices are equally long; the processor runs AVX-512 F.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn dot_f16_512(row: &[u16], query: &[f32]) -> f32 {
        let mut sums = [_mm512_setzero_ps(); 4];
        let (rows, queries) = (row.chunks_exact(64), query.chunks_exact(64));
        let rest = (rows.remainder(), queries.remainder());
        for (r, q) in rows.zip(queries) {
            for (k, sum) in sums.iter_mut().enumerate() {
                // SAFETY: both chunks hold 64 numbers, of which 16 are read from `k * 16`.
                let (x, y) = unsafe {
                    (
                        _mm256_loadu_si256(r.as_ptr().add(k * 16).cast()),
                        _mm512_loadu_ps(q.as_ptr().add(k * 16)),
                    )
                };
                *sum = _mm512_fmadd_ps(_mm512_cvtph_ps(x), y, *sum);
            }
        }
        let (rows, queries) = (rest.0.chunks_exact(16), rest.1.chunks_exact(16));
        let end = super::dot_f16(rows.remainder(), queries.remainder());
        for (r, q) in rows.zip(queries) {
            // SAFETY: both chunks hold 16 numbers.
            let (x, y) = unsafe {
                (
                    _mm256_loadu_si256(r.as_ptr().cast()),
                    _mm512_loadu_ps(q.as_ptr()),
                )
            };
            sums[0] = _mm512_fmadd_ps(_mm512_cvtph_ps(x), y, sums[0]);
        }
        let v = _mm512_add_ps(
            _mm512_add_ps(sums[0], sums[1]),
            _mm512_add_ps(sums[2], sums[3]),
        );
        _mm512_reduce_add_ps(v) + end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn integers_are_summed_exactly(
            row in prop::collection::vec(any::<i8>(), 0..600), seed: i16, ends in 0usize..40,
        ) {
            let largest = largest_i16(row.len()) as i64;
            let query = (0..row.len() as i64 + ends as i64).map(|i| {
                ((i64::from(seed) * 7919 + i * i * 31) % (largest + 1)) as i16
            });
            let query: Vec<i16> = query.collect();
            let products = row.iter().zip(&query);
            let expected: i64 = products.map(|(&x, &y)| i64::from(x) * i64::from(y)).sum();
            for kernel in Kernel::available() {
                prop_assert_eq!(i64::from(kernel.dot_i8(&row, &query)), expected, "{}", kernel);
                prop_assert_eq!(kernel.dot_i8(&row[row.len() / 3..], &[]), 0);
            }
        }

        #[test]
        fn halves_are_widened_exactly(
            floats in prop::collection::vec((-100f32..100.0, -1f32..1.0), 0..600),
        ) {
            let row: Vec<u16> = floats.iter().map(|x| f16::from_f32(x.0).to_bits()).collect();
            let query: Vec<f32> = floats.iter().map(|x| x.1).collect();
            let products = row.iter().zip(&query);
            let products = products.map(|(&x, &y)| f16::from_bits(x).to_f64() * f64::from(y));
            let (mut expected, mut size) = (0.0, 0.0);
            for x in products {
                expected += x;
                size += x.abs();
            }
            for kernel in Kernel::available() {
                let found = f64::from(kernel.dot_f16(&row, &query));
                prop_assert!((found - expected).abs() <= 1e-5 * size + 1e-12, "{}", kernel);
            }
        }
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        for dim in [1, 16, 100, 300, 1_000, 4_096, 60_001] {
            let row = vec![-128i8; dim];
            let query = vec![-(largest_i16(dim) as i16); dim];
            let expected = 128 * i64::from(largest_i16(dim) as i16) * dim as i64;
            for kernel in Kernel::available() {
                assert_eq!(i64::from(kernel.dot_i8(&row, &query)), expected, "{dim}");
            }
        }
    }
}
