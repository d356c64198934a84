//! Rows as bytes, packed so that many queries meet many of them: what a search for many directions at once
//! does on processors that add up products of bytes (AVX-512 VNNI, 64 of them an instruction: four times
//! the products of f32).
//!
//! A panel is 64 rows. Four numbers of a row are one lane of a vector, so that a vector holds four
//! columns of 16 rows, sums stay in their lanes, and nothing is added across them:
//!
//! ```text
//! packed[group][vector]   lane i: columns 4 * group .. + 4 of row 16 * vector + i, plus 128
//! sum[query][vector]     += packed[group][vector] * (the query's 4 numbers in all lanes)
//! ```
//!
//! A tile is 6 queries by 4 vectors: 24 sums in registers, 10 loads for 24 multiplications. The instruction
//! takes unsigned times signed bytes, so rows are moved up by 128, and each sum begins with
//! -128 times the sum of its query.
//!
//! What rounding to bytes costs is known: with a unit row `u` and its bytes `v`, a query `d` and its bytes `e`,
//! `|d . u - e . v| <= |u - v| |d| + |d - e| |v|`. So a search that looks closely at each row whose product is near
//! enough by this bound finds what a search over f32 finds.

use super::Kernel;

/// Rows of a panel.
pub const PANEL: usize = 64;
/// Queries of a tile.
pub const TILE: usize = 6;
/// Vectors of 16 rows in a panel.
const VECTORS: usize = PANEL / 16;
/// The largest number a byte stands for.
const LARGEST: f32 = 127.0;
/// Longer rows might overflow a sum.
const MOST: usize = 1 << 16;

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Vector([[u8; 4]; 16]);

/// Up to [`PANEL`] rows.
#[derive(Debug)]
pub struct Panel {
    packed: Vec<Vector>,
    /// What one step of a row's bytes is, at length 1; NaN for rows without a direction.
    steps: [f32; PANEL],
    /// The largest distance of a row from what its bytes say, at length 1.
    error: f32,
    bytes: Vec<u8>,
}

/// Unit vectors as bytes.
#[derive(Debug)]
pub struct Directions {
    /// Four numbers each, whole tiles of queries.
    words: Vec<[i8; 4]>,
    groups: usize,
    starts: Vec<i32>,
    steps: Vec<f32>,
    errors: Vec<f32>,
}

/// Words of four numbers in a row of `dim`.
fn groups(dim: usize) -> usize {
    dim.div_ceil(4)
}

impl Directions {
    /// The bytes of `directions`, unit vectors of `dim` numbers.
    pub fn new<'d>(dim: usize, directions: impl Iterator<Item = &'d [f32]>) -> Self {
        let mut all = Self {
            words: Vec::new(),
            groups: groups(dim),
            starts: Vec::new(),
            steps: Vec::new(),
            errors: Vec::new(),
        };
        for direction in directions {
            all.push(direction);
        }
        let whole = all.steps.len().next_multiple_of(TILE);
        all.words.resize(whole * all.groups, [0; 4]);
        all.starts.resize(whole, 0);
        all
    }

    fn push(&mut self, direction: &[f32]) {
        let largest = direction
            .iter()
            .fold(f32::MIN_POSITIVE, |a, x| a.max(x.abs()));
        let step = largest / LARGEST;
        let bytes: Vec<i8> = direction.iter().map(|x| (x / step).round() as i8).collect();
        let lost = bytes.iter().zip(direction).map(|(&b, &x)| {
            let lost = f64::from(x) - f64::from(b) * f64::from(step);
            lost * lost
        });
        self.errors.push(lost.sum::<f64>().sqrt() as f32);
        self.steps.push(step);
        self.starts
            .push(-128 * bytes.iter().map(|&b| i32::from(b)).sum::<i32>());
        let word = |w: &[i8]| std::array::from_fn(|i| w.get(i).copied().unwrap_or(0));
        self.words.extend(bytes.chunks(4).map(word));
        // An empty direction is one of zeros.
        self.words.resize(self.steps.len() * self.groups, [0; 4]);
    }
}

