//! Products of many rows with one query, and the sums of the rows' bits on the way: what a search over rows
//! of one matrix does. Each row is read once for both.

use super::Kernel;

/// Rows of `dim` numbers, each `stride` after the one before.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a, T> {
    /// The numbers from the first row on.
    pub numbers: &'a [T],
    /// Numbers from the start of a row to the next.
    pub stride: usize,
    /// Numbers of a row.
    pub dim: usize,
}

impl<'a, T> Rows<'a, T> {
    /// Row `at`.
    fn row(&self, at: usize) -> &'a [T] {
        &self.numbers[at * self.stride..][..self.dim]
    }

    /// Panics where `count` rows, a query of `query` numbers or `sums` sums do not fit together.
    fn check(&self, count: usize, query: usize, sums: usize) {
        assert!(query == self.dim && sums == count, "as long as each other");
        let end = count
            .checked_sub(1)
            .map(|last| last.checked_mul(self.stride));
        let end = end.map_or(Some(0), |start| start?.checked_add(self.dim));
        let there = end.is_some_and(|end| end <= self.numbers.len());
        assert!(there, "all rows are there");
    }
}

impl Kernel {
    /// The product of `query` with each of the first rows, as many as there are `products`, and the sum of the
    /// bits of each (see [`Kernel::sum_words`]). The product of a row does not depend on the others; its last
    /// bits may differ from those of [`Kernel::dot`].
    ///
    /// # Panics
    /// Where rows are missing, or lengths differ.
    pub fn meet_f32(self, rows: Rows<f32>, query: &[f32], products: &mut [f32], sums: &mut [u32]) {
        rows.check(products.len(), query.len(), sums.len());
        #[cfg(target_arch = "x86_64")]
        if self.vectors() == Self::Avx512 && self.is_available() {
            // SAFETY: the processor was asked, and `check` has passed.
            return unsafe { x86::meet_f32(rows, query, products, sums) };
        }
        for (at, (product, sum)) in products.iter_mut().zip(sums).enumerate() {
            let row = rows.row(at);
            *product = self.dot(row, query);
            *sum = row.iter().fold(0, |s, x| s.wrapping_add(x.to_bits()));
        }
    }

