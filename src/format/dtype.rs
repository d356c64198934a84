//! Numbers of a matrix, as other tools store them; all little-endian.

use super::rows::Rows;
use super::source::Source;
use crate::error::Result;

/// A type of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dtype {
    F16,
    Bf16,
    F32,
    F64,
    I8,
}

impl Dtype {
    /// Bytes of a number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::I8 => 1,
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Puts the numbers in `bytes` into `floats`; f64 loses what f32 cannot hold.
    fn decode(self, bytes: &[u8], floats: &mut Vec<f32>) {
        floats.clear();
        match self {
            Self::F16 => floats.extend(each(bytes).map(|b| f16_to_f32(u16::from_le_bytes(b)))),
            Self::Bf16 => floats.extend(each(bytes).map(|b| bf16_to_f32(u16::from_le_bytes(b)))),
            Self::F32 => floats.extend(each(bytes).map(f32::from_le_bytes)),
            #[allow(clippy::cast_possible_truncation)]
            Self::F64 => floats.extend(each(bytes).map(|b| f64::from_le_bytes(b) as f32)),
            Self::I8 => floats.extend(each(bytes).map(|b| f32::from(i8::from_le_bytes(b)))),
        }
    }
}

/// IEEE 754 half precision, widened without loss.
fn f16_to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let exponent = u32::from(bits >> 10) & 0x1F;
    let fraction = u32::from(bits) & 0x3FF;
    match exponent {
        // Zero and the subnormals: multiples of 2^-24.
        0 => {
            let size = fraction as f32 * (-24f32).exp2();
            f32::from_bits(size.to_bits() | sign)
        }
        31 => f32::from_bits(sign | 0x7F80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | (exponent.wrapping_add(112) << 23) | (fraction << 13)),
    }
}

/// The upper half of an f32.
fn bf16_to_f32(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// Numbers of `N` bytes.
pub(super) fn each<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks::<N>().0.iter().copied()
}

/// Reads a row for each of `words`, in their order.
pub(super) fn read_matrix<'a>(
    source: &mut Source,
    rows: &mut Rows,
    (dim, dtype): (usize, Dtype),
    words: impl Iterator<Item = &'a [u8]>,
) -> Result<()> {
    let bytes = dim.saturating_mul(dtype.size());
    let mut floats = Vec::new();
    for (number, word) in (1u64..).zip(words) {
        let at = source.at();
        let Some(row) = source.take(bytes)? else {
            let expected = format!("{bytes} bytes of vector {number}");
            return Err(source.wrong("the matrix", at, expected, "the file's end; copy it again"));
        };
        if rows.is_full() {
            continue;
        }
        if !rows.word(word, 0) {
            continue;
        }
        match dtype {
            Dtype::F32 => rows.row_at(at, row),
            _ => {
                dtype.decode(row, &mut floats);
                rows.row(floats.iter().copied());
            }
        }
    }
    Ok(())
}

/// Checks that a matrix of `rows` x `dim` numbers, and nothing else, is left of the file, as far
/// as its size is known beforehand.
pub(super) fn check_left(
    source: &Source,
    (rows, dim, dtype): (u64, u64, Dtype),
    exactly: bool,
) -> Result<usize> {
    let bytes = rows
        .checked_mul(dim)
        .and_then(|n| n.checked_mul(dtype.size() as u64));
    let fits = |left: u64| bytes.is_some_and(|b| if exactly { b == left } else { b <= left });
    if let Some(left) = source.left().filter(|&left| !fits(left)) {
        let expected = format!("{rows} x {dim} numbers of {} bytes", dtype.size());
        let found = format!("{left} bytes to the file's end; copy it or write it again");
        return Err(source.wrong("shape of the matrix", source.at(), expected, found));
    }
    match usize::try_from(dim) {
        Ok(dim @ 1..) if u32::try_from(rows).is_ok() && bytes.is_some() => Ok(dim),
        _ => {
            let expected = "fewer than 2^32 vectors of at least 1 number";
            let found = format!("{rows} of {dim}");
            Err(source.wrong("shape of the matrix", source.at(), expected, found))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_is_what_its_bits_say() {
        for bits in 0..=u16::MAX {
            let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
            let size = match exponent {
                0 => fraction / 1024.0 * 2f64.powi(-14),
                31 if fraction == 0.0 => f64::INFINITY,
                31 => f64::NAN,
                _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
            };
            let expected = if bits >> 15 == 1 { -size } else { size };
            let found = f64::from(f16_to_f32(bits));
            assert!(
                found == expected || found.is_nan() && expected.is_nan(),
                "{bits:04x}"
            );
        }
        assert_eq!(f16_to_f32(0x8000).to_bits(), (-0.0f32).to_bits());
        assert_eq!(bf16_to_f32(0x3F80), 1.0);
    }
}
