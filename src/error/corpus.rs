//! Failures of the text as a corpus.

/// Failures of the text as a corpus.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// No token in the whole text.
    #[error(
        "{sources}: no token in {bytes} bytes of text with the {tokenizer} tokenizer{}; \
         check that the text is there and of the language meant",
        match begins.is_empty() {
            true => String::new(),
            false => format!(", beginning {begins:?}"),
        }
    )]
    Empty {
        /// The sources, as the user named them.
        sources: String,
        /// Bytes of text after decompression.
        bytes: u64,
        /// The tokenizer that found nothing.
        tokenizer: &'static str,
        /// The first characters it saw.
        begins: String,
    },
    /// Every word is too rare to be kept.
    #[error(
        "{sources}: every word is below --min-count {min_count}: {tokens} tokens of {types} \
         types, the most frequent one {highest} times; use --min-count {highest} or lower, \
         or more text"
    )]
    AllRare {
        /// The sources, as the user named them.
        sources: String,
        /// The least count that is kept.
        min_count: u64,
        /// Tokens of the text.
        tokens: u64,
        /// Distinct words of the text.
        types: u64,
        /// Count of the most frequent word.
        highest: u64,
    },
    /// None of the listed words occurs.
    #[error(
        "{sources}: none of the words listed with --vocab is among the {types} distinct words of \
         the text; list them as `w2v vocab` writes them"
    )]
    NoneListed {
        /// The sources, as the user named them.
        sources: String,
        /// Distinct words of the text.
        types: u64,
    },
    /// More distinct words than ids.
    #[error(
        "the text has more than {limit} distinct words, as many as there are ids; \
         it is probably not text, or not cut into words"
    )]
    TooManyTypes {
        /// The largest number of distinct words.
        limit: u64,
    },
    /// The system gave no thread.
    #[error(
        "no thread for reading the text: {0}; lower --threads, or the limits of this system are too narrow"
    )]
    Thread(#[source] std::io::Error),
    /// A worker thread ended by panicking.
    #[error("a thread that scans the text stopped unexpectedly; this is a defect of w2v")]
    WorkerLost,
}
