//! Failures of questions.

/// Failures of questions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// A word that has no vector.
    #[error("\"{word}\" is not among the {words} words{}", did_you_mean(.near))]
    UnknownWord {
        /// The word asked for.
        word: String,
        /// How many words there are.
        words: usize,
        /// Words that are there and spelt nearly so, the best first.
        near: Vec<String>,
    },
    /// A vector of zeros, NaN or infinities is near to nothing.
    #[error(
        "{what} has no direction (its vector is zero or not finite), so nothing is near it; ask \
         for another word"
    )]
    NoDirection {
        /// The word or combination of words.
        what: String,
    },
    /// A model that does not know how often its words occur.
    #[error(
        "--min-count: the model has no counts of its words; take --limit, which goes by their order"
    )]
    NoCounts,
    /// A model that knows nothing of a table's columns.
    #[error("the model is of no table; train one with `w2v train TABLE --input table`")]
    NoTable,
}

fn did_you_mean(words: &[String]) -> String {
    if words.is_empty() {
        "; ask for another word, or train on text that holds it".to_owned()
    } else {
        format!("; did you mean {}?", words.join(", "))
    }
}
