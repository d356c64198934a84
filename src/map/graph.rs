//! The nearest neighbours of every word, by exact search.

use crate::embeddings::Embeddings;
use crate::error::Result;
use crate::query::{Space, Target};

/// Words whose neighbours are looked for in one pass over the vectors.
const TOGETHER: usize = 2048;

/// For each word as many neighbours, the nearest first.
#[derive(Debug, Clone)]
pub struct Graph {
    degree: usize,
    ids: Vec<u32>,
    cosines: Vec<f32>,
}

impl Graph {
    /// The `degree` nearest neighbours of every word of `embeddings`, fewer where there are not as
    /// many words. Every vector is of length 1. `progress` is told the share that is done.
    pub(super) fn of(
        embeddings: &Embeddings,
        degree: usize,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Self> {
        let n = embeddings.len();
        let degree = degree.min(n.saturating_sub(1));
        let mut graph = Self {
            degree,
            ids: Vec::new(),
            cosines: Vec::new(),
        };
        for start in (0..n).step_by(TOGETHER) {
            progress(start as f64 / n as f64);
            let words = start as u32..n.min(start + TOGETHER) as u32;
            let targets =
                words.filter_map(|id| Target::sum(&[embeddings.row(id).to_vec()], &[], vec![id]));
            let targets: Vec<Target> = targets.collect();
            for hits in Space::new(embeddings, n).scan(&targets, degree)? {
                graph.ids.extend(hits.iter().map(|hit| hit.id));
                graph.cosines.extend(hits.iter().map(|hit| hit.similarity));
            }
        }
        Ok(graph)
    }

    /// A graph by hand.
    #[cfg(test)]
    pub(super) fn from_parts(degree: usize, ids: Vec<u32>, cosines: Vec<f32>) -> Self {
        Self {
            degree,
            ids,
            cosines,
        }
    }

    /// The first `degree` neighbours of each word.
    pub(super) fn cut(self, degree: usize) -> Self {
        let kept = degree.min(self.degree);
        let rows = 0..self.len();
        Self {
            degree: kept,
            ids: rows
                .clone()
                .flat_map(|row| &self.ids(row)[..kept])
                .copied()
                .collect(),
            cosines: rows
                .flat_map(|row| &self.cosines(row)[..kept])
                .copied()
                .collect(),
        }
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.ids.len().checked_div(self.degree).unwrap_or(0)
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Neighbours of each word.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// The neighbours of a word.
    pub fn ids(&self, word: usize) -> &[u32] {
        &self.ids[word * self.degree..][..self.degree]
    }

    /// Their cosines with the word.
    pub fn cosines(&self, word: usize) -> &[f32] {
        &self.cosines[word * self.degree..][..self.degree]
    }
}