impl Panel {
    /// A panel for rows of `dim` numbers, where `kernel` and this processor have what it takes.
    pub fn new(kernel: Kernel, dim: usize) -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        let there =
            kernel.vectors() == Kernel::Avx512 && kernel.is_available() && x86::is_available();
        #[cfg(not(target_arch = "x86_64"))]
        let there = kernel.is_available() && false;
        (there && (1..=MOST).contains(&dim)).then(|| Self {
            packed: vec![Vector([[128; 4]; 16]); groups(dim) * VECTORS],
            steps: [f32::NAN; PANEL],
            error: 0.0,
            bytes: vec![128; groups(dim) * 4],
        })
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.steps = [f32::NAN; PANEL];
        self.error = 0.0;
    }

    /// Sets row `at` to `row`, whose inverse norm, 0 where it has no direction, is `scale`.
    ///
    /// # Panics
    /// Where there is no such row, or it is longer than the panel is for.
    pub fn set(&mut self, at: usize, row: &[f32], scale: f32) {
        assert!(at < PANEL && row.len() <= self.bytes.len());
        self.steps[at] = f32::NAN;
        if scale == 0.0 {
            return;
        }
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `new` has asked the processor, and there is room for as many bytes as the row has numbers.
        let (step, lost) = unsafe { x86::round(row, &mut self.bytes) };
        #[cfg(not(target_arch = "x86_64"))]
        let (step, lost) = (f32::NAN, 0.0);
        self.steps[at] = step * scale;
        // Rounded up, for its own rounding.
        self.error = self.error.max(lost * step * scale * 1.001);
        let lanes = self.packed[at / 16..].iter_mut().step_by(VECTORS);
        for (vector, word) in lanes.zip(self.bytes.as_chunks::<4>().0) {
            vector.0[at % 16] = *word;
        }
    }

    /// The most by which the product of a row with direction `query` may be above that of their bytes, but
    /// for the rounding of f32.
    pub fn margin(&self, directions: &Directions, query: usize) -> f32 {
        self.error + directions.errors[query] * (1.0 + self.error)
    }

    /// The words and starts of a tile of directions.
    fn tile<'d>(&self, directions: &'d Directions, tile: usize) -> (&'d [[i8; 4]], &'d [i32]) {
        let groups = self.packed.len() / VECTORS;
        assert_eq!(groups, directions.groups, "as long as the rows");
        (
            &directions.words[tile * TILE * groups..][..TILE * groups],
            &directions.starts[tile * TILE..][..TILE],
        )
    }

    /// A bit for each row, for each direction of a tile: whether the product of the bytes reaches the floor.
    ///
    /// # Panics
    /// Where there is no such tile, or the directions are not as long as the rows.
    pub fn meet(&self, directions: &Directions, tile: usize, floors: &[f32; TILE]) -> [u64; TILE] {
        let of_tile = self.tile(directions, tile);
        // In steps of the direction.
        let floors = std::array::from_fn(|i| {
            let step = directions.steps.get(tile * TILE + i);
            step.map_or(f32::INFINITY, |step| floors[i] / step)
        });
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `new` has asked the processor; there are as many words as 6 directions have, and 6 starts.
        return unsafe { x86::meet(self, of_tile, &floors) };
        #[cfg(not(target_arch = "x86_64"))]
        unreachable!("no panel without its processor: {of_tile:?} {floors:?}")
    }

    /// The products of the bytes of all rows, for each direction of a tile; NaN for rows without a direction.
    ///
    /// # Panics
    /// As [`Panel::meet`].
    pub fn products(
        &self,
        directions: &Directions,
        tile: usize,
        products: &mut [[f32; PANEL]; TILE],
    ) {
        let of_tile = self.tile(directions, tile);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as in `meet`.
        unsafe {
            x86::products(self, of_tile, products);
        }
        #[cfg(not(target_arch = "x86_64"))]
        unreachable!("no panel without its processor: {of_tile:?}");
        for (products, step) in products.iter_mut().zip(&directions.steps[tile * TILE..]) {
            products.iter_mut().for_each(|x| *x *= step);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{LARGEST, PANEL, Panel, TILE, VECTORS, Vector};

    /// Words and starts of the directions of a tile.
    type Tile<'d> = (&'d [[i8; 4]], &'d [i32]);

    pub(super) fn is_available() -> bool {
        is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vnni")
    }

    /// Writes `row` in steps, plus 128, to `bytes`; returns the step and how far the row is from them, in steps.
    ///
    /// # Safety
    /// The processor runs AVX-512 F, and `bytes` is as long as `row` or longer.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn round(row: &[f32], bytes: &mut [u8]) -> (f32, f32) {
        let mask = |i: usize| (0xFFFF_u32 >> (16 - (row.len() - i).min(16))) as u16;
        // SAFETY: only what is inside the row is loaded, here and below.
        let load = |i: usize| unsafe { _mm512_maskz_loadu_ps(mask(i), row.as_ptr().add(i)) };
        let mut most = _mm512_set1_ps(f32::MIN_POSITIVE);
        for i in (0..row.len()).step_by(16) {
            most = _mm512_max_ps(most, _mm512_abs_ps(load(i)));
        }
        let step = _mm512_reduce_max_ps(most) / LARGEST;
        let inverse = _mm512_set1_ps(1.0 / step);
        let mut lost = _mm512_setzero_ps();
        for i in (0..row.len()).step_by(16) {
            let x = _mm512_mul_ps(load(i), inverse);
            let whole =
                _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x);
            let rest = _mm512_sub_ps(x, whole);
            lost = _mm512_fmadd_ps(rest, rest, lost);
            let byte = _mm512_add_epi32(_mm512_cvtps_epi32(whole), _mm512_set1_epi32(128));
            // SAFETY: `bytes` is as long as `row`, and no more is stored.
            unsafe {
                _mm512_mask_cvtusepi32_storeu_epi8(bytes.as_mut_ptr().add(i).cast(), mask(i), byte)
            };
        }
        (step, _mm512_reduce_add_ps(lost).sqrt())
    }

    /// The sums of a tile.
    ///
    /// # Safety
    /// The processor runs AVX-512 F, BW and VNNI; there are words of 6 directions and 6 starts.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    unsafe fn sums(panel: &Panel, (words, starts): Tile) -> [[__m512i; VECTORS]; TILE] {
        let groups = words.len() / TILE;
        let mut sums = [[_mm512_setzero_si512(); VECTORS]; TILE];
        for (sums, &start) in sums.iter_mut().zip(starts) {
            *sums = [_mm512_set1_epi32(start); VECTORS];
        }
        let (packed, words): (*const Vector, *const i32) =
            (panel.packed.as_ptr(), words.as_ptr().cast());
        for group in 0..groups {
            let mut rows = [_mm512_setzero_si512(); VECTORS];
            for (v, row) in rows.iter_mut().enumerate() {
                // SAFETY: a panel has `VECTORS` vectors a group.
                *row = unsafe { _mm512_load_si512(packed.add(group * VECTORS + v).cast()) };
            }
            for (q, sums) in sums.iter_mut().enumerate() {
                // SAFETY: each of the 6 directions has `groups` words.
                let word = unsafe { words.add(q * groups + group).read_unaligned() };
                let word = _mm512_set1_epi32(word);
                for (sum, row) in sums.iter_mut().zip(&rows) {
                    *sum = _mm512_dpbusd_epi32(*sum, *row, word);
                }
            }
        }
        sums
    }

    /// Products of vector `v` of rows, in steps of the direction.
    ///
    /// # Safety
    /// The processor runs AVX-512 F, and `v` is below `VECTORS`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn scaled(panel: &Panel, v: usize, sum: __m512i) -> __m512 {
        // SAFETY: a panel has 16 steps a vector.
        let step = unsafe { _mm512_loadu_ps(panel.steps.as_ptr().add(v * 16)) };
        _mm512_mul_ps(_mm512_cvtepi32_ps(sum), step)
    }

    /// # Safety
    /// As `sums`.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) unsafe fn meet(panel: &Panel, tile: Tile, floors: &[f32; TILE]) -> [u64; TILE] {
        // SAFETY: the caller's promise.
        let sums = unsafe { sums(panel, tile) };
        let mut reached = [0; TILE];
        for (q, sums) in sums.iter().enumerate() {
            let floor = _mm512_set1_ps(floors[q]);
            for (v, &sum) in sums.iter().enumerate() {
                // SAFETY: there are `VECTORS` sums.
                let product = unsafe { scaled(panel, v, sum) };
                let mask = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(product, floor);
                reached[q] |= u64::from(mask) << (16 * v);
            }
        }
        const { assert!(PANEL == 64) };
        reached
    }

    /// # Safety
    /// As `sums`.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) unsafe fn products(panel: &Panel, tile: Tile, products: &mut [[f32; PANEL]; TILE]) {
        // SAFETY: the caller's promise.
        let sums = unsafe { sums(panel, tile) };
        for (products, sums) in products.iter_mut().zip(&sums) {
            for (v, (to, sum)) in products.chunks_exact_mut(16).zip(sums).enumerate() {
                // SAFETY: there are `VECTORS` sums, and room for 16 floats.
                unsafe { _mm512_storeu_ps(to.as_mut_ptr(), scaled(panel, v, *sum)) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in -1..1 without order (splitmix64).
    fn noise(i: usize) -> f32 {
        let x = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((x ^ (x >> 27)) >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    fn dot(a: &[f32], b: &[f32]) -> f64 {
        a.iter()
            .zip(b)
            .map(|(&x, &y)| f64::from(x) * f64::from(y))
            .sum()
    }

    /// Every row whose product reaches a floor is seen, and none that is further below it than twice the
    /// margin: by products in f64.
    #[test]
    fn no_row_that_reaches_the_floor_is_missed() {
        let Some(kernel) = Kernel::available().find(|&k| Panel::new(k, 1).is_some()) else {
            return;
        };
        for dim in [1, 2, 3, 4, 5, 15, 16, 17, 48, 63, 64, 100, 300] {
            let vector = |seed: usize| -> Vec<f32> {
                // One number far larger than the others makes coarse bytes.
                let odd = |i: usize| {
                    if seed.is_multiple_of(5) && i == 0 {
                        40.0
                    } else {
                        1.0
                    }
                };
                (0..dim).map(|i| noise(seed * 1_000 + i) * odd(i)).collect()
            };
            let directions: Vec<Vec<f32>> = (0..8)
                .map(|q| {
                    let v = vector(100 + q);
                    let norm = dot(&v, &v).sqrt() as f32;
                    v.iter().map(|x| x / norm).collect()
                })
                .collect();
            let bytes = Directions::new(dim, directions.iter().map(Vec::as_slice));
            let mut panel = Panel::new(kernel, dim).unwrap();
            panel.clear();
            let rows: Vec<Vec<f32>> = (0..60).map(vector).collect();
            for (at, row) in rows.iter().enumerate() {
                let scale = if at == 7 {
                    0.0
                } else {
                    (1.0 / dot(row, row).sqrt()) as f32
                };
                panel.set(at, row, scale);
            }
            for floor in [-1.1, -0.3, 0.0, 0.2, 0.5] {
                for tile in 0..2 {
                    let margin = |i: usize| panel.margin(&bytes, (tile * TILE + i).min(7)) + 1e-5;
                    let floors = std::array::from_fn(|i| floor - margin(i));
                    let reached = panel.meet(&bytes, tile, &floors);
                    let mut products = [[0.0; PANEL]; TILE];
                    panel.products(&bytes, tile, &mut products);
                    for (i, mask) in reached.iter().enumerate() {
                        let query = tile * TILE + i;
                        for (at, row) in rows.iter().enumerate().filter(|_| query < 8) {
                            let cosine = dot(&directions[query], row) / dot(row, row).sqrt();
                            let seen = mask >> at & 1 == 1;
                            let off = f64::from(products[i][at]) - cosine;
                            assert!(off.abs() <= f64::from(margin(i)) || at == 7, "{dim} {at}");
                            let far = cosine < f64::from(floor - 2.0 * margin(i));
                            assert!(at == 7 || seen || cosine < f64::from(floor), "{dim} {at}");
                            assert!(!seen || (!far && at != 7), "{dim} {at}");
                        }
                        assert_eq!(mask >> 60, 0, "rows that are not there");
                        assert!(query < 8 || *mask == 0);
                    }
                }
            }
        }
    }
}
