//! Training steps on two shared matrices: the safe door to the kernels.

use super::shared_matrix::SharedMatrix;
use crate::kernels::{Kernel, LossSum, Scratch, Step, StepFn};

/// What the next step will touch, to be fetched while this one computes. Only a hint.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ahead<'a> {
    /// Output rows.
    pub outputs: &'a [u32],
    /// An input row.
    pub context: u32,
}

/// One worker's way to train rows of an input and an output matrix.
///
/// Allocates when it is made and never after.
#[derive(Debug)]
pub struct Stepper<'m> {
    input: &'m SharedMatrix,
    output: &'m SharedMatrix,
    run: StepFn,
    scratch: Scratch,
    contexts: Vec<*mut f32>,
    outputs: Vec<*mut f32>,
    ahead: Vec<*mut f32>,
    limits: (usize, usize),
}

impl<'m> Stepper<'m> {
    /// Steps of at most `contexts` words in a window and exactly `outputs` output rows.
    ///
    /// # Panics
    /// When the matrices differ in their dims.
    pub fn new(
        kernel: Kernel,
        (input, output): (&'m SharedMatrix, &'m SharedMatrix),
        contexts: usize,
        outputs: usize,
    ) -> Self {
        assert_eq!(input.dim(), output.dim());
        Self {
            input,
            output,
            run: kernel.skipgram(outputs, input.dim()),
            scratch: Scratch::new(contexts, outputs, input.dim()),
            contexts: Vec::with_capacity(contexts),
            outputs: Vec::with_capacity(outputs),
            ahead: Vec::with_capacity(outputs + 1),
            limits: (contexts, outputs),
        }
    }

    /// One centre of skip-gram: the rows of `window` (words before and after it) meet those of
    /// `outputs` (the centre, then negatives).
    ///
    /// # Panics
    /// When a row is not there or there are more rows than announced.
    pub fn skipgram(&mut self, window: [&[u32]; 2], outputs: &[u32], lr: f32, ahead: Ahead<'_>) {
        let [before, after] = window;
        let contexts = before.len() + after.len();
        assert!(contexts <= self.limits.0 && outputs.len() == self.limits.1);
        self.contexts.clear();
        let rows = before.iter().chain(after);
        self.contexts
            .extend(rows.map(|row| self.input.row_ptr(*row)));
        self.outputs.clear();
        let rows = outputs.iter();
        self.outputs
            .extend(rows.map(|row| self.output.row_ptr(*row)));
        self.ahead.clear();
        let rows = ahead.outputs.iter().take(self.limits.1);
        self.ahead
            .extend(rows.map(|row| self.output.row_hint(*row)));
        self.ahead.push(self.input.row_hint(ahead.context));
        let mut step = Step {
            contexts: &self.contexts,
            outputs: &self.outputs,
            ahead: &self.ahead,
            dim: self.input.dim(),
            lr,
            scratch: &mut self.scratch,
        };
        // SAFETY: `row_ptr` gives rows of `dim` floats padded to `LINE`, which the borrowed matrices
        // keep allocated and let others touch only atomically; the two matrices are different
        // memory (two `SharedMatrix` never share pages); `scratch` was made for `limits`, which were checked; `run`
        // came from `Kernel::skipgram`, which asked the processor, for this number of outputs.
        unsafe { (self.run)(&mut step) }
    }

    /// The loss since the last call, which is then forgotten.
    pub fn take_loss(&mut self) -> LossSum {
        self.scratch.take_loss()
    }
}
