//! Vectors to begin with, as typed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use w2v::corpus::{Corpus, ScanOptions};
use w2v::format::{self, ReadOptions};
use w2v::text::{TextOptions, read_words};
use w2v::train::{Freeze, Given, GivenOptions, InputKind, TrainOptions, Vectors, WordsOf};

use super::Failure;
use super::human;
use super::kinds::{CATEGORIES, WORDS};
use super::log::Event;
use super::model::note;
use super::paths::Named;
use super::progress::Talk;
use super::trainer_args::choice;

/// Share of the usual learning rate for vectors that know much already.
const LR_SHARE: f64 = 0.5;

/// Options, by their ids, that a model which is trained further decides: what a word is, and the shape of
/// what was trained.
fn as_before() -> impl Iterator<Item = &'static str> {
    let shape = ["init", "dim", "objective", "vectors"].into_iter();
    let cut = WORDS.iter().chain(CATEGORIES).copied();
    shape.chain(cut)
}

/// Vectors to begin with.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Given vectors")]
#[group(id = "given", multiple = true)]
pub(crate) struct GivenArgs {
    /// Begin with the vectors of FILE, of any format; of several files, given one by one, the first
    /// that has a word counts
    #[arg(long, value_name = "FILE", group = "vectors_to_begin_with")]
    init: Vec<PathBuf>,
    /// Train a model further that was trained with --keep-output: the text is cut as its text was,
    /// and what is learnt is as then unless said otherwise; its output rows are kept again
    #[arg(
        long = "continue",
        value_name = "FILE",
        conflicts_with_all = as_before(),
        group = "vectors_to_begin_with"
    )]
    further: Option<PathBuf>,
    /// Whose words get vectors: those of the given vectors, in their order, then the others of the
    /// text; only the text's; only the given ones [default: both]
    #[arg(long, value_parser = choice(WordsOf::ALL, WordsOf::name), requires = "vectors_to_begin_with")]
    init_words: Option<WordsOf>,
    /// Given vectors that stay as they are, bit by bit: none, all, or those of the words in FILE, one
    /// a line [default: none]
    #[arg(long, value_name = "none|all|FILE", requires = "vectors_to_begin_with")]
    freeze: Option<PathBuf>,
    /// Train frozen vectors too after so many epochs
    #[arg(long, value_name = "EPOCHS", requires = "freeze")]
    freeze_until: Option<usize>,
}

impl GivenArgs {
    /// The files of vectors.
    pub(crate) fn vectors(&self) -> Vec<Named> {
        let init = self.init.iter().map(|path| ("--init", path.clone()));
        let further = (self.further.iter()).map(|path| ("--continue", path.clone()));
        init.chain(further).collect()
    }

    /// The files of words.
    pub(crate) fn lists(&self) -> Vec<Named> {
        let freeze = self.freeze.iter();
        freeze.map(|path| ("--freeze", path.clone())).collect()
    }

    /// Reads and checks the vectors, when any are given.
    pub(crate) fn open(&self) -> Result<Option<Given>, Failure> {
        let paths: Vec<&PathBuf> = self.init.iter().chain(&self.further).collect();
        if paths.is_empty() {
            return Ok(None);
        }
        let freeze = self.freeze.as_deref().map(freeze).transpose()?;
        let options = GivenOptions {
            words: self.init_words.unwrap_or_default(),
            freeze: freeze.unwrap_or_default(),
            freeze_until: self.freeze_until,
            ..GivenOptions::default()
        };
        let mut files = Vec::new();
        for path in paths {
            let (embeddings, report) = format::read(path, &ReadOptions::default())?;
            report.notes().iter().for_each(|text| note(text));
            files.push((path.clone(), embeddings));
        }
        let given = Given::new(files, options)?;
        Ok(Some(match self.further {
            Some(_) => given.with_output()?,
            None => given,
        }))
    }

    /// What decides the usual options of a model that is trained further, as it was; else the default.
    pub(crate) fn begun(&self, given: Option<&Given>) -> TrainOptions {
        let usual = TrainOptions::default();
        match self.further.as_ref().and(given).and_then(Given::metadata) {
            Some(metadata) => usual.as_trained(&metadata.training),
            None => usual,
        }
    }

