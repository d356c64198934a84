//! fastText's model file (`.bin`): a word's vector is the mean of its own row and those of its
//! character n-grams (Bojanowski et al. 2017, section 3.2).

use super::dtype::{Dtype, check_left, each};
use super::rows::Rows;
use super::source::Source;
use super::{Format, ReadOptions, ReadReport};
use crate::embeddings::Embeddings;
use crate::error::Result;

const NEWEST: i32 = 12;
/// The word that stands for the end of a line; it has no n-grams.
const END: &[u8] = b"</s>";

/// What of the model's options decides about vectors.
struct Shape {
    dim: u64,
    buckets: u32,
    /// Characters of an n-gram, at least and at most.
    lengths: (usize, usize),
}

pub(super) fn read(source: &mut Source, options: &ReadOptions) -> Result<(Embeddings, ReadReport)> {
    let shape = shape(source)?;
    let words = dictionary(source)?;
    if let Some([1]) = source.take(1)? {
        let found = "quantised rows; export vectors with `fasttext print-word-vectors`";
        return Err(source.wrong("input matrix", source.at(), "floats", found));
    }
    let at = source.at();
    let (rows, dim) = (int::<8>(source)?, int::<8>(source)?);
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    let least = (words.len() as u64).saturating_add(u64::from(shape.buckets));
    if dim != i64::try_from(shape.dim).unwrap_or(i64::MAX) || rows < least {
        let expected = format!("{least} rows of {} floats", shape.dim);
        let found = format!("{rows} of {dim}; copy the file again");
        return Err(source.wrong("input matrix", at, expected, found));
    }
    let dim = check_left(source, (rows, shape.dim, Dtype::F32), false)?;
    let matrix = matrix(source, rows, dim)?;
    let certain = source.left().is_some();
    let kept = (words.len() as u64, certain);
    let mut out = Rows::new(Format::FastTextModel, dim, kept, options);
    let row = |index: usize| matrix.chunks_exact(dim).nth(index).unwrap_or_default();
    let mut sum: Vec<f32> = Vec::new();
    for (id, (word, count)) in words.iter().enumerate() {
        if out.is_full() {
            break;
        }
        sum.clear();
        sum.extend(row(id));
        let mut parts = 1.0f32;
        for bucket in buckets(word, &shape) {
            let part = row(words.len().saturating_add(bucket));
            sum.iter_mut().zip(part).for_each(|(s, x)| *s += x);
            parts += 1.0;
        }
        if out.word(word, *count) {
            out.row(sum.iter().map(|s| s / parts));
        }
    }
    out.finish(source)
}

/// The next little-endian number of `N` bytes, with its sign.
fn int<const N: usize>(source: &mut Source) -> Result<i64> {
    let at = source.at();
    let Some(bytes) = source.take(N)? else {
        return Err(source.wrong("the model", at, "a number", "the file's end; copy it again"));
    };
    let sign = if bytes.last().is_some_and(|b| *b >= 0x80) {
        0xFF
    } else {
        0
    };
    let mut wide = [sign; 8];
    wide[..N].copy_from_slice(bytes);
    Ok(i64::from_le_bytes(wide))
}

fn shape(source: &mut Source) -> Result<Shape> {
    source.take(4)?; // the magic number, by which the file was recognised
    let version = int::<4>(source)?;
    if version > i64::from(NEWEST) {
        let found = format!("{version}; install a newer w2v");
        return Err(source.wrong("header", 4, format!("a version up to {NEWEST}"), found));
    }
    // dim, window, epochs, minimum count, negatives, word n-grams, loss, model, buckets, shortest
    // and longest n-gram, rate of updates; then the subsampling threshold.
    let mut options = [0; 12];
    for option in &mut options {
        *option = int::<4>(source)?;
    }
    int::<8>(source)?;
    let [dim, .., model, buckets, shortest, longest, _] = options;
    let supervised = model == 3;
    let size = |n: i64| usize::try_from(n).unwrap_or(0);
    let shape = Shape {
        dim: u64::try_from(dim).unwrap_or(0),
        buckets: u32::try_from(buckets).unwrap_or(0),
        lengths: (size(shortest), size(longest)),
    };
    // Old models of texts with labels have no n-grams, whatever is stored.
    let plain = version == 11 && supervised;
    Ok(Shape {
        lengths: if plain { (0, 0) } else { shape.lengths },
        ..shape
    })
}

/// Words with their counts; labels stand after them and are left out.
fn dictionary(source: &mut Source) -> Result<Vec<(Vec<u8>, u64)>> {
    let at = source.at();
    let (size, words) = (int::<4>(source)?, int::<4>(source)?);
    int::<4>(source)?; // labels
    int::<8>(source)?; // tokens
    let pruned = int::<8>(source)?;
    if pruned >= 0 {
        let found = "a pruned dictionary; export vectors with `fasttext print-word-vectors`";
        return Err(source.wrong("dictionary", at, "all n-grams", found));
    }
    let mut found = Vec::new();
    for n in 1..=size {
        let at = source.at();
        let Some(word) = source.until(0)?.map(<[u8]>::to_vec) else {
            let expected = "a word and a zero byte";
            let place = format!("word {n}");
            return Err(source.wrong(place, at, expected, "none; the file was cut: copy it again"));
        };
        let count = u64::try_from(int::<8>(source)?).unwrap_or(0);
        let is_word = int::<1>(source)? == 0;
        if is_word {
            found.push((word, count));
        }
    }
    if found.len() as i64 != words {
        let found = format!("{}; copy the file again", found.len());
        return Err(source.wrong("dictionary", at, format!("{words} words"), found));
    }
    Ok(found)
}

fn matrix(source: &mut Source, rows: u64, dim: usize) -> Result<Vec<f32>> {
    let mut matrix = Vec::new();
    if source.left().is_some() {
        // The file was found long enough.
        matrix.reserve_exact(usize::try_from(rows).unwrap_or(0).saturating_mul(dim));
    }
    for n in 0..rows {
        let at = source.at();
        match source.take(dim.saturating_mul(4))? {
            Some(row) => matrix.extend(each(row).map(f32::from_le_bytes)),
            None => {
                let found = "the file's end; copy it again";
                return Err(source.wrong(format!("row {n}"), at, format!("{dim} floats"), found));
            }
        }
    }
    Ok(matrix)
}

/// The buckets of the n-grams of `<word>`; an n-gram that occurs twice counts twice.
fn buckets(word: &[u8], shape: &Shape) -> Vec<usize> {
    let mut found = Vec::new();
    if word == END || shape.buckets == 0 {
        return found;
    }
    let text = [b"<", word, b">"].concat();
    let starts: Vec<usize> = (0..text.len())
        .filter(|&i| text[i] & 0xC0 != 0x80)
        .collect();
    let (least, most) = shape.lengths;
    for (i, &start) in starts.iter().enumerate() {
        for length in least.max(1)..=most {
            let after = i.saturating_add(length);
            if after > starts.len() {
                break;
            }
            let end = starts.get(after).copied().unwrap_or(text.len());
            // The marks of beginning and end are no n-grams by themselves.
            if length > 1 || (i > 0 && end < text.len()) {
                let bucket = hash(&text[start..end]).checked_rem(shape.buckets);
                found.extend(bucket.map(|bucket| bucket as usize));
            }
        }
    }
    found
}

/// FNV-1a of 32 bits, except that bytes are widened with their sign: an old slip of fastText's
/// that its files now depend on.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(2_166_136_261, |hash: u32, &byte| {
        let wide = i32::from(byte.cast_signed()).cast_unsigned();
        (hash ^ wide).wrapping_mul(16_777_619)
    })
}
