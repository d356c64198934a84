//! Sums of the bits of rows: what a search checks each row by.

use super::Kernel;

impl Kernel {
    /// Sum, modulo 2^32, of the little-endian 32-bit words of `bytes`, of which there are whole ones. It
    /// sees every flipped bit and every zeroed page, and costs one addition a word.
    pub fn sum_words(self, bytes: &[u8]) -> u32 {
        match self.vectors() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor was asked.
            Self::Avx512 if self.is_available() => unsafe { avx512(bytes) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor was asked.
            Self::Avx2 if self.is_available() => unsafe { avx2(bytes) },
            _ => sum::<16>(bytes),
        }
    }
}

/// In lanes of their own, which the compiler keeps in as many vector registers as it takes.
#[inline(always)]
fn sum<const LANES: usize>(bytes: &[u8]) -> u32 {
    let mut lanes = [0u32; LANES];
    let (chunks, rest) = bytes.as_chunks::<4>().0.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, word) in lanes.iter_mut().zip(chunk) {
            *lane = lane.wrapping_add(u32::from_le_bytes(*word));
        }
    }
    let mut total = 0u32;
    for lane in &lanes {
        total = total.wrapping_add(*lane);
    }
    for word in rest {
        total = total.wrapping_add(u32::from_le_bytes(*word));
    }
    total
}

/// # Safety
/// The processor runs AVX-512 F.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512(bytes: &[u8]) -> u32 {
    sum::<32>(bytes)
}

/// # Safety
/// The processor runs AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn avx2(bytes: &[u8]) -> u32 {
    sum::<32>(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_seen_at_every_length() {
        for length in 0..=140usize {
            let words = (0..length as u32).map(|i| i.wrapping_mul(0x9E37_79B9));
            let expected = words.clone().fold(0u64, |all, x| all + u64::from(x));
            let row: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
            for kernel in Kernel::available() {
                assert_eq!(kernel.sum_words(&row), expected as u32, "{kernel} {length}");
                for bit in (0..length * 32).step_by(7) {
                    let mut damaged = row.clone();
                    damaged[bit / 8] ^= 1 << (bit % 8);
                    assert_ne!(kernel.sum_words(&damaged), kernel.sum_words(&row));
                }
            }
        }
    }
}
