//! Every kernel of this machine against the plain version and against a numeric gradient in f64.

use super::scratch::Scratch;
use super::{Kernel, LINE, Step};

/// Reproducible floats in -1..1, with some of the awkward kind.
fn floats(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// Rows of `dim` floats, zero up to the next line, each `shift` floats off a cache line.
pub(super) struct Rows {
    memory: Vec<f32>,
    first: usize,
    rows: usize,
    dim: usize,
}

impl Rows {
    pub(super) fn new(rows: usize, dim: usize, shift: usize, seed: u64) -> Self {
        let stride = dim.next_multiple_of(LINE);
        let mut memory = vec![0.0; rows * stride + 2 * LINE];
        let first = memory.as_ptr().align_offset(64) + shift;
        let values = floats(rows * dim, seed);
        for (row, values) in values.chunks_exact(dim).enumerate() {
            memory[first + row * stride..][..dim].copy_from_slice(values);
        }
        Self {
            memory,
            first,
            rows,
            dim,
        }
    }

    pub(super) fn pointers(&mut self, ids: &[usize]) -> Vec<*mut f32> {
        let stride = self.dim.next_multiple_of(LINE);
        let base = self.memory.as_mut_ptr();
        ids.iter()
            .map(|id| base.wrapping_add(self.first + id * stride))
            .collect()
    }

    fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn row(&self, id: usize) -> &[f32] {
        let stride = self.dim.next_multiple_of(LINE);
        &self.memory[self.first + id * stride..][..self.dim]
    }

    pub(super) fn padding(&self, id: usize) -> &[f32] {
        let stride = self.dim.next_multiple_of(LINE);
        &self.memory[self.first + id * stride..][self.dim..stride]
    }
}

/// A step's shape: contexts, outputs, dim and how far rows are off a cache line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) dim: usize,
    pub(super) shift: usize,
    pub(super) keep: f32,
}

/// A step with a tail of columns and of contexts.
const SMALL: Shape = Shape {
    m: 5,
    n: 6,
    dim: 23,
    shift: 0,
    keep: 1.0,
};

/// What is tested: a kernel's skip-gram, or its CBOW with a share of the gradient, also weighted by
/// place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    SkipGram,
    Cbow(f32),
    Weighted(f32),
}

/// Input, output and place weights after one step, and the loss of it.
pub(super) fn after_step(
    kernel: Kernel,
    form: Form,
    shape: Shape,
    lr: f32,
) -> ([Rows; 3], (f64, u64)) {
    let Shape {
        m,
        n,
        dim,
        shift,
        keep,
    } = shape;
    let mut input = Rows::new(m + 3, dim, shift, 1 + dim as u64);
    let mut output = Rows::new(n + 5, dim, shift, 2 + dim as u64);
    // Ids that are no positions: contexts backwards, outputs from the far end.
    let contexts = input.pointers(&(0..m).map(|i| m + 2 - i).collect::<Vec<_>>());
    let outputs = output.pointers(&(0..n).map(|j| n + 4 - j).collect::<Vec<_>>());
    let mut scratch = Scratch::new(m, n, dim);
    let mut places = Rows::new(m + 3, dim, shift, 3 + dim as u64);
    let weights = places.pointers(&(0..m).map(|i| m + 2 - i).collect::<Vec<_>>());
    let (run, share) = match form {
        Form::SkipGram => (kernel.skipgram(n, dim), 1.0),
        Form::Cbow(share) => (kernel.cbow(n, dim, false), share),
        Form::Weighted(share) => (kernel.cbow(n, dim, true), share),
    };
    let mut step = Step {
        contexts: &contexts,
        outputs: &outputs,
        next_outputs: &outputs,
        next_context: contexts.first().copied().unwrap_or(std::ptr::null_mut()),
        dim,
        lr,
        keep,
        share,
        weights: &weights,
        scratch: &mut scratch,
    };
    // SAFETY: rows of `dim` floats padded to a line, of three buffers that outlive the call; the
    // scratch was made for these numbers; the kernel is asked for on this processor.
    unsafe { run(&mut step) };
    let loss = scratch.take_loss().total();
    ([input, output, places], loss)
}

fn assert_close(kernel: Kernel, shape: Shape, found: &[f32], expected: &[f32]) {
    for (x, y) in found.iter().zip(expected) {
        // Errors of sums of `dim` products of numbers below 1, passed on to m + n updates.
        let Shape { m, n, dim, .. } = shape;
        let tolerance = f32::EPSILON * (dim + m + n + 8) as f32;
        assert!(
            (x - y).abs() <= tolerance,
            "{kernel}, {shape:?}: found {x}, expected {y} within {tolerance}"
        );
    }
}

