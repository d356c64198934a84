//! Which neighbours become one word, as typed.

use std::path::{Path, PathBuf};

use w2v::corpus::{PhraseOptions, PhraseScore};
use w2v::text::read_words;

use super::Failure;
use super::paths::{Named, named};
use super::trainer_args::choice;

/// Joining neighbours.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Phrases of text")]
pub(crate) struct PhraseArgs {
    /// Join words that stand together more than by chance (`new_york`), in so many passes; two
    /// join up to four words [default: 0]
    #[arg(long, value_name = "N")]
    phrases: Option<usize>,
    /// Join pairs of a higher score [default: 100; with the score npmi 0.5]
    #[arg(long, value_name = "X")]
    phrase_threshold: Option<f64>,
    #[command(flatten)]
    pairs: PairArgs,
}

/// Scoring neighbours.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Phrases of text")]
pub(crate) struct PairArgs {
    /// How pairs are scored: as word2phrase does (mikolov), or by normalised mutual information (npmi,
    /// -1 to 1)
    #[arg(long, value_parser = choice(PhraseScore::ALL, PhraseScore::name),
          default_value = "mikolov", hide_possible_values = true)]
    phrase_score: PhraseScore,
    /// Pairs that come less often are no phrases
    #[arg(long, value_name = "N", default_value_t = 5)]
    phrase_min_count: u64,
    /// Words that may stand within a phrase (`bank_of_america`), up to four in a row: en for those of
    /// English, none, or a file with a word a line, 65,535 at most
    #[arg(long, value_name = "en|none|FILE", default_value = "en")]
    phrase_connectors: String,
}

impl PhraseArgs {
    /// Whether somebody decided on phrases, be it against them.
    pub(crate) fn is_typed(&self) -> bool {
        self.phrases.is_some()
    }

    /// The file of words.
    pub(crate) fn lists(&self) -> Vec<Named> {
        let path = (self.pairs.is_list()).then(|| PathBuf::from(&self.pairs.phrase_connectors));
        named("--phrase-connectors", path.as_slice())
    }

    pub(crate) fn options(&self) -> Result<PhraseOptions, Failure> {
        let pairs = self.pairs.options()?;
        Ok(PhraseOptions {
            passes: self.phrases.unwrap_or(0),
            threshold: self.phrase_threshold.unwrap_or(pairs.threshold),
            ..pairs
        })
    }
}

impl PairArgs {
    /// Whether the connectors are those of a file.
    fn is_list(&self) -> bool {
        !["en", "none"].contains(&self.phrase_connectors.as_str())
    }

    pub(crate) fn options(&self) -> Result<PhraseOptions, Failure> {
        let usual = PhraseOptions::default();
        Ok(PhraseOptions {
            score: self.phrase_score,
            threshold: self.phrase_score.usual_threshold(),
            min_count: self.phrase_min_count,
            connectors: match self.phrase_connectors.as_str() {
                "en" => usual.connectors,
                "none" => Vec::new(),
                file => read_words(Path::new(file))?,
            },
            ..usual
        })
    }
}
