//! How much each word wants to be near each other: t-SNE's probabilities.
//!
//! A word spreads its attention over its neighbours by a Gaussian whose width gives it `perplexity`
//! of them, effectively; the attention of two words to each other is averaged (van der Maaten,
//! Hinton 2008, section 2).

use rayon::prelude::*;

use super::graph::Graph;

/// Halvings of the interval that holds a Gaussian's width.
const HALVINGS: usize = 64;

/// A sparse symmetric matrix, row by row; all of it sums to 1.
#[derive(Debug)]
pub(super) struct Affinities {
    /// Where each row begins, and the end.
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Affinities {
    /// Those of a graph of nearest neighbours.
    pub(super) fn of(graph: &Graph, perplexity: f32) -> Self {
        let rows = 0..graph.len();
        let given: Vec<Vec<f32>> = rows
            .into_par_iter()
            .map(|row| attention(graph.cosines(row), perplexity))
            .collect();
        let scale = 0.5 / graph.len().max(1) as f32;
        let taken = Taken::of(graph, &given);
        let merged: Vec<Vec<(u32, f32)>> = (0..graph.len())
            .into_par_iter()
            .map(|row| {
                let own = graph
                    .ids(row)
                    .iter()
                    .copied()
                    .zip(given[row].iter().copied());
                let mut all: Vec<(u32, f32)> = own.chain(taken.row(row).iter().copied()).collect();
                all.sort_unstable_by_key(|entry| entry.0);
                all.dedup_by(|next, kept| {
                    let same = next.0 == kept.0;
                    kept.1 += if same { next.1 } else { 0.0 };
                    same
                });
                all.iter_mut().for_each(|entry| entry.1 *= scale);
                all
            })
            .collect();
        let mut starts = vec![0];
        starts.extend(merged.iter().scan(0, |sum, row| {
            *sum += row.len();
            Some(*sum)
        }));
        Self {
            starts,
            entries: merged.concat(),
        }
    }

    /// The others that a word is drawn to, and how strongly.
    pub(super) fn row(&self, row: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[row]..self.starts[row + 1]]
    }

    /// Number of words.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }
}

/// The graph read backwards: who attends to a word, and how much.
struct Taken {
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Taken {
    fn of(graph: &Graph, given: &[Vec<f32>]) -> Self {
        let mut starts = vec![0; graph.len() + 1];
        for row in 0..graph.len() {
            graph
                .ids(row)
                .iter()
                .for_each(|&id| starts[id as usize + 1] += 1);
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0.0); starts[graph.len()]];
        for (row, given) in given.iter().enumerate() {
            for (&id, &p) in graph.ids(row).iter().zip(given) {
                let at = &mut next[id as usize];
                entries[*at] = (row as u32, p);
                *at += 1;
            }
        }
        Self { starts, entries }
    }

    fn row(&self, row: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[row]..self.starts[row + 1]]
    }
}

/// Shares of attention, which sum to 1, for neighbours at `cosines`, the nearest first.
fn attention(cosines: &[f32], perplexity: f32) -> Vec<f32> {
    // Squared distance of unit vectors, from that of the nearest: a common factor cancels out.
    let nearest = cosines.first().copied().unwrap_or(0.0);
    let distances: Vec<f64> = cosines
        .iter()
        .map(|c| 2.0 * f64::from(nearest - c))
        .collect();
    let entropy = f64::from(perplexity).ln();
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut precision = 1.0;
    let mut shares = Vec::new();
    for _ in 0..HALVINGS {
        shares = distances.iter().map(|d| (-precision * d).exp()).collect();
        let sum: f64 = shares.iter().sum();
        let mean = shares
            .iter()
            .zip(&distances)
            .map(|(p, d)| p * d)
            .sum::<f64>()
            / sum;
        let found = sum.ln() + precision * mean;
        if (found - entropy).abs() < 1e-6 {
            break;
        }
        if found > entropy {
            low = precision;
        } else {
            high = precision;
        }
        precision = if high.is_finite() {
            (low + high) / 2.0
        } else {
            precision * 2.0
        };
    }
    let sum: f64 = shares.iter().sum();
    shares.iter().map(|p| (p / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attention_has_the_perplexity_asked_for() {
        let cosines: Vec<f32> = (0..90).map(|i| 0.9 - 0.005 * i as f32).collect();
        for perplexity in [2.0, 10.0, 30.0] {
            let shares = attention(&cosines, perplexity);
            let entropy: f32 = shares
                .iter()
                .filter(|p| **p > 0.0)
                .map(|p| -p * p.ln())
                .sum();
            assert!(
                (entropy.exp() - perplexity).abs() < 1e-3 * perplexity,
                "{entropy}"
            );
            assert!(shares.is_sorted_by(|a, b| a >= b));
        }
    }

    #[test]
    fn equal_neighbours_get_equal_shares() {
        assert_eq!(attention(&[0.5; 4], 2.0), [0.25; 4]);
    }

    #[test]
    fn attention_is_made_mutual_and_sums_to_one() {
        // 0 and 1 see each other; 2 sees both and is seen by none.
        let graph = Graph::from_parts(
            2,
            vec![1, 2, 0, 2, 0, 1],
            vec![0.9, 0.1, 0.9, 0.2, 0.1, 0.2],
        );
        let affinities = Affinities::of(&graph, 1.5);
        let get = |i: usize, j: u32| {
            let row = affinities.row(i).iter();
            row.filter(|entry| entry.0 == j)
                .map(|entry| entry.1)
                .sum::<f32>()
        };
        let mut sum = 0.0;
        for i in 0..3 {
            for j in 0..3 {
                assert_eq!(get(i, j as u32), get(j, i as u32), "{i} {j}");
                sum += get(i, j as u32);
            }
        }
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
    }
}
