//! Training steps on two shared matrices: the safe door to the kernels.

use super::frozen::{Copies, RowSet};
use super::replica::Replica;
use super::shared_matrix::SharedMatrix;
use crate::kernels::{Kernel, LINE, LossSum, MOST_ROWS, Scratch, Step, StepFn};

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
/// Allocates when it is made, and when rows are frozen for the first time, and never after.
#[derive(Debug)]
pub struct Stepper<'m> {
    input: &'m SharedMatrix,
    output: &'m SharedMatrix,
    kernel: Kernel,
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
    sentence: usize,
    /// Input rows that no step may change.
    frozen: Option<&'m RowSet>,
    /// Share, times the learning rate, that an output row loses of itself in each step.
    decay: f32,
    copies: Option<Copies>,
    positions: Positions,
    /// Copies of the most frequent words' input and output rows.
    replicas: Option<[Replica; 2]>,
}

/// Weights of the positions in a window: private to a worker.
#[derive(Debug)]
struct Positions {
    /// A padded row for each position from `-window` to `window`; empty where they have no weights.
    weights: Vec<f32>,
    /// Where each row begins, during a sentence.
    rows: Vec<*mut f32>,
    stride: usize,
}

impl Positions {
    /// `places` rows of ones.
    fn new(positions: usize, dim: usize) -> Self {
        let stride = dim.next_multiple_of(LINE);
        let mut weights = vec![0.0_f32; positions * stride];
        for row in weights.chunks_exact_mut(stride) {
            row[..dim].fill(1.0);
        }
        Self {
            weights,
            rows: Vec::with_capacity(positions),
            stride,
        }
    }

    fn sentence(&mut self) {
        let first = self.weights.as_mut_ptr();
        self.rows.clear();
        let starts = (0..self.weights.len()).step_by(self.stride);
        self.rows.extend(starts.map(|at| first.wrapping_add(at)));
    }
}

impl<'m> Stepper<'m> {
    /// For windows of at most `window` words on each side, `width` output rows a centre, and
    /// sentences of at most `sentence` words.
    ///
    /// # Panics
    /// When the matrices differ in their dims, or are one and the same, or a size is beyond a million.
    pub fn new(
        kernel: Kernel,
        form: Form,
        (input, output): (&'m SharedMatrix, &'m SharedMatrix),
        [window, width, sentence]: [usize; 3],
    ) -> Self {
        assert_eq!(input.dim(), output.dim());
        assert!(!std::ptr::eq(input, output));
        assert!(window <= MOST_ROWS / 2 && sentence <= MOST_ROWS);
        Self {
            input,
            output,
            kernel,
            form,
            run: match form {
                Form::SkipGram => kernel.skipgram(width, input.dim()),
                Form::CbowSum | Form::CbowMean => kernel.cbow(width, input.dim(), false),
            },
            scratch: Scratch::new(2 * window, width, input.dim()),
            words: Vec::with_capacity(sentence),
            outputs: Vec::with_capacity(sentence * width),
            width,
            window,
            positions: Positions::new(0, input.dim()),
            sentence,
            frozen: None,
            decay: 0.0,
            copies: None,
            replicas: None,
        }
    }

    /// From the next sentence on, no step changes these input rows.
    pub fn freeze(&mut self, rows: Option<&'m RowSet>) {
        self.frozen = rows.filter(|rows| !rows.is_empty());
        if self.frozen.is_some() && self.copies.is_none() {
            let size = [self.sentence, 2 * self.window, self.input.dim()];
            self.copies = Some(Copies::new(size));
        }
    }

    /// Makes steps on copies of the first rows of both matrices, one for each of `shares`. [`Self::merge`] gives
    /// the shared rows what the copies have learnt, each its share (`0..=1`) of it, and takes what others have given.
    ///
    /// Does nothing where there is no memory for the copies: they make steps faster, no more.
    pub fn replicate(&mut self, shares: &[f32]) {
        // The sentence at hand may point to copies that end here.
        self.words.clear();
        self.outputs.clear();
        self.replicas = None;
        if shares.is_empty() {
            return;
        }
        let replica = |shared| Replica::new(self.kernel, shared, shares).ok();
        self.replicas = replica(self.input)
            .zip(replica(self.output))
            .map(<[_; 2]>::from);
    }

