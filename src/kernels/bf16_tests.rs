//! Skip-gram with products of bf16 against a plain version in f64 that rounds what it rounds.

use super::tests::{Form, Rows, Shape, after_step};
use super::{Kernel, LINE};

/// The nearest bf16, of two the even one (by its definition: the upper half of an f32).
fn near(x: f64) -> f64 {
    let bits = (x as f32).to_bits();
    let even = bits >> 16 & 1;
    f64::from(f32::from_bits((bits + 0x7FFF + even) & 0xFFFF_0000))
}

/// The next bf16 towards zero.
fn cut(x: f64) -> f64 {
    f64::from(f32::from_bits((x as f32).to_bits() & 0xFFFF_0000))
}

/// A number, and how far from it f32 may come out: further where an error lies between two bf16.
type About = (f64, f64);

/// What a row has become that learns from `others` by `errors`.
fn learnt(row: &[f64], errors: &[About], others: &[Vec<f64>]) -> Vec<About> {
    let column = |(d, x): (usize, &f64)| {
        let pairs = errors.iter().zip(others);
        let all = pairs.map(|((e, slack), other)| (e * cut(other[d]), slack * cut(other[d]).abs()));
        let (sum, slack) = all.fold((*x, 0.0), |(a, b), (x, y)| (a + x, b + y));
        (sum, slack + 1e-6)
    };
    row.iter().enumerate().map(column).collect()
}

/// One step on `contexts` and `outputs`, whose first is the centre's: what both become, and the loss.
fn plain(contexts: &[Vec<f64>], outputs: &[Vec<f64>], lr: f64) -> ([Vec<Vec<About>>; 2], f64) {
    let mut loss = 0.0;
    let mut error = |context: &[f64], j: usize| -> About {
        let pairs = context.iter().zip(&outputs[j]);
        let products: Vec<f64> = pairs.map(|(x, y)| near(*x) * near(*y)).collect();
        let logit: f64 = products.iter().sum();
        let size: f64 = products.iter().map(|x| x.abs()).sum();
        let sigmoid = 1.0 / (1.0 + (-logit).exp());
        let label = if j == 0 { 1.0 } else { 0.0 };
        loss -= if j == 0 { sigmoid } else { 1.0 - sigmoid }.ln();
        // Sums of f32 and the polynomial of the sigmoid are this exact.
        let off = lr * (size * products.len() as f64 * 1e-7 + 4e-6);
        let exact = lr * (label - sigmoid);
        (near(exact), near(exact + off) - near(exact - off))
    };
    let errors: Vec<Vec<About>> = contexts
        .iter()
        .map(|context| (0..outputs.len()).map(|j| error(context, j)).collect())
        .collect();
    let input = contexts.iter().zip(&errors);
    let input = input.map(|(row, errors)| learnt(row, errors, outputs));
    let output = outputs.iter().enumerate().map(|(j, row)| {
        let errors: Vec<About> = errors.iter().map(|errors| errors[j]).collect();
        learnt(row, &errors, contexts)
    });
    ([input.collect(), output.collect()], loss)
}

fn check(shape: Shape) {
    let Shape { m, n, .. } = shape;
    let (kernel, still) = (Kernel::Avx512Bf16, Shape { keep: 1.0, ..shape });
    let wide = |rows: &Rows, count: usize, last: usize| -> Vec<Vec<f64>> {
        let row = |id: usize| rows.row(id).iter().map(|x| f64::from(*x)).collect();
        (0..count).map(|i| row(last - i)).collect()
    };
    let (start, _) = after_step(Kernel::Portable, Form::SkipGram, still, 0.0);
    let rows = [wide(&start[0], m, m + 2), wide(&start[1], n, n + 4)];
    let (found, found_loss) = after_step(kernel, Form::SkipGram, shape, 0.3);
    let moved = [wide(&found[0], m, m + 2), wide(&found[1], n, n + 4)];
    let (expected, loss) = plain(&rows[0], &rows[1], f64::from(0.3_f32));
    for side in 0..2 {
        let keep = [1.0, f64::from(shape.keep)][side];
        for (r, row) in moved[side].iter().enumerate() {
            for (x, (about, slack)) in row.iter().zip(&expected[side][r]) {
                let off = (x - about * keep).abs();
                assert!(off <= *slack, "{shape:?}, side {side}: {x} {about} {slack}");
            }
        }
    }
    for (rows, count) in [(&found[0], m + 3), (&found[1], n + 5)] {
        for id in 0..count {
            assert!(rows.padding(id).iter().all(|x| *x == 0.0), "{shape:?}");
        }
    }
    // Rows that no step was given.
    for id in 0..3 {
        assert_eq!(found[0].row(id), start[0].row(id));
    }
    assert_eq!(found_loss.1, m as u64);
    let off = (found_loss.0 - loss).abs();
    assert!(
        off < 1e-4 * loss.max(1.0),
        "{shape:?}: {found_loss:?} {loss}"
    );
}

#[test]
fn every_size_and_alignment_equals_the_plain_version_that_rounds() {
    if !Kernel::Avx512Bf16.is_available() {
        return;
    }
    for dim in (1..=67).chain([100, 128, 200, 256, 300, 1024]) {
        for shift in 0..LINE {
            for n in [4, 6, 8] {
                let m = 1 + (dim + shift) % 11;
                let keep = [1.0, 0.75][(m + shift) % 2];
                check(Shape {
                    m,
                    n,
                    dim,
                    shift,
                    keep,
                });
            }
        }
    }
    for m in (0..=21).chain([200]) {
        for n in [4, 6, 8] {
            for dim in [33, 100] {
                check(Shape {
                    m,
                    n,
                    dim,
                    shift: 0,
                    keep: 1.0,
                });
            }
        }
    }
}
