//! What a worker needs beside the shared rows: private, allocated once.

use super::LINE;
use super::errors::pitch;

/// Sums of a run of steps from which the loss is made.
///
/// The loss of a pair is `-ln sigmoid(x)` for the centre and `-ln sigmoid(-x)` for a negative. With
/// `d = 1 + exp(-x)` these are `ln d` and `ln d + x`. A step multiplies the `d` into running
/// products, whose exponents are taken out at once so that they cannot overflow; the logarithm is
/// taken here, once in thousands of steps. Before the lanes have so many terms that a float would swallow
/// more of them, they are emptied into one sum.
#[derive(Debug, Clone)]
pub struct LossSum {
    /// Lane-wise products of `d`, each in 1..2.
    pub(super) mantissa: [f32; 16],
    /// Lane-wise exponents taken out of the products.
    pub(super) exponent: [f32; 16],
    /// Lane-wise sums of the negatives' logits.
    pub(super) negative: [f32; 16],
    /// Padding lanes that went through with logit 0, for which `d` is 2.
    pub(super) padding: u64,
    /// Context-centre pairs.
    pub(super) pairs: u64,
    /// What the lanes held when they were emptied last, and the pairs until then.
    settled: (f64, u64),
}

impl LossSum {
    pub(super) const EMPTY: Self = Self {
        mantissa: [1.0; 16],
        exponent: [0.0; 16],
        negative: [0.0; 16],
        padding: 0,
        pairs: 0,
        settled: (0.0, 0),
    };

    /// Total loss in nats and number of context-centre pairs (each with its negatives).
    pub fn total(&self) -> (f64, u64) {
        (self.settled.0 + self.lanes(), self.pairs)
    }

    /// Empties the lanes when pairs with `outputs` each have given them many terms.
    #[inline]
    fn settle(&mut self, outputs: usize) {
        if (self.pairs - self.settled.1) * outputs as u64 >= MANY {
            *self = Self {
                settled: self.total(),
                pairs: self.pairs,
                ..Self::EMPTY
            };
        }
    }

    /// Loss in the lanes.
    fn lanes(&self) -> f64 {
        let sum = |lanes: &[f32]| lanes.iter().map(|x| f64::from(*x)).sum::<f64>();
        // The system's own logarithm differs in the last bit from one processor to another.
        let logarithms = self.mantissa.iter().map(|x| libm::log(f64::from(*x)));
        let mantissas: f64 = logarithms.sum();
        let exponents = sum(&self.exponent) - self.padding as f64;
        mantissas + exponents * std::f64::consts::LN_2 + sum(&self.negative)
    }
}

/// Terms after which the lanes of a loss are emptied. A float counts exactly up to 2^24, an exponent is below 64, and
/// one more step adds no more than these did.
const MANY: u64 = 1 << 17;

/// Rows or floats of a step, at most.
pub const MOST: usize = 1 << 20;

/// Errors of two contexts as bf16, two and two: `bf16` tells their order.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Pairs(pub(super) [u32; 16]);

/// Private memory of one worker.
#[derive(Debug)]
pub struct Scratch {
    /// Logits, then errors, as `errors` lays them out: at most `pitch(outputs)` floats a context, and a vector's length more.
    pub(super) g: Vec<f32>,
    /// 1 where the logit is a centre's, 0 elsewhere, with `pitch(outputs)` floats a context.
    pub(super) labels: Vec<f32>,
    /// Errors for the kernels that multiply bf16.
    pub(super) pairs: Vec<Pairs>,
    /// Column blocks or whole rows, for the kernels that cannot keep them in registers.
    pub(super) rows: Vec<f32>,
    pub(super) loss: LossSum,
    contexts: usize,
    outputs: usize,
    dim: usize,
}

impl Scratch {
    /// Memory for steps of at most `contexts` context rows and exactly `outputs` output rows of
    /// `dim` floats.
    ///
    /// # Panics
    /// When one of them is above [`MOST`]: that no product of them overflows is what the kernels rely on.
    pub fn new(contexts: usize, outputs: usize, dim: usize) -> Self {
        assert!([contexts, outputs, dim].iter().all(|n| *n <= MOST));
        let stride = dim.next_multiple_of(LINE);
        let mut labels = vec![0.0; contexts * pitch(outputs) + LINE];
        labels
            .iter_mut()
            .step_by(pitch(outputs).max(1))
            .for_each(|label| *label = 1.0);
        Self {
            g: vec![0.0; labels.len()],
            labels,
            pairs: vec![Pairs([0; 16]); contexts.div_ceil(2)],
            rows: vec![0.0; 2 * (contexts + outputs + 1) * stride],
            loss: LossSum::EMPTY,
            contexts,
            outputs,
            dim,
        }
    }

    /// Whether a step of this size fits.
    pub fn fits(&self, contexts: usize, outputs: usize, dim: usize) -> bool {
        contexts <= self.contexts && outputs == self.outputs && dim <= self.dim
    }

    /// To be called between steps now and then, at the latest after each: keeps the loss exact.
    #[inline]
    pub fn settle_loss(&mut self) {
        self.loss.settle(self.outputs);
    }

    /// The loss since the last call, which is then forgotten.
    pub fn take_loss(&mut self) -> LossSum {
        std::mem::replace(&mut self.loss, LossSum::EMPTY)
    }
}