    /// As [`Kernel::meet_f32`], for rows of i8, whose `dim` is a multiple of 4; the products are those of
    /// [`Kernel::dot_i8`].
    ///
    /// # Panics
    /// Where rows are missing, or lengths differ.
    pub fn meet_i8(self, rows: Rows<i8>, query: &[i16], products: &mut [i32], sums: &mut [u32]) {
        rows.check(products.len(), query.len(), sums.len());
        #[cfg(target_arch = "x86_64")]
        if self.vectors() == Self::Avx512 && self.is_available() && x86::has_whole_numbers() {
            // SAFETY: the processor was asked, and `check` has passed.
            return unsafe { x86::meet_i8(rows, query, products, sums) };
        }
        for (at, (product, sum)) in products.iter_mut().zip(sums).enumerate() {
            let row = rows.row(at);
            *product = self.dot_i8(row, query);
            let (words, _) = row.as_chunks::<4>();
            let word = |w: &[i8; 4]| u32::from_le_bytes(w.map(|x| x as u8));
            *sum = words.iter().fold(0, |s, w| s.wrapping_add(word(w)));
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Rows;

    /// Bytes between what is multiplied and what is asked for from memory: the processor's own prefetching ends with
    /// each page of 4 KiB.
    const AHEAD: usize = 4 << 10;

    /// Whether AVX-512 works on bytes, behind masks, and adds products of whole numbers.
    pub(super) fn has_whole_numbers() -> bool {
        is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni")
    }

    /// Asks for the `bytes` bytes that lie `AHEAD` after `row`.
    #[inline(always)]
    fn prefetch<T>(row: *const T, bytes: usize) {
        for line in (0..bytes).step_by(64) {
            let ahead = row.cast::<i8>().wrapping_add(AHEAD + line);
            // SAFETY: a prefetch of whatever address reads nothing that a program could see.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead) };
        }
    }

    /// # Safety
    /// `rows.check` has passed; the processor runs AVX-512 F and DQ.
    #[target_feature(enable = "avx512f,avx512dq")]
    pub(super) unsafe fn meet_f32(
        rows: Rows<f32>,
        query: &[f32],
        products: &mut [f32],
        sums: &mut [u32],
    ) {
        let mut four = [(_mm512_setzero_ps(), _mm512_setzero_si512()); 4];
        for (i, (products, sums)) in products.chunks_mut(4).zip(sums.chunks_mut(4)).enumerate() {
            for (k, parts) in four.iter_mut().enumerate().take(products.len()) {
                let row = rows.row(i * 4 + k).as_ptr();
                prefetch(row, rows.dim * 4);
                // SAFETY: row and query hold `dim` floats.
                *parts = unsafe { row_f32(row, query.as_ptr(), rows.dim) };
            }
            let [a, b, c, d] = four;
            // SAFETY: the instruction set is the caller's promise.
            let (found, bits) = unsafe {
                let mut found = [0.0f32; 4];
                <__m512 as super::super::lanes::Lanes>::sum4(
                    a.0,
                    b.0,
                    c.0,
                    d.0,
                    found.as_mut_ptr(),
                );
                (found, sum4([a.1, b.1, c.1, d.1]))
            };
            products.copy_from_slice(&found[..products.len()]);
            sums.copy_from_slice(&bits.map(|x| x as u32)[..sums.len()]);
        }
    }

    /// Products and bits in lanes that have yet to be summed.
    ///
    /// # Safety
    /// Both point to `n` floats; the processor runs AVX-512 F.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn row_f32(row: *const f32, query: *const f32, n: usize) -> (__m512, __m512i) {
        let mut products = [_mm512_setzero_ps(); 2];
        let mut bits = [_mm512_setzero_si512(); 2];
        let mut i = 0;
        while i + 32 <= n {
            for k in 0..2 {
                // SAFETY: below `n`.
                let (x, y) = unsafe {
                    (
                        _mm512_loadu_ps(row.add(i + k * 16)),
                        _mm512_loadu_ps(query.add(i + k * 16)),
                    )
                };
                products[k] = _mm512_fmadd_ps(x, y, products[k]);
                bits[k] = _mm512_add_epi32(bits[k], _mm512_castps_si512(x));
            }
            i += 32;
        }
        while i < n {
            let mask = (0xFFFF_u32 >> (16 - (n - i).min(16))) as u16;
            // SAFETY: only what is below `n` is loaded.
            let (x, y) = unsafe {
                (
                    _mm512_maskz_loadu_ps(mask, row.add(i)),
                    _mm512_maskz_loadu_ps(mask, query.add(i)),
                )
            };
            products[0] = _mm512_fmadd_ps(x, y, products[0]);
            bits[0] = _mm512_add_epi32(bits[0], _mm512_castps_si512(x));
            i += 16;
        }
        (
            _mm512_add_ps(products[0], products[1]),
            _mm512_add_epi32(bits[0], bits[1]),
        )
    }

    /// # Safety
    /// `rows.check` has passed; the processor runs AVX-512 F, DQ, BW, VL and VNNI.
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx512vnni")]
    pub(super) unsafe fn meet_i8(
        rows: Rows<i8>,
        query: &[i16],
        products: &mut [i32],
        sums: &mut [u32],
    ) {
        let mut four = [(_mm512_setzero_si512(), _mm512_setzero_si512()); 4];
        for (i, (products, sums)) in products.chunks_mut(4).zip(sums.chunks_mut(4)).enumerate() {
            for (k, parts) in four.iter_mut().enumerate().take(products.len()) {
                let row = rows.row(i * 4 + k).as_ptr();
                prefetch(row, rows.dim);
                // SAFETY: row and query hold `dim` numbers.
                *parts = unsafe { row_i8(row, query.as_ptr(), rows.dim) };
            }
            // SAFETY: the instruction set is the caller's promise.
            let (found, bits) = unsafe {
                let [a, b, c, d] = four;
                (sum4([a.0, b.0, c.0, d.0]), sum4([a.1, b.1, c.1, d.1]))
            };
            products.copy_from_slice(&found[..products.len()]);
            sums.copy_from_slice(&bits.map(|x| x as u32)[..sums.len()]);
        }
    }

    /// As `row_f32`.
    ///
    /// # Safety
    /// Both point to `n` numbers; the processor runs AVX-512 F, BW, VL and VNNI.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    unsafe fn row_i8(row: *const i8, query: *const i16, n: usize) -> (__m512i, __m512i) {
        let mut products = [_mm512_setzero_si512(); 2];
        let mut bits = _mm256_setzero_si256();
        let mut i = 0;
        while i + 64 <= n {
            for (k, sum) in products.iter_mut().enumerate() {
                // SAFETY: below `n`.
                let (x, y) = unsafe {
                    (
                        _mm256_loadu_si256(row.add(i + k * 32).cast()),
                        _mm512_loadu_si512(query.add(i + k * 32).cast()),
                    )
                };
                *sum = _mm512_dpwssd_epi32(*sum, _mm512_cvtepi8_epi16(x), y);
                bits = _mm256_add_epi32(bits, x);
            }
            i += 64;
        }
        while i < n {
            let mask = u32::MAX >> (32 - (n - i).min(32));
            // SAFETY: only what is below `n` is loaded.
            let (x, y) = unsafe {
                (
                    _mm256_maskz_loadu_epi8(mask, row.add(i)),
                    _mm512_maskz_loadu_epi16(mask, query.add(i)),
                )
            };
            products[0] = _mm512_dpwssd_epi32(products[0], _mm512_cvtepi8_epi16(x), y);
            bits = _mm256_add_epi32(bits, x);
            i += 32;
        }
        (
            _mm512_add_epi32(products[0], products[1]),
            _mm512_zextsi256_si512(bits),
        )
    }

