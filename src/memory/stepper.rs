//! Training steps on two shared matrices: the safe door to the kernels.

use super::shared_matrix::SharedMatrix;
use crate::kernels::{Kernel, LossSum, Scratch, Step, StepFn};

/// What the words of a window do together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Each word meets the outputs.
    SkipGram,
    /// The mean of the words meets the outputs; each word is given the whole gradient of the mean.
    CbowSum,
    /// As `CbowSum`, but each word is given its share of the gradient.
    CbowMean,
}

/// One worker's way to train rows of an input and an output matrix, a sentence at a time.
///
/// Allocates when it is made and never after.
#[derive(Debug)]
pub struct Stepper<'m> {
    input: &'m SharedMatrix,
    output: &'m SharedMatrix,
    form: Form,
    run: StepFn,
    scratch: Scratch,
    /// Input rows of the sentence's words.
    words: Vec<*mut f32>,
    /// Output rows: for each word its own and its negatives'.
    outputs: Vec<*mut f32>,
    /// Output rows a word.
    width: usize,
    window: usize,
}

impl<'m> Stepper<'m> {
    /// For windows of at most `window` words on each side, `width` output rows a centre, and
    /// sentences of at most `sentence` words.
    ///
    /// # Panics
    /// When the matrices differ in their dims, or are one and the same.
    pub fn new(
        kernel: Kernel,
        form: Form,
        (input, output): (&'m SharedMatrix, &'m SharedMatrix),
        [window, width, sentence]: [usize; 3],
    ) -> Self {
        assert_eq!(input.dim(), output.dim());
        assert!(!std::ptr::eq(input, output));
        Self {
            input,
            output,
            form,
            run: match form {
                Form::SkipGram => kernel.skipgram(width, input.dim()),
                Form::CbowSum | Form::CbowMean => kernel.cbow(width, false),
            },
            scratch: Scratch::new(2 * window, width, input.dim()),
            words: Vec::with_capacity(sentence),
            outputs: Vec::with_capacity(sentence * width),
            width,
            window,
        }
    }

    /// Takes up a sentence: its words, and for each of them the output rows that its window meets
    /// (the word's own, then its negatives').
    ///
    /// # Panics
    /// When a row is not there, or the two do not belong together.
    pub fn sentence(&mut self, words: &[u32], outputs: &[u32]) {
        assert_eq!(words.len() * self.width, outputs.len());
        self.words.clear();
        self.words
            .extend(words.iter().map(|row| self.input.row_ptr(*row)));
        self.outputs.clear();
        self.outputs
            .extend(outputs.iter().map(|row| self.output.row_ptr(*row)));
    }

    /// One centre: the input rows of the words at most `radius` away from place
    /// `centre` of the sentence meet that place's output rows.
    ///
    /// # Panics
    /// When the sentence has no such place, or `radius` is larger than the window.
    pub fn step(&mut self, centre: usize, radius: usize, lr: f32) {
        assert!(radius <= self.window && centre < self.words.len());
        let last = self.words.len() - 1;
        let (from, to) = (centre.saturating_sub(radius), (centre + radius).min(last));
        // The centre is no context of its own: the first word takes its place for a moment.
        let row = self.words[centre];
        self.words[centre] = self.words[from];
        let next = (centre + 2).min(last);
        let contexts = &self.words[from + 1..=to];
        debug_assert!(
            self.scratch
                .fits(contexts.len(), self.width, self.input.dim())
        );
        let outputs = |place: usize| &self.outputs[place * self.width..][..self.width];
        let mut step = Step {
            contexts,
            outputs: outputs(centre),
            next_outputs: outputs(next),
            next_context: self.words[(next + self.window).min(last)],
            dim: self.input.dim(),
            lr,
            share: match self.form {
                Form::SkipGram | Form::CbowSum => 1.0,
                Form::CbowMean => 1.0 / contexts.len().max(1) as f32,
            },
            weights: &[],
            scratch: &mut self.scratch,
        };
        // SAFETY: `row_ptr` gave rows of `dim` floats padded to `LINE`, which the borrowed matrices
        // keep allocated and let others touch only atomically; the two matrices are different
        // memory (two `SharedMatrix` never share pages); `scratch` was made for `2 * window`
        // contexts and `width` outputs, and there are no more; `run` came from
        // `Kernel`, which asked the processor, for this number of outputs.
        unsafe { (self.run)(&mut step) }
        self.words[centre] = row;
    }

    /// The loss since the last call, which is then forgotten.
    pub fn take_loss(&mut self) -> LossSum {
        self.scratch.take_loss()
    }
}
