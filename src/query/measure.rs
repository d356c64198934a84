//! Questions about words that are given: how near, how near by rank, which one does not belong.

use std::borrow::Cow;

use super::scan::{Space, Target};
use crate::embeddings::{Embeddings, inverse_norm};
use crate::error::{QueryError, Result};
use crate::kernels::Kernel;

/// Near misses offered for a word that is not there.
const NEAR_MISSES: usize = 3;

/// The row of `word`.
///
/// # Errors
/// [`QueryError::UnknownWord`] with near misses; a damaged file.
pub fn find(embeddings: &Embeddings, word: &str) -> Result<u32> {
    if let Some(id) = embeddings.id(word) {
        return Ok(id);
    }
    // In a damaged file it may be there nevertheless.
    embeddings.check_words()?;
    Err(QueryError::UnknownWord {
        word: word.to_owned(),
        words: embeddings.len(),
        near: embeddings.near_misses(word, NEAR_MISSES),
    }
    .into())
}

/// The vector of row `id` at length 1; `None` where it has no direction.
pub(super) fn unit(embeddings: &Embeddings, id: u32) -> Result<Option<Vec<f32>>> {
    embeddings.check_row(id)?;
    let row = embeddings.vector(id);
    // Not the norm that is stored: that is checked only where a search needs all of them.
    let scale = inverse_norm(&row);
    Ok((scale != 0.0).then(|| row.iter().map(|x| x * scale).collect()))
}

fn unit_of(embeddings: &Embeddings, word: &str) -> Result<Vec<f32>> {
    let direction = unit(embeddings, find(embeddings, word)?)?;
    direction.ok_or_else(|| {
        QueryError::NoDirection {
            what: word.to_owned(),
        }
        .into()
    })
}

/// Cosine of two words, -1 to 1.
///
/// # Errors
/// A word that is not there or has no direction, a damaged file.
pub fn similarity(embeddings: &Embeddings, a: &str, b: &str) -> Result<f32> {
    let (a, b) = (unit_of(embeddings, a)?, unit_of(embeddings, b)?);
    Ok(Kernel::best().dot(&a, &b).clamp(-1.0, 1.0))
}

/// The vector of a word, as it is stored.
///
/// # Errors
/// A word that is not there, a damaged file.
pub fn vector<'a>(embeddings: &'a Embeddings, word: &str) -> Result<Cow<'a, [f32]>> {
    let id = find(embeddings, word)?;
    embeddings.check_row(id)?;
    Ok(embeddings.vector(id))
}

/// How near a word is among all neighbours of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rank {
    /// 1 for the nearest neighbour.
    pub rank: usize,
    /// Neighbours in all: words with a direction, the asking one left out.
    pub of: usize,
    /// Cosine of the two.
    pub similarity: f32,
}

/// The rank of `b` among the neighbours of `a` in the `limit` most frequent words. Of words equally near
/// the one with the lower row is nearer, as in every other answer.
///
/// # Errors
/// A word that is not there or has no direction, a damaged file.
pub fn rank(embeddings: &Embeddings, a: &str, b: &str, limit: usize) -> Result<Rank> {
    embeddings.check_words()?;
    let direction = unit_of(embeddings, a)?;
    unit_of(embeddings, b)?;
    let (a, b) = (find(embeddings, a)?, find(embeddings, b)?);
    let no_direction = || QueryError::NoDirection {
        what: embeddings.word(a).to_owned(),
    };
    let target = Target::sum(&[direction], &[], vec![a]).ok_or_else(no_direction)?;
    let space = Space::new(embeddings, limit);
    let (nearer, of, similarity) = space.count_nearer(&target, b)?;
    Ok(Rank {
        rank: nearer + 1,
        of,
        similarity,
    })
}

/// Which of some words does not belong, and how near each is to the mean of all.
#[derive(Debug, Clone, PartialEq)]
pub struct Odd {
    /// Place of the odd one among the words given.
    pub odd: usize,
    /// Cosine of each word with the mean of the unit vectors, in the order given.
    pub similarities: Vec<f32>,
}

/// The word farthest from the mean of all; of equals the first.
///
/// # Errors
/// A word that is not there or has no direction, words that cancel out, a damaged file.
pub fn odd_one_out(embeddings: &Embeddings, words: &[&str]) -> Result<Odd> {
    let units = words.iter().map(|word| unit_of(embeddings, word));
    let units = units.collect::<Result<Vec<_>>>()?;
    let mean = Target::sum(&units, &[], Vec::new()).ok_or_else(|| QueryError::NoDirection {
        what: words.join(" + "),
    })?;
    let kernel = Kernel::best();
    let similarities: Vec<f32> = units.iter().map(|u| mean.cosine(kernel, u)).collect();
    let odd = (0..words.len()).min_by(|&a, &b| similarities[a].total_cmp(&similarities[b]));
    Ok(Odd {
        odd: odd.unwrap_or(0),
        similarities,
    })
}
