//! Words in a few groups, by the directions of their vectors: spherical k-means.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// Groups at most: as many colours as people tell apart with any kind of sight.
const MOST: usize = 8;
/// Words that a group has at least, on average.
const LEAST_WORDS: usize = 12;
/// Rounds of k-means at most.
const ROUNDS: usize = 40;
/// Rows that one task looks at.
const BLOCK: usize = 1 << 10;
/// Words that name a group, and the share of its most frequent words that they are taken from.
const NAMES: usize = 3;
const NAMED_SHARE: usize = 4;

/// Words in groups, the largest group first.
#[derive(Debug, Clone, Default)]
pub struct Clusters {
    /// The group of each word.
    pub of: Vec<u8>,
    /// For each group the words nearest to its middle that are frequent, too.
    pub central: Vec<Vec<u32>>,
}

impl Clusters {
    /// Groups of the directions of `rows`, each seen from their mean. The rows are in the order of
    /// frequency.
    pub(super) fn of(rows: ArrayView2<f32>, seed: u64) -> Self {
        let Some(mean) = rows.mean_axis(Axis(0)) else {
            return Self::default();
        };
        let mut centred = &rows - &mean;
        for mut row in centred.rows_mut() {
            let norm = row.dot(&row).sqrt();
            row /= norm.max(f32::MIN_POSITIVE);
        }
        let groups = (rows.nrows() / LEAST_WORDS).clamp(1, MOST);
        let mut centres = first_centres(centred.view(), groups, seed);
        let mut nearest = assign(centred.view(), &centres);
        for _ in 0..ROUNDS {
            centres = means(centred.view(), &nearest, groups);
            let next = assign(centred.view(), &centres);
            let settled = next.iter().zip(&nearest).all(|(a, b)| a.0 == b.0);
            nearest = next;
            if settled {
                break;
            }
        }
        Self::in_order(&nearest, groups)
    }

    fn in_order(nearest: &[(u8, f32)], groups: usize) -> Self {
        let mut sizes = vec![0; groups];
        nearest
            .iter()
            .for_each(|&(group, _)| sizes[usize::from(group)] += 1);
        let mut order: Vec<usize> = (0..groups).filter(|&group| sizes[group] > 0).collect();
        order.sort_by_key(|&group| (usize::MAX - sizes[group], group));
        let place = |group: u8| {
            order
                .iter()
                .position(|&g| g == usize::from(group))
                .unwrap_or(0)
        };
        let of: Vec<u8> = nearest
            .iter()
            .map(|&(group, _)| place(group) as u8)
            .collect();
        let central = (0..order.len()).map(|group| {
            let words = (0..of.len() as u32).filter(|&id| usize::from(of[id as usize]) == group);
            let mut words: Vec<u32> = words.collect();
            words.truncate((words.len() / NAMED_SHARE).max(NAMES));
            words.sort_by(|&a, &b| nearest[b as usize].1.total_cmp(&nearest[a as usize].1));
            words.truncate(NAMES);
            words
        });
        Self {
            central: central.collect(),
            of,
        }
    }
}

/// The nearest centre of each row, and its cosine.
fn assign(rows: ArrayView2<f32>, centres: &Array2<f32>) -> Vec<(u8, f32)> {
    let blocks: Vec<_> = rows.axis_chunks_iter(Axis(0), BLOCK).collect();
    let best = |row: ArrayView1<f32>| {
        let all = row.into_iter().enumerate();
        all.fold((0, f32::NEG_INFINITY), |best, (group, &cosine)| {
            if cosine > best.1 {
                (group as u8, cosine)
            } else {
                best
            }
        })
    };
    let found = blocks.into_par_iter().flat_map_iter(|rows| {
        let cosines = rows.dot(&centres.t());
        cosines.rows().into_iter().map(best).collect::<Vec<_>>()
    });
    found.collect()
}

/// The direction of the sum of each group's rows.
fn means(rows: ArrayView2<f32>, nearest: &[(u8, f32)], groups: usize) -> Array2<f32> {
    let mut sums = Array2::<f32>::zeros((groups, rows.ncols()));
    for (row, &(group, _)) in rows.rows().into_iter().zip(nearest) {
        let mut sum = sums.row_mut(usize::from(group));
        sum += &row;
    }
    for mut sum in sums.rows_mut() {
        let norm = sum.dot(&sum).sqrt();
        sum /= norm.max(f32::MIN_POSITIVE);
    }
    sums
}

/// k-means++: each centre is drawn with a chance that grows with its distance from those before
/// (Arthur, Vassilvitskii 2007).
fn first_centres(rows: ArrayView2<f32>, groups: usize, seed: u64) -> Array2<f32> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut unit = || (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    let mut chosen = vec![(unit() * rows.nrows() as f64) as usize];
    let mut distances = vec![f64::INFINITY; rows.nrows()];
    while chosen.len() < groups {
        let last = rows.row(chosen[chosen.len() - 1]);
        for (distance, row) in distances.iter_mut().zip(rows.rows()) {
            *distance = distance.min(f64::from(1.0 - last.dot(&row)).max(0.0));
        }
        let mut left = unit() * distances.iter().sum::<f64>();
        let drawn = distances.iter().position(|distance| {
            left -= distance;
            left < 0.0
        });
        chosen.push(drawn.unwrap_or(0));
    }
    rows.select(Axis(0), &chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_direction_are_one_group() {
        // Three bundles around three axes, of 30, 20 and 10 words.
        let axis = |i: usize| [0, 0, 0, 1, 1, 2][i % 6];
        let rows = Array2::from_shape_fn((60, 3), |(i, j)| {
            let wiggle = ((i * 7 + j * 3) % 5) as f32 * 0.02;
            if axis(i) == j { 1.0 + wiggle } else { wiggle }
        });
        let clusters = Clusters::of(rows.view(), 1);
        let pure = |a: usize, b: usize| (axis(a) == axis(b)) == (clusters.of[a] == clusters.of[b]);
        // 60 words may have five groups, but no group may mix two bundles.
        for a in 0..60 {
            for b in 0..60 {
                assert!(clusters.of[a] != clusters.of[b] || pure(a, b), "{a} {b}");
            }
        }
        let size = |g: usize| clusters.of.iter().filter(|&&c| usize::from(c) == g).count();
        let sizes: Vec<usize> = (0..clusters.central.len()).map(size).collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
        assert!(clusters.central.iter().flatten().all(|&id| id < 60));
    }
}
