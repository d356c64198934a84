//! Questions about words, answered by exact search over all vectors.
//!
//! May use `embeddings` and `kernels`.

mod batch;
mod measure;
mod panels;
mod quick;
mod recommend;
mod scan;
mod top;

use std::str::FromStr;

pub use measure::{Odd, Rank, find, odd_one_out, rank, similarity, vector};
pub use recommend::recommend;
pub(crate) use scan::{Space, Target};
pub(crate) use top::Hit;

use crate::embeddings::Embeddings;
use crate::error::{QueryError, Result};
use measure::unit;

/// A word and how near it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbor {
    /// Row of the word.
    pub id: u32,
    /// The word.
    pub word: String,
    /// Cosine, -1 to 1; the score of [`Method::Mul`] where that was asked for.
    pub similarity: f32,
}

/// How several words are put together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    /// 3CosAdd: cosine with the sum of unit vectors (Mikolov, Yih, Zweig 2013, section 4).
    #[default]
    Add,
    /// 3CosMul: product of the cosines, moved to 0..1, with the positive words, divided by that
    /// with the negative ones plus 1e-6 (Levy, Goldberg 2014, section 6).
    Mul,
}

impl FromStr for Method {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "add" => Ok(Self::Add),
            "mul" => Ok(Self::Mul),
            _ => Err(format!("no method is called {name:?}: choose add or mul")),
        }
    }
}

/// Where answers are looked for, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search {
    /// Answers to a question.
    pub top: usize,
    /// Only this many of the most frequent words are answers; where counts are not known, of the first rows.
    pub limit: usize,
}

impl Search {
    /// `top` answers among all words.
    pub fn top(top: usize) -> Self {
        Self {
            top,
            limit: usize::MAX,
        }
    }
}

/// What is near to some words and far from others?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'a> {
    /// Words to be near to.
    pub positive: Vec<&'a str>,
    /// Words to be far from.
    pub negative: Vec<&'a str>,
    /// How they are put together.
    pub method: Method,
}

impl<'a> Question<'a> {
    /// What is near to `word`?
    pub fn nearest(word: &'a str) -> Self {
        Self {
            positive: vec![word],
            negative: Vec::new(),
            method: Method::Add,
        }
    }

    /// `a` is to `b` as `c` is to what?
    pub fn analogy([a, b, c]: [&'a str; 3], method: Method) -> Self {
        Self {
            positive: vec![b, c],
            negative: vec![a],
            method,
        }
    }

    /// The question for people: "king - man + woman".
    fn text(&self) -> String {
        let mut text = self.positive.join(" + ");
        for word in &self.negative {
            text.push_str(" - ");
            text.push_str(word);
        }
        text
    }

    fn target(&self, embeddings: &Embeddings) -> Result<Target> {
        let what = || self.text();
        let mut ids = Vec::new();
        let mut units = |words: &[&str]| -> Result<Vec<Vec<f32>>> {
            let units = words.iter().map(|word| {
                let id = find(embeddings, word)?;
                ids.push(id);
                let direction = unit(embeddings, id)?;
                direction.ok_or_else(|| QueryError::NoDirection { what: what() }.into())
            });
            units.collect()
        };
        let (positive, negative) = (units(&self.positive)?, units(&self.negative)?);
        let target = match self.method {
            Method::Add => Target::sum(&positive, &negative, ids),
            Method::Mul => Target::product(positive, negative, ids),
        };
        target.ok_or_else(|| QueryError::NoDirection { what: what() }.into())
    }
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
    let questions = words.iter().map(|word| Question::nearest(word.as_ref()));
    let questions: Vec<Question> = questions.collect();
    answer_each(embeddings, &questions, Search::top(top))
}

/// `a` is to `b` as `c` is to ...: the words nearest to `b - a + c` of unit vectors, the three
/// left out.
///
/// # Errors
/// A word that is not there, a combination without direction, a damaged file.
pub fn analogy(embeddings: &Embeddings, words: [&str; 3], top: usize) -> Result<Vec<Neighbor>> {
    let question = Question::analogy(words, Method::Add);
    let mut answers = answer_each(embeddings, &[question], Search::top(top))?;
    answers.pop().unwrap_or_else(|| Ok(Vec::new()))
}

/// Answers many questions in one pass over the vectors, each answered or refused by itself. The
/// words of a question are no answers to it.
///
/// # Errors
/// A damaged file.
pub fn answer_each(
    embeddings: &Embeddings,
    questions: &[Question],
    search: Search,
) -> Result<Vec<Result<Vec<Neighbor>>>> {
    embeddings.check_words()?;
    let mut targets = Vec::new();
    let places: Vec<Result<usize>> = questions
        .iter()
        .map(|question| {
            targets.push(question.target(embeddings)?);
            Ok(targets.len() - 1)
        })
        .collect();
    let found = Space::new(embeddings, search.limit).scan(&targets, search.top)?;
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