/// Whether what is multiplied is rounded before: `bf16_tests` has a plain version of that.
pub(super) fn rounds(kernel: Kernel, form: Form, outputs: usize) -> bool {
    kernel == Kernel::Avx512Bf16 && matches!((form, outputs), (Form::SkipGram, 4 | 6 | 8))
}

fn check(shape: Shape) {
    let weighted = [Form::Weighted(1.0), Form::Weighted(0.25)];
    for form in [Form::SkipGram, Form::Cbow(1.0), Form::Cbow(0.25)]
        .into_iter()
        .chain(weighted)
    {
        check_form(form, shape);
    }
}

fn check_form(form: Form, shape: Shape) {
    let (expected, loss) = after_step(Kernel::Portable, form, shape, 0.3);
    for kernel in Kernel::available().filter(|kernel| !rounds(*kernel, form, shape.n)) {
        let (found, found_loss) = after_step(kernel, form, shape, 0.3);
        for (found, expected) in found.iter().zip(&expected) {
            for id in 0..found.rows() {
                assert_close(kernel, shape, found.row(id), expected.row(id));
                assert!(found.padding(id).iter().all(|x| *x == 0.0));
            }
        }
        assert_eq!(found_loss.1, loss.1, "{kernel}, {shape:?}");
        let error = (found_loss.0 - loss.0).abs() / loss.0.abs().max(1.0);
        assert!(
            error < 1e-5,
            "{kernel}, {shape:?}: {} {}",
            found_loss.0,
            loss.0
        );
    }
}