    /// What training takes for options that are not typed; `usual` where there are no given vectors.
    pub(crate) fn defaults(&self, usual: TrainOptions, given: Option<&Given>) -> TrainOptions {
        let Some(given) = given else {
            return usual;
        };
        let with_given = TrainOptions {
            dim: given.dim(),
            lr: usual.lr * LR_SHARE,
            // Every pass moves the vectors further from what they were.
            epochs: usual.epochs.div_ceil(2),
            vectors: Vectors::Input,
            ..usual
        };
        match (&self.further, given.metadata()) {
            (Some(_), Some(metadata)) => TrainOptions {
                keep_output: true,
                ..with_given.as_trained(&metadata.training)
            },
            _ => with_given,
        }
    }

    /// Refuses to train a model further in another way than it was trained.
    pub(crate) fn check(
        &self,
        given: &Given,
        kind: InputKind,
        with_phrases: bool,
    ) -> Result<(), Failure> {
        let (Some(path), Some(metadata)) = (&self.further, given.metadata()) else {
            return Ok(());
        };
        let was = |name: &str| metadata.training.get(name).map(String::as_str);
        let trained_on = was("input").unwrap_or(InputKind::Text.name());
        if trained_on != kind.name() {
            return Err(Failure::OtherInput {
                path: path.clone(),
                input: trained_on.to_owned(),
            });
        }
        if was("position-weights") == Some("true") {
            return Err(Failure::PositionWeights(path.clone()));
        }
        let text = TextOptions::from_map(&metadata.text)?;
        match text.phrases > 0 && !with_phrases {
            true => Err(Failure::HadPhrases {
                path: path.clone(),
                passes: text.phrases,
            }),
            false => Ok(()),
        }
    }

    /// What the scan has to do otherwise.
    pub(crate) fn scan(&self, given: &Given, scan: &mut ScanOptions) -> Result<(), Failure> {
        if let (Some(_), Some(metadata)) = (&self.further, given.metadata()) {
            scan.text = TextOptions::from_map(&metadata.text)?;
            scan.detect_tokenizer = false;
        }
        if given.options().words == WordsOf::Given {
            let words = given.words().map(str::to_owned);
            scan.only = Some(match scan.only.take() {
                Some(list) => {
                    let list: HashSet<String> = HashSet::from_iter(list);
                    words.filter(|word| list.contains(word)).collect()
                }
                None => words.collect(),
            });
        }
        Ok(())
    }
}

fn freeze(typed: &Path) -> Result<Freeze, Failure> {
    Ok(match typed.to_str() {
        Some("none") => Freeze::None,
        Some("all") => Freeze::All,
        _ => Freeze::Words(HashSet::from_iter(read_words(typed)?)),
    })
}

/// Says what the text and the given vectors have in common.
pub(crate) fn tell(given: &Given, corpus: &Corpus, talk: &mut Talk) {
    let overlap = given.overlap(corpus);
    let count = |n: usize| human::count(n as u64);
    let frozen = match (overlap.frozen, given.options().freeze_until) {
        (0, _) => String::new(),
        (n, None) => format!(", {} of them frozen", count(n)),
        (n, Some(epochs)) => format!(", {} of them frozen until epoch {epochs} is over", count(n)),
    };
    talk.line(&format!(
        "  {} of the words ({:.1} %) have given vectors: {:.1} % of the tokens{frozen}",
        count(overlap.shared),
        100.0 * overlap.shared as f64 / overlap.text.max(1) as f64,
        100.0 * overlap.tokens,
    ));
    talk.line(&format!(
        "  {} words are new; {} given ones are not in the text",
        count(overlap.text - overlap.shared),
        count(overlap.given - overlap.shared),
    ));
    if overlap.not_given > 0 {
        talk.line(&format!(
            "note: {} of the words to freeze have no given vector",
            count(overlap.not_given)
        ));
    }
    talk.log.record(Event::Given {
        shared: overlap.shared,
        text_words: overlap.text,
        given_words: overlap.given,
        shared_tokens: overlap.tokens,
        frozen: overlap.frozen,
    });
}
