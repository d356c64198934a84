//! From the trained matrices to embeddings.

use ndarray::Array2;

use super::options::{TrainConfig, Vectors};
use crate::corpus::Corpus;
use crate::embeddings::{Embeddings, Metadata, inverse_norm};
use crate::error::Result;
use crate::memory::SharedMatrix;

/// Weight of the output row in combined vectors.
const OUTPUT_SHARE: f32 = 0.5;

/// The vectors asked for, with their history.
pub(super) fn embeddings(
    config: &TrainConfig,
    corpus: &Corpus,
    (input, output): (SharedMatrix, SharedMatrix),
    loss: &[f64],
) -> Result<Embeddings> {
    if config.options().vectors == Vectors::Combined {
        combine(&input, &output);
    }
    // Before the copy below, so that no more than two matrices are ever held.
    drop(output);
    let mut matrix = Array2::zeros((input.rows(), input.dim()));
    for (id, mut row) in matrix.rows_mut().into_iter().enumerate() {
        if let Some(row) = row.as_slice_mut() {
            input.read_row(id as u32, row);
        }
    }
    let metadata = metadata(config, corpus, loss);
    Ok(Embeddings::new(corpus.vocab().clone(), matrix, metadata))
}

/// Where the vectors come from.
pub(super) fn metadata(config: &TrainConfig, corpus: &Corpus, loss: &[f64]) -> Metadata {
    let facts = corpus.facts();
    Metadata {
        tool: concat!("w2v ", env!("CARGO_PKG_VERSION")).to_owned(),
        text: corpus.text().to_map(),
        training: config.describe(),
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

/// Puts `unit(input) + 0.5 unit(output)` into every input row.
fn combine(input: &SharedMatrix, output: &SharedMatrix) {
    let (mut a, mut b) = (vec![0.0; input.dim()], vec![0.0; input.dim()]);
    for id in 0..input.rows() as u32 {
        input.read_row(id, &mut a);
        output.read_row(id, &mut b);
        let (x, y) = (inverse_norm(&a), OUTPUT_SHARE * inverse_norm(&b));
        for (a, b) in a.iter_mut().zip(&b) {
            *a = *a * x + *b * y;
        }
        input.write_row(id, &a);
    }
}