#[test]
fn every_dim_and_alignment_equals_the_plain_version() {
    for dim in (1..=67).chain([100, 128, 200, 256, 300, 1024]) {
        for shift in 0..LINE {
            let m = 1 + (dim + shift) % 11;
            // Every other one with rows that decay.
            let keep = [1.0, 0.75][(m + shift) % 2];
            // Numbers of outputs that have code of their own.
            for n in [4, 6, 8] {
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
}

#[test]
fn every_number_of_rows_equals_the_plain_version() {
    for m in (0..=21).chain([200]) {
        for n in (1..=9).chain([26, 101]) {
            for dim in [33, 100] {
                check(Shape {
                    m,
                    n,
                    dim,
                    shift: 0,
                    keep: if dim == 33 { 0.75 } else { 1.0 },
                });
            }
        }
    }
}

#[test]
fn a_machine_with_vectors_tests_them() {
    // Set where a machine is known to have them, so that a missing kernel cannot pass unseen.
    if let Ok(names) = std::env::var("W2V_TEST_KERNELS") {
        for name in names.split(',') {
            let kernel: Kernel = name.parse().unwrap();
            assert!(kernel.is_available(), "{name} is not available");
        }
    }
}

/// Context rows, output rows and place weights.
type Sides = [Vec<Vec<f64>>; 3];

/// The loss of a step's pairs in f64, straight from its definition (Mikolov 2013b, equation 4).
fn loss_f64([contexts, outputs, _]: &Sides) -> f64 {
    let mut loss = 0.0;
    for context in contexts {
        for (j, output) in outputs.iter().enumerate() {
            let x: f64 = context.iter().zip(output).map(|(a, b)| a * b).sum();
            let sign = if j == 0 { 1.0 } else { -1.0 };
            loss += (1.0 + (-sign * x).exp()).ln();
        }
    }
    loss
}

/// The loss of CBOW: the mean of the contexts as the only one.
fn cbow_loss_f64([contexts, outputs, places]: &Sides) -> f64 {
    let ones: Vec<_> = places.iter().map(|p| vec![1.0; p.len()]).collect();
    weighted_loss_f64(&[contexts.clone(), outputs.clone(), ones])
}

/// The same, each context times the weights of its place (Mikolov 2018, section 2.2).
fn weighted_loss_f64([contexts, outputs, places]: &Sides) -> f64 {
    let mut mean = vec![0.0; contexts[0].len()];
    for (context, weights) in contexts.iter().zip(places) {
        for (sum, (x, w)) in mean.iter_mut().zip(context.iter().zip(weights)) {
            *sum += x * w / contexts.len() as f64;
        }
    }
    loss_f64(&[vec![mean], outputs.clone(), vec![]])
}

/// Compares a step at learning rate 1 with the two-sided numeric gradient of `loss`, times a
/// factor for each side.
fn check_gradient(form: Form, loss: fn(&Sides) -> f64, factors: [f64; 3]) {
    let shape = SMALL;
    let wide = |rows: &Rows, count: usize, last: usize| -> Vec<Vec<f64>> {
        let row = |id: usize| rows.row(id).iter().map(|x| f64::from(*x)).collect();
        (0..count).map(|i| row(last - i)).collect()
    };
    let sides = |[input, output, places]: &[Rows; 3]| {
        [
            wide(input, shape.m, shape.m + 2),
            wide(output, shape.n, shape.n + 4),
            wide(places, shape.m, shape.m + 2),
        ]
    };
    for kernel in Kernel::available() {
        let (start, start_loss) = after_step(kernel, form, shape, 0.0);
        let rows = sides(&start);
        let moved = sides(&after_step(kernel, form, shape, 1.0).0);
        let exact = loss(&rows);
        let most = if rounds(kernel, form, shape.n) {
            0.05
        } else {
            1e-4
        };
        assert!(
            (start_loss.0 - exact).abs() < most,
            "{kernel}: {} {exact}",
            start_loss.0
        );
        let most = if rounds(kernel, form, shape.n) {
            0.02
        } else {
            2e-5
        };
        for side in 0..3 {
            for (r, row) in rows[side].iter().enumerate() {
                for (d, x) in row.iter().enumerate() {
                    let bump = |h: f64| {
                        let mut rows = rows.clone();
                        rows[side][r][d] += h;
                        loss(&rows)
                    };
                    let gradient = factors[side] * (bump(1e-5) - bump(-1e-5)) / 2e-5;
                    let step = moved[side][r][d] - x;
                    let error = (step + gradient).abs();
                    assert!(error < most, "{kernel}, side {side}: {step} {gradient}");
                }
            }
        }
    }
}

#[test]
fn the_update_of_skip_gram_is_the_numeric_gradient() {
    check_gradient(Form::SkipGram, loss_f64, [1.0; 3]);
}

#[test]
fn the_update_of_cbow_is_the_numeric_gradient_of_the_mean_or_five_times_it() {
    // Five contexts: with the true share of 1/5 it is the gradient; word2vec's form is five times
    // that for the words, but not for the weights of their places.
    for (share, factor) in [(0.2, 1.0), (1.0, 5.0)] {
        check_gradient(Form::Cbow(share), cbow_loss_f64, [factor, 1.0, 1.0]);
        check_gradient(Form::Weighted(share), weighted_loss_f64, [factor, 1.0, 1.0]);
    }
}

#[test]
fn what_output_rows_keep_is_their_share_and_no_other_row_decays() {
    let shape = Shape {
        keep: 0.75,
        ..SMALL
    };
    for form in [Form::SkipGram, Form::Cbow(1.0), Form::Weighted(0.25)] {
        for kernel in Kernel::available() {
            let ([input, output, places], loss) = after_step(kernel, form, SMALL, 0.3);
            let (decayed, found) = after_step(kernel, form, shape, 0.3);
            assert_eq!(found, loss, "{kernel}");
            for (side, rows) in [&input, &output, &places].into_iter().enumerate() {
                for id in 0..rows.rows() {
                    // The centre's and the negatives' rows of `after_step` stand from the sixth last on.
                    let factor = if side == 1 && id >= 5 { 0.75 } else { 1.0 };
                    let expected: Vec<_> = rows.row(id).iter().map(|x| x * factor).collect();
                    assert_eq!(decayed[side].row(id), expected, "{kernel}, {form:?}, {id}");
                }
            }
        }
    }
}

#[test]
fn the_sigmoid_is_a_half_at_zero_and_symmetric() {
    for kernel in Kernel::available() {
        // One context of one float `x` against an output of 1: the output moves by lr * error * x.
        let sigmoid = |x: f32| {
            let (mut input, mut output) = (Rows::new(1, 1, 0, 1), Rows::new(1, 1, 0, 1));
            let (contexts, outputs) = (input.pointers(&[0]), output.pointers(&[0]));
            (input.memory[input.first], output.memory[output.first]) = (x, 1.0);
            let mut scratch = Scratch::new(1, 1, 1);
            let mut step = Step {
                contexts: &contexts,
                outputs: &outputs,
                next_outputs: &outputs,
                next_context: contexts.first().copied().unwrap_or(std::ptr::null_mut()),
                dim: 1,
                lr: 1.0,
                keep: 1.0,
                share: 1.0,
                weights: &[],
                scratch: &mut scratch,
            };
            // SAFETY: as in `after_step`.
            unsafe { kernel.skipgram(1, 1)(&mut step) };
            // The input moved by lr * (1 - sigmoid(x)) * 1.
            f64::from(1.0 - (input.row(0)[0] - x))
        };
        assert_eq!(sigmoid(0.0), 0.5, "{kernel}");
        for x in [0.01_f32, 0.5, 1.0, 3.0, 6.0, 8.0] {
            let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
            assert!((sigmoid(x) - exact).abs() < 2e-6, "{kernel}: sigmoid({x})");
            assert!(
                (sigmoid(x) + sigmoid(-x) - 1.0).abs() < 2e-6,
                "{kernel}: {x}"
            );
        }
    }
}

#[test]
fn awkward_floats_spread_no_further_than_in_the_plain_version() {
    for bad in [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        1e-40,
        3e38,
        -0.0,
    ] {
        for kernel in Kernel::available() {
            let run = |kernel: Kernel| {
                let (mut input, mut output) = (Rows::new(3, 20, 0, 5), Rows::new(6, 20, 0, 6));
                let at = input.first;
                input.memory[at + 3] = bad;
                let (contexts, outputs) = (
                    input.pointers(&[0, 1, 2]),
                    output.pointers(&[0, 1, 2, 3, 4, 5]),
                );
                let mut scratch = Scratch::new(3, 6, 20);
                let mut step = Step {
                    contexts: &contexts,
                    outputs: &outputs,
                    next_outputs: &outputs,
                    next_context: contexts.first().copied().unwrap_or(std::ptr::null_mut()),
                    dim: 20,
                    lr: 0.1,
                    keep: 1.0,
                    share: 1.0,
                    weights: &[],
                    scratch: &mut scratch,
                };
                // SAFETY: as in `after_step`.
                unsafe { kernel.skipgram(6, 20)(&mut step) };
                let finite = |rows: &Rows, n: usize| -> Vec<bool> {
                    (0..n)
                        .flat_map(|id| {
                            rows.row(id)
                                .iter()
                                .map(|x| x.is_finite())
                                .collect::<Vec<_>>()
                        })
                        .collect()
                };
                (finite(&input, 3), finite(&output, 6))
            };
            assert_eq!(run(kernel), run(Kernel::Portable), "{kernel}, {bad}");
        }
    }
}

#[test]
fn dot_equals_the_plain_version() {
    for n in (0..=67).chain([100, 300, 1000]) {
        for shift in 0..LINE {
            let (a, b) = (floats(n + shift, 3), floats(n + shift, 4));
            let (a, b) = (&a[shift..], &b[shift..]);
            let exact: f64 = a
                .iter()
                .zip(b)
                .map(|(x, y)| f64::from(*x) * f64::from(*y))
                .sum();
            let size: f64 = a.iter().zip(b).map(|(x, y)| f64::from((x * y).abs())).sum();
            for kernel in Kernel::available() {
                let error = (f64::from(kernel.dot(a, b)) - exact).abs();
                let tolerance = n as f64 * f64::from(f32::EPSILON) * size;
                assert!(error <= tolerance, "{kernel}, {n} floats off by {shift}");
            }
        }
    }
}

#[test]
fn merged_rows_are_the_same_and_hold_the_share_of_what_was_learnt() {
    for kernel in Kernel::available() {
        for dim in (1..=67).chain([100, 300]) {
            for shift in [0, 3, LINE - 1] {
                let mut rows = Rows::new(3, dim, shift, dim as u64);
                let law: Vec<f64> = (0..dim)
                    .map(|i| {
                        let [own, taken, shared] = [0, 1, 2].map(|id| f64::from(rows.row(id)[i]));
                        shared + 0.25 * (own - taken)
                    })
                    .collect();
                let pointers = rows.pointers(&[0, 1, 2]);
                // SAFETY: three rows of `rows`, padded, that nobody else touches; `merge` asked the processor.
                unsafe { (kernel.merge())([pointers[0], pointers[1], pointers[2]], dim, 0.25) }
                for id in 0..3 {
                    assert!(rows.padding(id).iter().all(|x| *x == 0.0), "{kernel} {dim}");
                    for (found, law) in rows.row(id).iter().zip(&law) {
                        let off = (f64::from(*found) - law).abs();
                        assert!(off < 1e-6, "{kernel}, dim {dim}, row {id}: {found} {law}");
                    }
                }
            }
        }
    }
}