    /// Brings copied rows and shared ones together, where there are copies.
    pub fn merge(&mut self) {
        if let Some([input, output]) = &self.replicas {
            input.merge(self.input);
            output.merge(self.output);
        }
    }

    /// Lets output rows decay (Krogh and Hertz 1992): in each step they lose the share `decay`, times the learning rate, of
    /// themselves; at most all.
    #[must_use]
    pub fn decaying(mut self, decay: f32) -> Self {
        self.decay = decay;
        self
    }

    /// The same for CBOW, with a weight for each float at each position in the window (Mikolov 2018, section
    /// 2.2), 1 at first.
    ///
    /// # Panics
    /// When the form is not one of CBOW.
    #[must_use]
    pub fn weighted(mut self) -> Self {
        assert_ne!(self.form, Form::SkipGram);
        self.run = self.kernel.cbow(self.width, self.input.dim(), true);
        self.positions = Positions::new(2 * self.window + 1, self.input.dim());
        self
    }

    /// The weights of a position in the window, counted from its first word; the centre's own stands
    /// among them and means nothing.
    ///
    /// # Panics
    /// When positions have no weights, or there is no such position.
    pub fn position(&mut self, position: usize) -> &mut [f32] {
        // While this reference lives, nobody else may point to the rows.
        self.positions.rows.clear();
        &mut self.positions.weights[position * self.positions.stride..][..self.input.dim()]
    }

    /// Takes up a sentence: its words, and for each of them the output rows that its window meets
    /// (the word's own, then its negatives').
    ///
    /// # Panics
    /// When a row is not there, or the two do not belong together.
    pub fn sentence(&mut self, words: &[u32], outputs: &[u32]) {
        assert_eq!(words.len() * self.width, outputs.len());
        self.words.clear();
        let (input, output) = match &self.replicas {
            Some([input, output]) => (input.places(self.input), output.places(self.output)),
            None => (self.input.places(), self.output.places()),
        };
        self.words
            .extend(words.iter().map(move |row| input.row(*row)));
        if let (Some(frozen), Some(copies)) = (self.frozen, &self.copies) {
            for (place, row) in words.iter().enumerate() {
                if frozen.contains(*row) {
                    self.words[place] = copies.take(place, self.input, *row);
                }
            }
        }
        self.outputs.clear();
        self.outputs
            .extend(outputs.iter().map(move |row| output.row(*row)));
        self.positions.sentence();
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
        let weights = match self.positions.weights.is_empty() {
            true => &[][..],
            false => {
                // The same trade among the positions: `from` and `to` lie at most a window away.
                let (rows, first) = (&mut self.positions.rows, from + self.window - centre);
                rows[self.window] = rows[first];
                &rows[first + 1..=to + self.window - centre]
            }
        };
        let next = (centre + 2).min(last);
        let mut contexts = &self.words[from + 1..=to];
        if let (Some(_), Some(copies)) = (self.frozen, &mut self.copies) {
            contexts = copies.window(contexts);
        }
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
            keep: (1.0 - self.decay * lr).max(0.0),
            share: match self.form {
                Form::SkipGram | Form::CbowSum => 1.0,
                Form::CbowMean => 1.0 / contexts.len().max(1) as f32,
            },
            weights,
            scratch: &mut self.scratch,
        };
        // SAFETY: `Places::row` gave rows of `dim` floats padded to `LINE`, which the borrowed matrices
        // (or the replicas, which live until `replicate` clears these pointers) keep allocated and let others
        // touch only atomically; input and output rows are different
        // memory (two `SharedMatrix` never share pages), and copies are whole lines of this worker's
        // own; `scratch` was made for `2 * window` contexts and `width` outputs, and there are no more; where `run` is of weighted CBOW,
        // `weights` gives each context a private padded row of its own, whose pointer `sentence`
        // took and no reference has outdated since (`position` clears them); `run` came from
        // `Kernel`, which asked the processor, for this number of outputs.
        unsafe { (self.run)(&mut step) }
        self.scratch.settle_loss();
        self.words[centre] = row;
    }

    /// The loss since the last call, which is then forgotten.
    pub fn take_loss(&mut self) -> LossSum {
        self.scratch.take_loss()
    }
}
