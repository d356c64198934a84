//! Vectors to begin with: what they give, which of them stay as they are, what is kept of the rest.

use std::collections::HashSet;
use std::path::PathBuf;

use xxhash_rust::xxh3::Xxh3;

use super::choices::Vectors;
use super::options::{TrainConfig, TrainOptions};
use super::start::Freezing;
use crate::corpus::Corpus;
use crate::embeddings::{Embeddings, Metadata};
use crate::error::{OptionsError, Result, TrainError};
use crate::memory::{RowSet, SharedMatrix, le_bytes};

/// Mean length of input rows that training from nothing makes of words like these.
const NORM: f64 = 2.5;

/// Which words the trained vectors are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WordsOf {
    /// Those of the given vectors, in their order, then the others of the text.
    #[default]
    Both,
    /// Those of the text.
    Text,
    /// Those of the given vectors, in their order.
    Given,
}

impl WordsOf {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::Both, Self::Text, Self::Given];

    /// Its name as typed and stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Text => "text",
            Self::Given => "given",
        }
    }
}

/// Which given vectors stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Freeze {
    /// None of them.
    #[default]
    None,
    /// All of them.
    All,
    /// Those of these words.
    Words(HashSet<String>),
}

/// What is to be done with given vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenOptions {
    /// Which words the trained vectors are for.
    pub words: WordsOf,
    /// Which given vectors stay as they are.
    pub freeze: Freeze,
    /// Epochs after which they are trained like others; `None`: never.
    pub freeze_until: Option<usize>,
    /// Share of all tokens, 0 to 1, during which all given vectors stay as they are where they come without
    /// output rows, so that these are learnt before they pull at them.
    pub warm_up: f64,
}

impl Default for GivenOptions {
    fn default() -> Self {
        Self {
            words: WordsOf::Both,
            freeze: Freeze::None,
            freeze_until: None,
            warm_up: 0.2,
        }
    }
}

/// Vectors to begin with.
#[derive(Debug)]
pub struct Given {
    files: Vec<(PathBuf, Embeddings)>,
    options: GivenOptions,
}

/// What given vectors and a text have in common.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Overlap {
    /// Words of the text that have given vectors.
    pub shared: usize,
    /// Words of the text.
    pub text: usize,
    /// Words of the given vectors.
    pub given: usize,
    /// Share of the text's tokens that are shared words.
    pub tokens: f64,
    /// Shared words whose vectors stay as they are.
    pub frozen: usize,
    /// Words to freeze that have no given vector.
    pub not_given: usize,
    /// Shared words whose output rows are given, too.
    pub with_output: usize,
}

/// Where a row of the result comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    /// The given vectors' file and row.
    pub(super) given: Option<(usize, u32)>,
    /// The row that was trained.
    pub(super) text: Option<u32>,
}

impl Given {
    /// Takes vectors, the first file that has a word first. All of it is read and checked.
    ///
    /// # Errors
    /// A damaged file, vectors that are not finite or of different lengths, words to freeze of which
    /// none is there.
    pub fn new(files: Vec<(PathBuf, Embeddings)>, options: GivenOptions) -> Result<Self> {
        for (path, embeddings) in &files {
            embeddings.verify()?;
            let finite = |row: &[f32]| row.iter().all(|x| x.is_finite());
            let mut ids = 0..embeddings.len() as u32;
            let bad = ids.find(|&id| {
                let output = embeddings.output_row(id);
                !finite(embeddings.row(id)) || !output.is_none_or(finite)
            });
            if let Some(row) = bad {
                return Err(TrainError::GivenNotFinite {
                    path: path.clone(),
                    row,
                    word: embeddings.word(row).to_owned(),
                }
                .into());
            }
        }
        let given = Self { files, options };
        given.check_dim(given.dim())?;
        if let Freeze::Words(words) = &given.options.freeze
            && !words.iter().any(|word| given.find(word).is_some())
        {
            let first = words.iter().min().cloned().unwrap_or_default();
            return Err(TrainError::NothingToFreeze {
                words: words.len(),
                first,
            }
            .into());
        }
        Ok(given)
    }

    /// Length of the vectors.
    pub fn dim(&self) -> usize {
        self.files.first().map_or(0, |(_, first)| first.dim())
    }

    /// Insists on output rows, so that training goes on where it was.
    ///
    /// # Errors
    /// [`TrainError::NoOutput`] with the first file that has none.
    pub fn with_output(self) -> Result<Self> {
        match self.files.iter().find(|(_, e)| !e.has_output()) {
            Some((path, _)) => Err(TrainError::NoOutput(path.clone()).into()),
            None => Ok(self),
        }
    }

    /// Where the vectors of the first file come from.
    pub fn metadata(&self) -> Option<&Metadata> {
        self.files.first().map(|(_, first)| first.metadata())
    }

