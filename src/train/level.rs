//! Vectors whose strongest directions are no stronger than the others.
//!
//! The first few principal directions of word vectors tell how frequent words are and which kind of text they come from, and
//! hide what the others say; Mu and Viswanath (2018, "All-but-the-Top") take them out. Here they only lose what they have
//! beyond the first that stays as it is: nothing that they know is lost, and similarities gain nearly as much.

use rayon::prelude::*;

use super::combine::{LONGEST, Side, cross};
use crate::embeddings::leading;
use crate::kernels::Kernel;
use crate::memory::SharedMatrix;

/// Directions that may be made weaker; the one after them sets the measure.
const STRONG: usize = 3;

/// Words for each float in a vector without which the directions would be those of single words.
const WORDS: usize = 10;

/// Centres the unit rows, makes the few directions in which they vary most as strong as the next one, and gives them their lengths
/// back: these say how sure a word's vector is, which counts where vectors are added up.
///
/// Does nothing where there are few words or very long vectors. Rows without a direction are left as they are.
pub(super) fn level(kernel: Kernel, matrix: &SharedMatrix) {
    let dim = matrix.dim();
    if matrix.rows() < WORDS * dim || !(STRONG + 2..=LONGEST).contains(&dim) {
        return;
    }
    let side = Side::new(matrix);
    let covariance = cross(kernel, [&side, &side]).mapv(f64::from);
    let (variances, axes) = leading(&covariance, STRONG + 1);
    let axes = axes.mapv(|x| x as f32);
    let surplus = |variance: &f64| (1.0 - (variances[STRONG] / variance).sqrt()) as f32;
    let strong: Vec<_> = (variances.iter().map(surplus).zip(axes.rows()))
        .take(STRONG)
        .filter(|(surplus, _)| *surplus > 0.0)
        .collect();
    (0..matrix.rows() as u32).into_par_iter().for_each_init(
        || vec![0.0; dim],
        |row, id| {
            if let Some(length) = side.read(id, row) {
                for (surplus, axis) in &strong {
                    let axis = axis.as_slice().unwrap_or_default();
                    let along = surplus * kernel.dot(row, axis);
                    for (x, a) in row.iter_mut().zip(axis) {
                        *x -= along * a;
                    }
                }
                row.iter_mut().for_each(|x| *x *= length);
                matrix.write_row(id, row);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::sampler::Random;

    /// Rows that vary along axis `i` by `spreads[i]`, before they are made unit rows.
    fn rows(n: usize, spreads: &[f32]) -> SharedMatrix {
        let matrix = SharedMatrix::zeroed(n, spreads.len()).unwrap();
        let mut random = Random::stream(7, [0, 0]);
        for id in 0..n as u32 {
            let row: Vec<_> = spreads.iter().map(|s| s * random.centred()).collect();
            matrix.write_row(id, &row);
        }
        matrix
    }

    /// Variances along the axes about the mean.
    fn variances(rows: &[Vec<f32>]) -> Vec<f64> {
        let mut sums = vec![[0.0_f64; 2]; rows[0].len()];
        for row in rows {
            for (sum, x) in sums.iter_mut().zip(row) {
                sum[0] += f64::from(*x);
                sum[1] += f64::from(x * x);
            }
        }
        let n = rows.len() as f64;
        sums.iter()
            .map(|[sum, square]| square / n - (sum / n).powi(2))
            .collect()
    }

    #[test]
    fn three_directions_come_down_to_the_fourth_and_the_others_stay() {
        let spreads = [1.0, 5.0, 1.5, 1.0, 7.0, 1.0, 3.0, 2.0];
        for kernel in Kernel::available() {
            let matrix = rows(3_000, &spreads);
            let before = Side::new(&matrix);
            let mut row = vec![0.0; spreads.len()];
            let (lengths, expected): (Vec<_>, Vec<_>) = (0..3_000)
                .map(|id| (before.read(id, &mut row).unwrap(), row.clone()))
                .unzip();
            level(kernel, &matrix);
            let found: Vec<Vec<f32>> = (0..3_000)
                .map(|id| {
                    matrix.read_row(id, &mut row);
                    row.iter().map(|x| x / lengths[id as usize]).collect()
                })
                .collect();
            let variances = variances(&found);
            for strong in [1, 4, 6] {
                let ratio = variances[strong] / variances[7];
                assert!((ratio - 1.0).abs() < 0.02, "{kernel}: {variances:?}");
            }
            for (id, (found, expected)) in found.iter().zip(&expected).enumerate() {
                for i in [0, 2, 3, 5, 7] {
                    assert!((found[i] - expected[i]).abs() < 0.03, "{kernel}: {id}, {i}");
                }
            }
        }
    }

    #[test]
    fn few_words_are_left_as_they_are() {
        let spreads = [1.0, 5.0, 1.5, 1.0, 7.0, 1.0, 3.0, 2.0];
        let (matrix, same) = (rows(79, &spreads), rows(79, &spreads));
        level(Kernel::best(), &matrix);
        let (mut a, mut b) = (vec![0.0; 8], vec![0.0; 8]);
        for id in 0..79 {
            matrix.read_row(id, &mut a);
            same.read_row(id, &mut b);
            assert_eq!(a, b);
        }
    }
}
