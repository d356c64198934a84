//! A run, or several, as a page to look at: `train --report` and `compare`.

mod chart;
mod page;
mod run;

use std::io::Write;
use std::path::Path;

use w2v::embeddings::Embeddings;
use w2v::format::AtomicFile;
use w2v::query;

use super::Failure;
use super::log::Event;

pub(crate) use run::Run;

/// Writes the page of `runs` to `path`, whole or not at all.
pub(crate) fn write(path: &Path, runs: &[Run]) -> Result<(), Failure> {
    let mut file = AtomicFile::create(path)?;
    let page = page::page(runs);
    file.write_all(page.as_bytes())
        .map_err(|e| w2v::Error::io(path, "write", e))?;
    file.commit()?;
    Ok(())
}

/// Words shown with their neighbours, at most, and how many neighbours of each.
const EXAMPLES: (usize, usize) = (12, 6);
/// The first example's rank: more frequent words are mostly grammar.
const FIRST_EXAMPLE: usize = 100;

/// Neighbours of words from frequent to rare, each at twice the rank of the one before.
pub(crate) fn examples(model: &Embeddings) -> w2v::Result<Vec<Event>> {
    let first = FIRST_EXAMPLE.min(model.len() / 10).max(1);
    let ranks = std::iter::successors(Some(first), |rank| rank.checked_mul(2));
    let ranks = ranks
        .take(EXAMPLES.0)
        .take_while(|rank| *rank < model.len());
    let frequent = model.most_frequent(usize::MAX);
    let words: Vec<&str> = ranks.map(|rank| model.word(frequent[rank])).collect();
    let answers = query::nearest_each(model, &words, EXAMPLES.1)?;
    let events = words.iter().zip(answers).filter_map(|(word, answer)| {
        // A word without a direction has no neighbours to show.
        let near = answer.ok()?.into_iter();
        Some(Event::Neighbors {
            word: (*word).to_owned(),
            neighbors: near.map(|near| (near.word, near.similarity)).collect(),
        })
    });
    Ok(events.collect())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use w2v::embeddings::{Metadata, OwnedEmbeddings};

    use super::*;

    /// Given vectors come first, however rare their words are in the text.
    #[test]
    fn examples_are_chosen_by_frequency() {
        let words = (0..30).map(|i| (format!("w{i}"), i));
        let matrix = Array2::from_shape_fn((30, 4), |(i, j)| (i * 7 + j * 3) as f32 % 5.0 + 1.0);
        let owned = OwnedEmbeddings::from_words(words, matrix);
        let model = Embeddings::from_owned(owned, Metadata::default());
        let examples = examples(&model).unwrap();
        let words = examples.iter().map(|event| match event {
            Event::Neighbors { word, .. } => word.as_str(),
            _ => "",
        });
        // Ranks 3, 6, 12 and 24 from the last row on.
        assert_eq!(words.collect::<Vec<_>>(), ["w26", "w23", "w17", "w5"]);
    }
}
