//! Pictures of vectors: words in a plane, as a page to explore or a figure to print.
//!
//! May use `embeddings` and `query`.

mod affinity;
mod categories;
mod cluster;
mod fft;
mod graph;
mod labels;
mod page;
mod pca;
mod plot;
mod repulsion;
mod svg;
mod table;
mod tsne;

use ndarray::{Array2, ArrayView2, Axis};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

pub use categories::Categories;
pub use cluster::Clusters;
pub use graph::Graph;
pub use page::write_page;
pub use plot::Plot;
pub use svg::write_svg;
pub use table::Table;

use crate::embeddings::{Embeddings, Metadata, OwnedEmbeddings};
use crate::error::{MapError, Result};
use affinity::Affinities;
use pca::Axes;

/// Words that a map has at least.
const LEAST: usize = 3;
/// Spread of the points that t-SNE starts from.
const START: f32 = 1e-4;
/// Neighbours looked at for one of perplexity: beyond them a Gaussian has nothing left to give.
const NEIGHBORS: f32 = 3.0;

/// How vectors are brought into a plane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    /// t-distributed stochastic neighbour embedding: near words stay near.
    #[default]
    Tsne,
    /// The two principal axes: distances keep a meaning, near words mix.
    Pca,
}

/// How a map is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapOptions {
    /// How vectors are brought into a plane.
    pub method: Method,
    /// For t-SNE: how many words a word attends to; what is beyond 1 to (words - 1) / 3 becomes the nearer of the
    /// two.
    pub perplexity: f32,
    /// For t-SNE: steps of the descent.
    pub steps: usize,
    /// Neighbours kept for each word.
    pub neighbors: usize,
    /// What is drawn at random follows from it.
    pub seed: u64,
}

impl Default for MapOptions {
    fn default() -> Self {
        Self {
            method: Method::Tsne,
            perplexity: 30.0,
            steps: 750,
            neighbors: 10,
            seed: 1,
        }
    }
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Looking for the nearest neighbours of every word.
    Neighbors,
    /// Moving the points.
    Layout,
}

/// Words in a plane.
#[derive(Debug)]
pub struct WordMap {
    /// The words with their vectors at length 1, the most frequent first.
    words: Embeddings,
    points: Vec<[f32; 2]>,
    graph: Graph,
    clusters: Clusters,
    categories: categories::Sorted,
    method: Method,
}

impl WordMap {
    /// Draws the words of rows `ids`, which come in the order of frequency. Words without a
    /// direction are left out. `progress` is told the share of each stage that is done.
    ///
    /// # Errors
    /// Fewer than three words, a damaged file.
    pub fn draw(
        embeddings: &Embeddings,
        ids: &[u32],
        options: &MapOptions,
        progress: &mut dyn FnMut(Stage, f64),
    ) -> Result<Self> {
        let words = directions(embeddings, ids)?;
        let n = words.len();
        if n < LEAST {
            return Err(MapError::TooFew {
                least: LEAST,
                found: n,
            }
            .into());
        }
        let perplexity = options.perplexity.min((n - 1) as f32 / NEIGHBORS).max(1.0);
        let degree = match options.method {
            Method::Tsne => options
                .neighbors
                .max((NEIGHBORS * perplexity).ceil() as usize),
            Method::Pca => options.neighbors,
        };
        let graph = Graph::of(&words, degree, &mut |done| progress(Stage::Neighbors, done))?;
        let mut points = principal_plane(words.matrix());
        if options.method == Method::Tsne {
            let spread = scatter(&mut points, options.seed);
            let affinities = Affinities::of(&graph, perplexity);
            let progress = &mut |done| progress(Stage::Layout, done);
            if spread {
                tsne::descend(&affinities, &mut points, options.steps, progress);
            }
        }
        Ok(Self {
            clusters: Clusters::of(words.matrix(), options.seed),
            graph: graph.cut(options.neighbors),
            points,
            categories: categories::Sorted::default(),
            method: options.method,
            words,
        })
    }

    /// Gives the words the categories of a list; returns how many have one.
    pub fn categorize(&mut self, categories: &Categories) -> usize {
        self.categories = categories.sort((0..self.len()).map(|row| self.word(row)));
        self.categories.of.iter().flatten().count()
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The word of a row.
    pub fn word(&self, row: usize) -> &str {
        self.words.word(row as u32)
    }

    /// The category of a row, where a list gave it one.
    pub fn category(&self, row: usize) -> Option<&str> {
        let place = (*self.categories.of.get(row)?)?;
        Some(&self.categories.names[place as usize])
    }

    /// The words, with vectors of length 1.
    pub fn words(&self) -> &Embeddings {
        &self.words
    }

    /// Where each word lies.
    pub fn points(&self) -> &[[f32; 2]] {
        &self.points
    }

    /// The nearest neighbours of each word among those of the map, by their real vectors.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Words in groups.
    pub fn clusters(&self) -> &Clusters {
        &self.clusters
    }

    /// How the plane was found.
    pub fn method(&self) -> Method {
        self.method
    }
}

/// The rows `ids` at length 1, those without a direction left out.
fn directions(embeddings: &Embeddings, ids: &[u32]) -> Result<Embeddings> {
    embeddings.check_words()?;
    let norms = embeddings.inverse_norms();
    let kept: Vec<u32> = ids
        .iter()
        .copied()
        .filter(|&id| norms[id as usize] != 0.0)
        .collect();
    let mut matrix = Array2::zeros((kept.len(), embeddings.dim()));
    for (mut to, &id) in matrix.axis_iter_mut(Axis(0)).zip(&kept) {
        embeddings.check_row(id)?;
        let scale = norms[id as usize];
        to.iter_mut()
            .zip(embeddings.vector(id).iter())
            .for_each(|(to, x)| *to = x * scale);
    }
    let words = kept
        .iter()
        .map(|&id| (embeddings.word(id), embeddings.count(id)));
    let owned = OwnedEmbeddings::from_words(words, matrix);
    Ok(Embeddings::from_owned(owned, Metadata::default()))
}

/// Rows along their two principal axes.
fn principal_plane(rows: ArrayView2<f32>) -> Vec<[f32; 2]> {
    plane(&Axes::of(rows, 2), rows)
}

/// Rows along two axes.
fn plane(axes: &Axes, rows: ArrayView2<f32>) -> Vec<[f32; 2]> {
    let places = axes.project(rows);
    let rows = places.rows().into_iter();
    // Rows that are all the same have no axes, and coordinates that are no numbers.
    let place = |x: Option<&f32>| x.copied().filter(|x| x.is_finite()).unwrap_or(0.0);
    rows.map(|row| [place(row.first()), place(row.get(1))])
        .collect()
}

/// Brings points to the spread that t-SNE starts from; a little chance parts those that are equal.
/// Whether there is any spread: points that are all in one place stay there.
fn scatter(points: &mut [[f32; 2]], seed: u64) -> bool {
    let square: f64 = points.iter().map(|p| f64::from(p[0]).powi(2)).sum();
    let spread = (square / points.len().max(1) as f64).sqrt() as f32;
    let any = spread.is_normal();
    let scale = if any { START / spread } else { 0.0 };
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    for x in points.iter_mut().flatten() {
        let chance = random.next_u32() as f32 / u32::MAX as f32 - 0.5;
        *x = *x * scale + 0.01 * START * chance;
    }
    any
}

#[cfg(test)]
mod tests;
