//! Rows that stand twice in a step, and losses of steps without end.

use super::tests::{Form, Rows, rounds};
use super::{Kernel, Scratch, Step};

const DIM: usize = 23;

/// The three context rows after `times` steps on those of `contexts` and as many output rows as said, and the mean loss of a pair.
fn after(
    (kernel, times, lr): (Kernel, usize, f32),
    contexts: &[usize],
    outputs: usize,
) -> (Rows, f64) {
    let (mut input, mut output) = (Rows::new(3, DIM, 0, 1), Rows::new(outputs, DIM, 0, 2));
    let contexts = input.pointers(contexts);
    let outputs = output.pointers(&(0..outputs).collect::<Vec<_>>());
    let mut scratch = Scratch::new(contexts.len(), outputs.len(), DIM);
    let run = kernel.skipgram(outputs.len(), DIM);
    for _ in 0..times {
        let mut step = Step {
            contexts: &contexts,
            outputs: &outputs,
            next_outputs: &outputs,
            next_context: contexts[0],
            dim: DIM,
            lr,
            keep: 1.0,
            share: 1.0,
            weights: &[],
            scratch: &mut scratch,
        };
        // SAFETY: rows of `dim` floats padded to a line, of two buffers that outlive the call; the
        // scratch was made for these numbers; the kernel is asked for on this processor.
        unsafe { run(&mut step) };
        scratch.settle_loss();
    }
    let (loss, pairs) = scratch.take_loss().total();
    (input, loss / pairs as f64)
}

#[test]
fn a_word_that_stands_in_a_window_often_learns_as_often() {
    let before = Rows::new(3, DIM, 0, 1);
    for outputs in [6, 9] {
        for kernel in Kernel::available().filter(|k| !rounds(*k, Form::SkipGram, outputs)) {
            let learnt = |contexts: &[usize]| -> Vec<f32> {
                let (rows, _) = after((kernel, 1, 0.3), contexts, outputs);
                let both = rows.row(0).iter().zip(before.row(0));
                both.map(|(now, then)| now - then).collect()
            };
            let (often, once) = (learnt(&[0, 0, 1, 0, 2]), learnt(&[0, 1, 2]));
            for (often, once) in often.iter().zip(once) {
                let error = (often - 3.0 * once).abs();
                assert!(error < 1e-5, "{kernel}, {outputs}: {often} {once}");
            }
        }
    }
}

/// Each term adds about one to a sum of exponents, and a float counts to 2^24.
#[test]
fn a_loss_of_more_terms_than_a_float_can_count_is_exact() {
    let contexts: Vec<usize> = (0..100).map(|i| i % 3).collect();
    for outputs in [6, 9] {
        let times = (40 << 20) / (contexts.len() * outputs);
        for kernel in Kernel::available() {
            let of = |times| after((kernel, times, 0.0), &contexts, outputs).1;
            let (one, all) = (of(1), of(times));
            assert!((all / one - 1.0).abs() < 1e-4, "{kernel}: {all} {one}");
        }
    }
}
