//! From the trained matrices to embeddings.

use ndarray::Array2;
use rayon::prelude::*;

use super::choices::{InputKind, Vectors};
use super::combine::combine;
use super::given::{Given, Origin};
use super::level::level;
use super::options::TrainConfig;
use crate::corpus::Corpus;
use crate::embeddings::{Embeddings, Metadata, OwnedEmbeddings, WordList};
use crate::error::Result;
use crate::graph::Graph;
use crate::memory::SharedMatrix;

/// What a run was made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) config: &'a TrainConfig,
    pub(super) corpus: &'a Corpus,
    pub(super) graph: Option<&'a Graph>,
    pub(super) given: Option<&'a Given>,
}

/// The vectors asked for, with their history.
pub(super) fn embeddings(
    sources: &Sources<'_>,
    (input, output): (SharedMatrix, SharedMatrix),
    loss: &[f64],
) -> Result<Embeddings> {
    let options = sources.config.options();
    if options.vectors == Vectors::Combined {
        combine(sources.config.kernel(), &input, &output);
        if options.input == InputKind::Text {
            level(sources.config.kernel(), &input);
        }
    }
    let origins = sources.origins();
    let mut metadata = metadata(sources.config, sources.corpus, loss);
    let of_given = sources.given.map(Given::describe).unwrap_or_default();
    metadata.training.extend(of_given);
    let scale = sources.given.map_or(1.0, |g| g.scale(sources.corpus));
    let kept = options.keep_output.then(|| {
        let given = |at| sources.given.and_then(|given| given.output_row(at));
        rows(&origins, (&output, scale), given)
    });
    // Before the copy below, so that few matrices are held at once.
    drop(output);
    let given = |at| sources.given.map(|given| given.row(at));
    let matrix = rows(&origins, (&input, 1.0 / scale), given);
    let owned = OwnedEmbeddings::from_list(sources.words(&origins), matrix);
    let embeddings = Embeddings::from_owned(owned, metadata);
    Ok(match kept {
        Some(output) => embeddings.with_output(output),
        None => embeddings,
    })
}

/// The rows that were trained, times a number, and those of `given` for the others; zeros where it has none.
fn rows<'g>(
    origins: &[Origin],
    (trained, scale): (&SharedMatrix, f32),
    given: impl Fn((usize, u32)) -> Option<&'g [f32]> + Sync,
) -> Array2<f32> {
    let mut matrix = Array2::zeros((origins.len(), trained.dim()));
    let places = origins.par_iter().zip(matrix.outer_iter_mut());
    places.for_each(|(origin, mut row)| {
        let Some(row) = row.as_slice_mut() else {
            return;
        };
        match (origin.text, origin.given.and_then(&given)) {
            (Some(id), _) => {
                trained.read_row(id, row);
                row.iter_mut().for_each(|x| *x *= scale);
            }
            (None, Some(given)) => row.copy_from_slice(given),
            (None, None) => {}
        }
    });
    matrix
}

impl Sources<'_> {
    fn origins(&self) -> Vec<Origin> {
        let of_text = |id| Origin {
            given: None,
            text: Some(id),
        };
        match self.given {
            Some(given) => given.origins(self.corpus),
            None => (0..self.corpus.vocab().len() as u32).map(of_text).collect(),
        }
    }

    /// The words of the result; a word is counted in all texts that its vector was trained on, as
    /// far as that is known.
    fn words(&self, origins: &[Origin]) -> WordList {
        let vocab = self.corpus.vocab();
        let mut words = WordList::default();
        for origin in origins {
            let given = origin.given.zip(self.given);
            let given = given.map(|(at, given)| given.word(at));
            let text = origin
                .text
                .map(|id| (vocab.word(id), vocab.counts()[id as usize]));
            let count = |word: Option<(&str, u64)>| word.map_or(0, |(_, count)| count);
            if let Some((word, _)) = given.or(text) {
                words.push(word, count(given).saturating_add(count(text)));
            }
        }
        words
    }
}

/// Where the vectors come from.
pub(super) fn metadata(config: &TrainConfig, corpus: &Corpus, loss: &[f64]) -> Metadata {
    let facts = corpus.facts();
    let mut training = config.describe();
    training.extend(corpus.scanned().clone());
    Metadata {
        tool: concat!("w2v ", env!("CARGO_PKG_VERSION")).to_owned(),
        text: corpus.text().to_map(),
        training,
        corpus: [
            ("bytes", facts.bytes),
            ("lines", facts.lines),
            ("tokens", facts.tokens),
            ("types", facts.types),
            ("kept-tokens", corpus.tokens()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into(),
        loss: loss.to_vec(),
    }
}
