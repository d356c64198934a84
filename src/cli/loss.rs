//! What numbers smaller than f32 cost, measured.

use std::path::Path;

use ndarray::Array2;
use w2v::Error;
use w2v::embeddings::{Embeddings, Metadata, OwnedEmbeddings};
use w2v::query::{self, Neighbor};

use super::human;

/// Words that are asked about.
const ASKED: usize = 1_000;
/// Neighbours of each.
const TOP: usize = 10;
/// Words among which they are looked for: the most frequent ones, so that it takes a second.
const AMONG: usize = 100_000;

/// How many of the nearest neighbours in `original` are still so in the file `path`, which was written
/// from it; nothing where that is no file.
pub(crate) fn measured(original: &Embeddings, path: &Path) -> Result<Option<String>, Error> {
    if !path.is_file() {
        return Ok(None);
    }
    let written = w2v::format::open(path)?;
    let ids = written.most_frequent(AMONG).into_iter();
    let words: Vec<&str> = ids.map(|id| written.word(id)).collect();
    let exact = reference(original, &words);
    let step = words.len().div_ceil(ASKED).max(1);
    let asked: Vec<&str> = words.iter().copied().step_by(step).collect();
    let search = query::Search {
        top: TOP,
        limit: words.len(),
    };
    let (mut kept, mut all, mut same, mut questions) = (0, 0, 0, 0);
    let expected = query::nearest_each(&exact, &asked, TOP)?;
    for (word, expected) in asked.iter().zip(expected) {
        // A word without direction has no neighbours to lose.
        let Ok(expected) = expected else { continue };
        // One by one, as people ask: that is where the small numbers are searched.
        let question = [query::Question::nearest(word)];
        let found = query::answer_each(&written, &question, search)?.pop();
        let found = found.and_then(Result::ok).unwrap_or_default();
        let shared = shared(&expected, &found);
        kept += shared;
        all += expected.len();
        same += usize::from(shared == expected.len());
        questions += 1;
    }
    let percent = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
    Ok(Some(format!(
        "of the {TOP} nearest to {questions} words (among {}) {:.2} % are kept; {:.1} % of the \
         answers are the same {TOP}",
        human::count(words.len() as u64),
        percent(kept, all),
        percent(same, questions)
    )))
}

/// The vectors of `words` as they were.
fn reference(original: &Embeddings, words: &[&str]) -> Embeddings {
    let mut matrix = Array2::zeros((words.len(), original.dim()));
    for (word, mut row) in words.iter().zip(matrix.rows_mut()) {
        if let Some(id) = original.id(word) {
            let vector = original.vector(id);
            row.iter_mut()
                .zip(vector.iter())
                .for_each(|(to, x)| *to = *x);
        }
    }
    let words = words.iter().map(|word| (*word, 0));
    Embeddings::from_owned(
        OwnedEmbeddings::from_words(words, matrix),
        Metadata::default(),
    )
}

fn shared(a: &[Neighbor], b: &[Neighbor]) -> usize {
    let there = |x: &&Neighbor| b.iter().any(|y| y.word == x.word);
    a.iter().filter(there).count()
}
