//! The place of a run, as it is stored: JSON, so that a later version can add to it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::error::{CheckpointError, Result};
use crate::graph::Graph;
use crate::kernels::Kernel;
use crate::train::given::Given;
use crate::train::options::{TrainConfig, TrainOptions};
use crate::train::result::Sources;
use crate::train::start::Freezing;
use crate::train::worker::Loss;

/// Everything of a run but its matrices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) options: TrainOptions,
    /// The family of kernels that ran.
    pub(super) kernel: Kernel,
    pub(super) text: Fingerprint,
    /// Pieces of work that are done: all below this one.
    pub(super) next: usize,
    pub(super) loss: Vec<Loss>,
    /// Weights of the positions in a window as bits, where there are any.
    #[serde(default)]
    pub(super) positions: Option<Vec<u32>>,
    pub(super) tokens: u64,
    pub(super) tokens_total: u64,
    /// Seconds of training so far.
    pub(super) seconds: f64,
    pub(super) note: String,
}

impl State {
    pub(super) fn encode(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    pub(super) fn decode(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }

    pub(super) fn elapsed(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or_default()
    }

    /// Whether a run of `config` is the one that was begun. The number of threads is free, and the
    /// kernels are where nobody promised the same bytes.
    pub(super) fn check_options(&self, path: &Path, config: &TrainConfig) -> Result<()> {
        let begun = TrainOptions {
            kernel: Some(self.kernel),
            ..self.options.clone()
        };
        let (begun, now) = (begun.describe(), config.describe());
        let exact = config.options().deterministic;
        let free = |name: &str| name == "threads" || name == "kernel" && !exact;
        let mut names = begun.keys().chain(now.keys()).filter(|name| !free(name));
        let of = |map: &BTreeMap<String, String>, name: &String| {
            map.get(name).cloned().unwrap_or_else(|| "none".to_owned())
        };
        match names.find(|name| begun.get(*name) != now.get(*name)) {
            None => Ok(()),
            Some(name) => Err(CheckpointError::Option {
                path: path.to_path_buf(),
                name: name.clone(),
                expected: of(&begun, name),
                found: of(&now, name),
            }
            .into()),
        }
    }
}

/// What tells one encoded text from another, and so what is read beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fingerprint {
    words: u64,
    tokens: u64,
    /// XXH3-64 of the words and their counts.
    vocab: u64,
    /// XXH3-64 of the ids in their order.
    ids: u64,
    /// The same of a graph's edges. As what follows, none where there is no such thing, and in older checkpoints,
    /// which cannot tell.
    #[serde(default)]
    edges: Option<u64>,
    /// The same of the given vectors.
    #[serde(default)]
    given: Option<u64>,
    /// The same of the rows that stay as they are.
    #[serde(default)]
    frozen: Option<u64>,
}

impl Fingerprint {
    pub(super) fn of(sources: &Sources<'_>, freezing: &Freezing) -> Self {
        let corpus = sources.corpus;
        let vocab = corpus.vocab();
        let mut words = Xxh3::new();
        for (id, count) in vocab.counts().iter().enumerate() {
            words.update(vocab.word(id as u32).as_bytes());
            // No byte of UTF-8: the words cannot run into each other.
            words.update(&[0xFF]);
            words.update(&count.to_le_bytes());
        }
        let mut ids = Xxh3::new();
        let (mut segment, mut bytes) = (Vec::new(), Vec::new());
        for index in 0..corpus.segments() {
            corpus.read_segment(index, &mut segment);
            for part in segment.chunks(1 << 16) {
                bytes.clear();
                bytes.extend(part.iter().flat_map(|id| id.to_le_bytes()));
                ids.update(&bytes);
            }
        }
        Self {
            words: vocab.len() as u64,
            tokens: corpus.tokens(),
            vocab: words.digest(),
            ids: ids.digest(),
            edges: sources.graph.map(Graph::checksum),
            given: sources.given.map(Given::checksum),
            frozen: sources.given.map(|_| freezing.checksum()),
        }
    }

    /// The first thing of the text that is not the same, with both its values.
    pub(super) fn difference(&self, now: &Self) -> Option<(&'static str, String, String)> {
        let all = [
            ("tokens that are kept", self.tokens, now.tokens),
            ("words in the vocabulary", self.words, now.words),
        ];
        let some = |(what, then, now)| (what, Some(then), Some(now));
        let sums = [
            some(("the words and their counts", self.vocab, now.vocab)),
            some(("the order of the words", self.ids, now.ids)),
            ("the edges and their weights", self.edges, now.edges),
        ];
        let number = |(what, then, now): (&'static str, u64, u64)| {
            (then != now).then(|| (what, then.to_string(), now.to_string()))
        };
        let sum = |(what, then, now)| {
            let (then, now) = other(then, now)?;
            Some((what, then, now))
        };
        all.into_iter()
            .find_map(number)
            .or_else(|| sums.into_iter().find_map(sum))
    }

    /// The sums of given vectors that are not the same.
    pub(super) fn other_vectors(&self, now: &Self) -> Option<(String, String)> {
        other(self.given, now.given)
    }

    /// The sums of frozen rows that are not the same.
    pub(super) fn other_frozen(&self, now: &Self) -> Option<(String, String)> {
        other(self.frozen, now.frozen)
    }
}

/// A sum that was noted and the one that is found, where they are not the same.
fn other(then: Option<u64>, now: Option<u64>) -> Option<(String, String)> {
    let then = then.filter(|_| then != now)?;
    let now = now.map_or_else(|| "none".to_owned(), |now| format!("{now:016x}"));
    Some((format!("sum {then:016x}"), now))
}
