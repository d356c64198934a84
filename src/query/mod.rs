//! Questions: nearest neighbours and analogies, by exact search.
//!
//! May use `embeddings` and `kernels`.

mod batch;
mod scan;
mod top;

use crate::embeddings::Embeddings;
use crate::error::{QueryError, Result};
pub(crate) use scan::{Space, Target};
pub(crate) use top::Hit;

/// Near misses offered for a word that is not there.
const NEAR_MISSES: usize = 3;

/// A word and how near it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbor {
    /// Row of the word.
    pub id: u32,
    /// The word.
    pub word: String,
    /// Cosine, -1 to 1.
    pub similarity: f32,
}

/// The `top` words nearest to `word`, itself left out, by cosine.
///
/// # Errors
/// A word that is not there, a vector without direction, a damaged file.
pub fn nearest(embeddings: &Embeddings, word: &str, top: usize) -> Result<Vec<Neighbor>> {
    let mut answers = nearest_each(embeddings, &[word], top)?;
    answers.pop().unwrap_or_else(|| Ok(Vec::new()))
}

/// [`nearest`] for several words in one pass over the vectors, each answered or refused by itself.
///
/// # Errors
/// A damaged file.
pub fn nearest_each<S: AsRef<str>>(
    embeddings: &Embeddings,
    words: &[S],
    top: usize,
) -> Result<Vec<Result<Vec<Neighbor>>>> {
    let questions = words.iter().map(|word| {
        let word = word.as_ref();
        combine(embeddings, &[(word, 1.0)], word)
    });
    answer(embeddings, questions, top)
}

/// `a` is to `b` as `c` is to ...: the words nearest to `b - a + c` of unit vectors (3CosAdd; Mikolov, Yih, Zweig
/// 2013, section 4), the three left out.
///
/// # Errors
/// A word that is not there, a combination without direction, a damaged file.
pub fn analogy(embeddings: &Embeddings, words: [&str; 3], top: usize) -> Result<Vec<Neighbor>> {
    let [a, b, c] = words;
    let signed = [(b, 1.0), (a, -1.0), (c, 1.0)];
    let question = combine(embeddings, &signed, &format!("{b} - {a} + {c}"));
    let mut answers = answer(embeddings, std::iter::once(question), top)?;
    answers.pop().unwrap_or_else(|| Ok(Vec::new()))
}

/// Sum of signed unit vectors, as a direction to search in.
fn combine(embeddings: &Embeddings, words: &[(&str, f32)], what: &str) -> Result<Target> {
    embeddings.check_words()?;
    let no_direction = || QueryError::NoDirection {
        what: what.to_owned(),
    };
    let mut sum = vec![0.0; embeddings.dim()];
    let mut ids = Vec::with_capacity(words.len());
    for &(word, sign) in words {
        let id = find(embeddings, word)?;
        embeddings.check_row(id)?;
        let scale = sign * embeddings.inverse_norms()[id as usize];
        if scale == 0.0 {
            return Err(no_direction().into());
        }
        for (total, x) in sum.iter_mut().zip(embeddings.row(id)) {
            *total += scale * x;
        }
        ids.push(id);
    }
    Target::new(sum, ids).ok_or_else(|| no_direction().into())
}

/// The row of `word`.
///
/// # Errors
/// [`QueryError::UnknownWord`] with near misses.
pub fn find(embeddings: &Embeddings, word: &str) -> Result<u32> {
    embeddings.id(word).ok_or_else(|| {
        QueryError::UnknownWord {
            word: word.to_owned(),
            words: embeddings.len(),
            near: embeddings.near_misses(word, NEAR_MISSES),
        }
        .into()
    })
}

fn answer(
    embeddings: &Embeddings,
    questions: impl Iterator<Item = Result<Target>>,
    top: usize,
) -> Result<Vec<Result<Vec<Neighbor>>>> {
    let mut targets = Vec::new();
    let places: Vec<Result<usize>> = questions
        .map(|question| {
            question.map(|target| {
                targets.push(target);
                targets.len() - 1
            })
        })
        .collect();
    let found = if targets.is_empty() {
        Vec::new()
    } else {
        Space::new(embeddings, usize::MAX).scan(&targets, top)?
    };
    let answers = places.into_iter().map(|place| {
        place.map(|at| {
            let hits = found[at].iter();
            hits.map(|hit| Neighbor {
                id: hit.id,
                word: embeddings.word(hit.id).to_owned(),
                similarity: hit.similarity,
            })
            .collect()
        })
    });
    Ok(answers.collect())
}

#[cfg(test)]
mod tests;