    /// What is to be done with them.
    pub fn options(&self) -> &GivenOptions {
        &self.options
    }

    /// Whether training as `options` want it can begin with these vectors.
    ///
    /// # Errors
    /// Another length; combined vectors, which are no longer those that were given.
    pub fn check(&self, options: &TrainOptions) -> Result<()> {
        if options.vectors == Vectors::Combined {
            return Err(OptionsError::Combined { name: "init" }.into());
        }
        self.check_dim(options.dim)
    }

    /// Compares the vectors' length with the one that is trained.
    fn check_dim(&self, dim: usize) -> Result<()> {
        let differs = self.files.iter().find(|(_, e)| e.dim() != dim);
        differs.map_or(Ok(()), |(path, embeddings)| {
            Err(TrainError::GivenDim {
                path: path.clone(),
                expected: dim,
                found: embeddings.dim(),
            }
            .into())
        })
    }

    /// Every word, each once.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.ids().map(|(file, id)| self.files[file].1.word(id))
    }

    /// Every word's file and row, the first file that has it.
    fn ids(&self) -> impl Iterator<Item = (usize, u32)> {
        self.files
            .iter()
            .enumerate()
            .flat_map(move |(file, (_, e))| {
                let first = move |id: &u32| {
                    file == 0 || self.find(e.word(*id)).is_some_and(|found| found.0 == file)
                };
                (0..e.len() as u32).filter(first).map(move |id| (file, id))
            })
    }

    /// The file and row of a word.
    fn find(&self, word: &str) -> Option<(usize, u32)> {
        let mut files = self.files.iter().enumerate();
        files.find_map(|(file, (_, e))| Some((file, e.id(word)?)))
    }

    /// A given row.
    pub(super) fn row(&self, (file, id): (usize, u32)) -> &[f32] {
        self.files[file].1.row(id)
    }

    /// A given output row.
    pub(super) fn output_row(&self, (file, id): (usize, u32)) -> Option<&[f32]> {
        self.files[file].1.output_row(id)
    }

    /// What the vectors and `corpus` have in common.
    pub fn overlap(&self, corpus: &Corpus) -> Overlap {
        let (vocab, frozen) = (corpus.vocab(), self.frozen(corpus));
        let mut overlap = Overlap {
            text: vocab.len(),
            given: self.ids().count(),
            frozen: frozen.len(),
            ..Overlap::default()
        };
        let mut tokens = 0;
        for id in 0..vocab.len() as u32 {
            if let Some(found) = self.find(vocab.word(id)) {
                overlap.shared += 1;
                overlap.with_output += usize::from(self.output_row(found).is_some());
                tokens += vocab.counts()[id as usize];
            }
        }
        overlap.tokens = tokens as f64 / vocab.tokens().max(1) as f64;
        if let Freeze::Words(words) = &self.options.freeze {
            overlap.not_given = words.iter().filter(|w| self.find(w).is_none()).count();
        }
        overlap
    }

    /// What given rows are multiplied by for a run, and divided by after it: a power of two, so that
    /// both are exact.
    ///
    /// Steps are as long as they are whatever a row's length, so vectors at length 1, as many files
    /// have them, would be turned far more than those that training itself makes.
    pub(super) fn scale(&self, corpus: &Corpus) -> f32 {
        let vocab = corpus.vocab();
        let ids = 0..vocab.len() as u32;
        let shared = ids.filter_map(|id| self.find(vocab.word(id)));
        let norms = shared.map(|(file, id)| {
            let inverse = self.files[file].1.inverse_norms()[id as usize];
            if inverse > 0.0 { 1.0 / inverse } else { 0.0 }
        });
        let (sum, words) = norms.fold((0.0, 0), |(sum, n), norm| (sum + f64::from(norm), n + 1));
        let ratio = NORM * f64::from(words) / sum;
        match ratio.is_finite() {
            true => libm::log2(ratio).round().clamp(0.0, 40.0).exp2() as f32,
            false => 1.0,
        }
    }

    /// Puts the given rows into the matrices of a run.
    pub(super) fn fill(&self, corpus: &Corpus, input: &SharedMatrix, output: &SharedMatrix) {
        let (vocab, scale) = (corpus.vocab(), self.scale(corpus));
        let scaled = |row: &[f32], by: f32| row.iter().map(|x| x * by).collect::<Vec<_>>();
        for id in 0..vocab.len() as u32 {
            if let Some(at) = self.find(vocab.word(id)) {
                input.write_row(id, &scaled(self.row(at), scale));
                if let Some(row) = self.output_row(at) {
                    // What the two predict together stays the same.
                    output.write_row(id, &scaled(row, 1.0 / scale));
                }
            }
        }
    }

    /// The rows of a run that are given without their output rows.
    fn bare(&self, corpus: &Corpus) -> RowSet {
        let vocab = corpus.vocab();
        let bare = |id: &u32| {
            let found = self.find(vocab.word(*id));
            found.is_some_and(|at| self.output_row(at).is_none())
        };
        (0..vocab.len() as u32).filter(bare).collect()
    }

    /// The rows of a run that stay as they are.
    fn frozen(&self, corpus: &Corpus) -> RowSet {
        let vocab = corpus.vocab();
        let frozen = |word: &str| match &self.options.freeze {
            Freeze::None => false,
            Freeze::All => true,
            Freeze::Words(words) => words.contains(word),
        };
        let wanted = |id: &u32| {
            let word = vocab.word(*id);
            frozen(word) && self.find(word).is_some()
        };
        (0..vocab.len() as u32).filter(wanted).collect()
    }

    /// Which rows stay as they are, and for how many tokens of all epochs.
    pub(super) fn freezing(&self, config: &TrainConfig, corpus: &Corpus) -> Freezing {
        let total = corpus.tokens() * config.options().epochs as u64;
        let (bare, frozen) = (self.bare(corpus), self.frozen(corpus));
        let until = self.options.freeze_until;
        let until = until.map_or(u64::MAX, |epochs| {
            corpus.tokens().saturating_mul(epochs as u64)
        });
        let warm = (self.options.warm_up * total as f64) as u64;
        let both: RowSet = bare.rows().chain(frozen.rows()).collect();
        Freezing(match until < warm {
            true => [(until, both), (warm, bare)],
            false => [(warm, both), (until, frozen)],
        })
    }

    /// Where each row of the result comes from.
    pub(super) fn origins(&self, corpus: &Corpus) -> Vec<Origin> {
        let vocab = corpus.vocab();
        let of_text = |text: u32| Origin {
            given: self.find(vocab.word(text)),
            text: Some(text),
        };
        let texts = 0..vocab.len() as u32;
        if self.options.words == WordsOf::Text {
            let trained = |origin| Origin {
                given: None,
                ..origin
            };
            return texts.map(of_text).map(trained).collect();
        }
        let of_given = |(file, id): (usize, u32)| Origin {
            given: Some((file, id)),
            text: vocab.id(self.files[file].1.word(id)),
        };
        let mut all: Vec<Origin> = self.ids().map(of_given).collect();
        if self.options.words == WordsOf::Both {
            all.extend(texts.map(of_text).filter(|origin| origin.given.is_none()));
        }
        all
    }

    /// Rows of the result: as many as there are [`Self::origins`].
    pub(super) fn rows(&self, corpus: &Corpus) -> usize {
        let vocab = corpus.vocab();
        let new = || {
            let words = (0..vocab.len() as u32).map(|id| vocab.word(id));
            words.filter(|word| self.find(word).is_none()).count()
        };
        match self.options.words {
            WordsOf::Text => vocab.len(),
            WordsOf::Given => self.ids().count(),
            WordsOf::Both => self.ids().count() + new(),
        }
    }

    /// A given word and its count.
    pub(super) fn word(&self, (file, id): (usize, u32)) -> (&str, u64) {
        let embeddings = &self.files[file].1;
        (embeddings.word(id), embeddings.count(id))
    }

    /// XXH3-64 of all that a run takes from them, at its beginning and at its end.
    pub(super) fn checksum(&self) -> u64 {
        let mut sum = Xxh3::new();
        for at in self.ids() {
            let (word, count) = self.word(at);
            sum.update(word.as_bytes());
            // No byte of UTF-8: the words cannot run into what follows.
            sum.update(&[0xFF]);
            sum.update(&count.to_le_bytes());
            sum.update(&le_bytes(self.row(at)));
            let output = self.output_row(at);
            sum.update(&[u8::from(output.is_some())]);
            sum.update(&le_bytes(output.unwrap_or_default()));
        }
        sum.digest()
    }

    /// The names of their files.
    pub(super) fn names(&self) -> String {
        let names = self.files.iter().map(|(path, _)| path.display());
        names
            .map(|name| name.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// What decides the result, as stored in a model.
    pub fn describe(&self) -> Vec<(String, String)> {
        let freeze = match &self.options.freeze {
            Freeze::None => "none".to_owned(),
            Freeze::All => "all".to_owned(),
            Freeze::Words(words) => format!("{} words", words.len()),
        };
        let mut all = vec![
            ("init", self.names()),
            ("init-words", self.options.words.name().to_owned()),
            ("freeze", freeze),
        ];
        let until = self.options.freeze_until;
        all.extend(until.map(|epochs| ("freeze-until", epochs.to_string())));
        let own = |(name, value): (&str, _)| (name.to_owned(), value);
        all.into_iter().map(own).collect()
    }
}
