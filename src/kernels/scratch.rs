//! What a worker needs beside the shared rows: private, allocated once.

/// Sums of a run of steps from which the loss is made.
///
/// The loss of a pair is `-ln sigmoid(x)` for the centre and `-ln sigmoid(-x)` for a negative. With
/// `d = 1 + exp(-x)` these are `ln d` and `ln d + x`. A step multiplies the `d` into running
/// products, whose exponents are taken out at once so that they cannot overflow; the logarithm is
/// taken here, once in thousands of steps.
#[derive(Debug, Clone)]
pub struct LossSum {
    /// Lane-wise products of `d`, each in 1..2.
    pub(super) mantissa: [f32; 16],
    /// Lane-wise exponents taken out of the products.
    pub(super) exponent: [f32; 16],
    /// Lane-wise sums of all logits; those of centres are in `positive` too.
    pub(super) logits: [f32; 16],
    /// Lane-wise sums of the centres' logits.
    pub(super) positive: [f32; 4],
    /// Padding lanes that went through with logit 0, for which `d` is 2.
    pub(super) padding: u64,
    /// Context-centre pairs.
    pub(super) pairs: u64,
}

impl LossSum {
    pub(super) const EMPTY: Self = Self {
        mantissa: [1.0; 16],
        exponent: [0.0; 16],
        logits: [0.0; 16],
        positive: [0.0; 4],
        padding: 0,
        pairs: 0,
    };

    /// Total loss in nats and number of context-centre pairs (each with its negatives).
    pub fn total(&self) -> (f64, u64) {
        let sum = |lanes: &[f32]| lanes.iter().map(|x| f64::from(*x)).sum::<f64>();
        let mantissas: f64 = self.mantissa.iter().map(|x| f64::from(*x).ln()).sum();
        let exponents = sum(&self.exponent) - self.padding as f64;
        let linear = sum(&self.logits) - sum(&self.positive);
        (
            mantissas + exponents * std::f64::consts::LN_2 + linear,
            self.pairs,
        )
    }
}

/// Private memory of one worker.
#[derive(Debug)]
pub struct Scratch {
    /// Logits, then errors: groups of four contexts, output-major within a group.
    pub(super) g: Vec<f32>,
    /// Column blocks or whole rows, for the kernels that cannot keep them in registers.
    pub(super) rows: Vec<f32>,
    pub(super) loss: LossSum,
    contexts: usize,
    outputs: usize,
    dim: usize,
}

impl Scratch {
    /// Memory for steps of at most `contexts` context rows and `outputs` output rows of `dim` floats.
    pub fn new(contexts: usize, outputs: usize, dim: usize) -> Self {
        let stride = dim.next_multiple_of(super::LINE);
        let groups = contexts.div_ceil(4).max(1);
        Self {
            g: vec![0.0; groups * 4 * outputs.next_multiple_of(4) + super::LINE],
            rows: vec![0.0; 2 * (contexts + outputs + 1) * stride],
            loss: LossSum::EMPTY,
            contexts,
            outputs,
            dim,
        }
    }

    /// Whether a step of this size fits.
    pub fn fits(&self, contexts: usize, outputs: usize, dim: usize) -> bool {
        contexts <= self.contexts && outputs <= self.outputs && dim <= self.dim
    }

    /// The loss since the last call, which is then forgotten.
    pub fn take_loss(&mut self) -> LossSum {
        std::mem::replace(&mut self.loss, LossSum::EMPTY)
    }
}