    /// The sum over the lanes of each.
    ///
    /// # Safety
    /// The processor runs AVX-512 F.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn sum4([a, b, c, d]: [__m512i; 4]) -> [i32; 4] {
        let ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
        let cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
        let v = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
        let v = _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64::<1>(v));
        let mut halves = [0i32; 8];
        // SAFETY: `halves` has room for 8 numbers.
        unsafe { _mm256_storeu_si256(halves.as_mut_ptr().cast(), v) };
        std::array::from_fn(|i| halves[i].wrapping_add(halves[i + 4]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without order (splitmix64).
    fn bits(i: usize) -> u64 {
        let x = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x ^ (x >> 27)
    }

    #[test]
    fn rows_meet_a_query_as_they_do_one_by_one() {
        for dim in (1..=67).chain([96, 100, 128, 300, 304]) {
            for count in [0, 1, 3, 4, 5, 9] {
                let stride = dim + count % 3;
                let numbers: Vec<f32> = (0..count * stride + 7)
                    .map(|i| (bits(i) >> 40) as f32 / 8e6 - 1.0)
                    .collect();
                let query: Vec<f32> = numbers[..dim.min(numbers.len())].to_vec();
                if query.len() < dim {
                    continue;
                }
                let rows = Rows {
                    numbers: &numbers,
                    stride,
                    dim,
                };
                for kernel in Kernel::available() {
                    let (mut products, mut sums) = (vec![0.0; count], vec![0; count]);
                    kernel.meet_f32(rows, &query, &mut products, &mut sums);
                    for (at, (product, sum)) in products.iter().zip(&sums).enumerate() {
                        let row = rows.row(at);
                        let pairs = row.iter().zip(&query);
                        let expected: f64 = pairs.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
                        assert!((f64::from(*product) - expected).abs() < 1e-6 * dim as f64);
                        let bytes: Vec<u8> = row.iter().flat_map(|x| x.to_le_bytes()).collect();
                        assert_eq!(*sum, kernel.sum_words(&bytes), "{kernel} {dim} {at}");
                    }
                }
            }
        }
    }

    #[test]
    fn whole_numbers_meet_exactly() {
        for dim in (1..=40).map(|words| words * 4).chain([304, 512]) {
            for count in [0, 1, 2, 4, 7] {
                let stride = dim + 4 * (count % 2);
                let numbers: Vec<i8> = (0..(count + 1) * stride).map(|i| bits(i) as i8).collect();
                let query: Vec<i16> = (0..dim)
                    .map(|i| (bits(i * 7) % 20_000) as i16 - 10_000)
                    .collect();
                let rows = Rows {
                    numbers: &numbers,
                    stride,
                    dim,
                };
                for kernel in Kernel::available() {
                    let (mut products, mut sums) = (vec![0; count], vec![0; count]);
                    kernel.meet_i8(rows, &query, &mut products, &mut sums);
                    for (at, (product, sum)) in products.iter().zip(&sums).enumerate() {
                        let row = rows.row(at);
                        let pairs = row.iter().zip(&query);
                        let expected: i32 = pairs.map(|(&x, &y)| i32::from(x) * i32::from(y)).sum();
                        let bytes: Vec<u8> = row.iter().map(|&x| x as u8).collect();
                        let found = (*product, *sum);
                        assert_eq!(
                            found,
                            (expected, kernel.sum_words(&bytes)),
                            "{kernel} {dim}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "all rows are there")]
    fn missing_rows_are_refused() {
        let rows = Rows {
            numbers: &[1.0; 11],
            stride: 4,
            dim: 4,
        };
        Kernel::best().meet_f32(rows, &[1.0; 4], &mut [0.0; 3], &mut [0; 3]);
    }
}
