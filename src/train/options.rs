//! What can be asked of the trainer, and what passes for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::choices::{CbowGradient, InputKind, Objective, Preset, Vectors};
use super::settings::{self, Setting};
use super::units::UNIT;
use crate::error::{OptionsError, Result};
use crate::graph::WalkOptions;
use crate::kernels::Kernel;
use crate::memory::Form;

/// Options as typed: plain data, nothing checked until [`TrainOptions::validate`]. Ranges and meanings of the numbers
/// are in [`SETTINGS`](super::SETTINGS), the usual values in [`TrainOptions::default`] and, for other input than text, in
/// [`InputKind::usual`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainOptions {
    /// What the lines are.
    pub input: InputKind,
    /// How walks on a graph go.
    pub walks: Option<WalkOptions>,
    /// What predicts what.
    pub objective: Objective,
    /// What of the mean's gradient a word is given; `Sum` in skip-gram.
    pub cbow_gradient: CbowGradient,
    /// Whether each position in a window has learnt weights (CBOW only; Mikolov 2018, section 2.2).
    pub position_weights: bool,
    /// Length of a vector.
    pub dim: usize,
    /// Words on each side at most.
    pub window: usize,
    /// Noise words a centre.
    pub negatives: usize,
    /// Passes over the corpus.
    pub epochs: usize,
    /// Learning rate at the start.
    pub lr: f64,
    /// Subsampling threshold; 0 = off.
    pub subsample: f64,
    /// Exponent of the noise distribution.
    pub noise_power: f64,
    /// Share, times the learning rate, that an output row loses of itself whenever it learns.
    pub output_decay: f64,
    /// Which vectors are kept.
    pub vectors: Vectors,
    /// Whether the output rows are kept beside the vectors, so that these can be trained further.
    pub keep_output: bool,
    /// Worker threads; 0 = all cores.
    pub threads: usize,
    /// Seed of all random choices.
    pub seed: u64,
    /// Whether the result is the same, byte by byte, for any number of threads.
    pub deterministic: bool,
    /// Family of kernels; `None` = the fastest that this processor runs.
    pub kernel: Option<Kernel>,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            input: InputKind::Text,
            walks: None,
            objective: Objective::SkipGram,
            cbow_gradient: CbowGradient::Sum,
            position_weights: false,
            dim: 100,
            window: 5,
            negatives: 5,
            epochs: 10,
            lr: 0.05,
            subsample: 1e-3,
            noise_power: 0.75,
            output_decay: 0.0,
            vectors: Vectors::Combined,
            keep_output: false,
            threads: 0,
            seed: 1,
            deterministic: false,
            kernel: None,
        }
    }
}

impl TrainOptions {
    /// What suits an objective.
    pub fn of(objective: Objective, cbow_gradient: CbowGradient) -> Self {
        let usual = Self::default();
        Self {
            objective,
            cbow_gradient,
            lr: match (objective, cbow_gradient) {
                (Objective::SkipGram, _) => usual.lr,
                (Objective::Cbow, CbowGradient::Sum) => 0.075,
                (Objective::Cbow, CbowGradient::Mean) => 0.2,
            },
            ..usual
        }
    }

    /// The same with the sizes and rates of a preset.
    #[must_use]
    pub fn preset(self, preset: Preset) -> Self {
        match preset {
            Preset::Fast => Self {
                epochs: 5,
                negatives: 3,
                ..self
            },
            Preset::Balanced => self,
            Preset::Best => Self {
                dim: 400,
                window: 9,
                negatives: 7,
                epochs: 16,
                subsample: 3e-5,
                output_decay: 0.025,
                // Three fifths of what suits the default length.
                lr: self.lr * 0.6,
                ..self
            },
        }
    }

    /// Checks everything together and changes nothing.
    ///
    /// # Errors
    /// The first option out of range or at odds with another.
    pub fn validate(self) -> Result<TrainConfig> {
        for (setting, value) in self.numbers() {
            setting.check(value)?;
        }
        if let Some(walks) = &self.walks {
            walks.check()?;
        }
        if self.keep_output && self.vectors == Vectors::Combined {
            return Err(OptionsError::Combined {
                name: "keep-output",
            }
            .into());
        }
        if let Some(kernel) = self.kernel.filter(|kernel| !kernel.is_available()) {
            let names: Vec<_> = Kernel::available().map(Kernel::name).collect();
            return Err(OptionsError::Kernel {
                found: kernel.name(),
                available: names.join(", "),
            }
            .into());
        }
        if self.position_weights && self.objective != Objective::Cbow {
            return Err(OptionsError::Needs {
                name: "position-weights",
                needs: "--objective cbow",
            }
            .into());
        }
        if self.cbow_gradient == CbowGradient::Mean && self.objective != Objective::Cbow {
            return Err(OptionsError::Needs {
                name: "cbow-gradient",
                needs: "--objective cbow",
            }
            .into());
        }
        Ok(TrainConfig { options: self })
    }

    /// These options with what a model's metadata say of what is learnt: window, negatives, noise, walks and
    /// so on; the learning rate, epochs, threads, seed and kernel stay.
    #[must_use]
    pub fn as_trained(self, stored: &BTreeMap<String, String>) -> Self {
        fn read<T: std::str::FromStr>(value: Option<&String>) -> Option<T> {
            value.and_then(|value| value.parse().ok())
        }
        let get = |name: &str| stored.get(name);
        let is = |name: &str, value: &str| get(name).is_some_and(|found| found == value);
        let objectives = [Objective::SkipGram, Objective::Cbow];
        let gradients = [CbowGradient::Sum, CbowGradient::Mean];
        let walks = |usual: WalkOptions| WalkOptions {
            directed: usual.directed || is("directed", "yes"),
            walks: read(get("walks")).unwrap_or(usual.walks),
            length: read(get("walk-length")).unwrap_or(usual.length),
            p: read(get("p")).unwrap_or(usual.p),
            q: read(get("q")).unwrap_or(usual.q),
        };
        Self {
            walks: self.walks.map(walks),
            objective: (objectives.into_iter().find(|o| is("objective", o.name())))
                .unwrap_or(self.objective),
            cbow_gradient: (gradients
                .into_iter()
                .find(|g| is("cbow-gradient", g.name())))
            .unwrap_or(self.cbow_gradient),
            window: read(get("window")).unwrap_or(self.window),
            negatives: read(get("negatives")).unwrap_or(self.negatives),
            subsample: read(get("subsample")).unwrap_or(self.subsample),
            noise_power: read(get("noise-power")).unwrap_or(self.noise_power),
            output_decay: read(get("output-decay")).unwrap_or(self.output_decay),
            ..self
        }
    }

    /// Tokens a unit of work aims at: fewer where each is much work, so that a run hears within a
    /// second or so what it is told.
    pub(super) fn unit(&self) -> usize {
        /// Products of floats a token up to which units are of full size.
        const USUAL: usize = 200_000;
        let cost = self.window * (1 + self.negatives) * self.dim;
        (UNIT * USUAL / cost.max(1)).clamp(64, UNIT)
    }

    /// How the words of a window work together.
    pub(super) fn form(&self) -> Form {
        match (self.objective, self.cbow_gradient) {
            (Objective::SkipGram, _) => Form::SkipGram,
            (Objective::Cbow, CbowGradient::Sum) => Form::CbowSum,
            (Objective::Cbow, CbowGradient::Mean) => Form::CbowMean,
        }
    }

    fn kernel(&self) -> Kernel {
        self.kernel.unwrap_or_else(Kernel::best)
    }

    fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        }
    }

    /// See [`TrainConfig::describe`].
    pub(super) fn describe(&self) -> BTreeMap<String, String> {
        let o = self;
        let cbow = [
            ("cbow-gradient", o.cbow_gradient.name().to_owned()),
            ("position-weights", o.position_weights.to_string()),
        ];
        let cbow = cbow.into_iter().filter(|_| o.objective == Objective::Cbow);
        // Where their number decides nothing it is no part of the result.
        let threads = match o.deterministic {
            true => ("deterministic", "yes".to_owned()),
            false => ("threads", self.threads().to_string()),
        };
        let decay = (o.output_decay != 0.0).then(|| ("output-decay", o.output_decay.to_string()));
        let input = (o.input != InputKind::Text).then(|| ("input", o.input.name().to_owned()));
        let directed = o.walks.filter(|walks| walks.directed);
        let directed = directed.map(|_| ("directed", "yes".to_owned()));
        let walks = o.walks.into_iter().flat_map(|w| {
            [
                ("walks", w.walks.to_string()),
                ("walk-length", w.length.to_string()),
                ("p", w.p.to_string()),
                ("q", w.q.to_string()),
            ]
        });
        [
            ("objective", o.objective.name().to_owned()),
            ("dim", o.dim.to_string()),
            ("window", o.window.to_string()),
            ("negatives", o.negatives.to_string()),
            ("epochs", o.epochs.to_string()),
            ("lr", o.lr.to_string()),
            ("subsample", o.subsample.to_string()),
            ("noise-power", o.noise_power.to_string()),
            ("vectors", o.vectors.name().to_owned()),
            threads,
            ("seed", o.seed.to_string()),
            ("kernel", self.kernel().name().to_owned()),
        ]
        .into_iter()
        .chain(cbow)
        .chain(decay)
        .chain(input)
        .chain(walks)
        .chain(directed)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    fn numbers(&self) -> [(Setting, f64); 10] {
        [
            (settings::DIM, self.dim as f64),
            (settings::WINDOW, self.window as f64),
            (settings::NEGATIVES, self.negatives as f64),
            (settings::EPOCHS, self.epochs as f64),
            (settings::LR, self.lr),
            (settings::SUBSAMPLE, self.subsample),
            (settings::NOISE_POWER, self.noise_power),
            (settings::OUTPUT_DECAY, self.output_decay),
            (settings::THREADS, self.threads as f64),
            (settings::SEED, self.seed as f64),
        ]
    }
}

/// Options that have passed [`TrainOptions::validate`].
#[derive(Debug, Clone, PartialEq)]
pub struct TrainConfig {
    options: TrainOptions,
}

impl TrainConfig {
    /// The options, all in range.
    pub fn options(&self) -> &TrainOptions {
        &self.options
    }

    /// The family of kernels that the run takes.
    pub fn kernel(&self) -> Kernel {
        self.options.kernel()
    }

    /// Worker threads, at least 1: as asked, or one a core.
    pub fn threads(&self) -> usize {
        self.options.threads()
    }

    /// Threads that make steps: only one where their order must not change.
    pub(super) fn workers(&self) -> usize {
        match self.options.deterministic {
            true => 1,
            false => self.threads(),
        }
    }

    /// Whether another thread makes the random choices for the one that makes steps.
    pub(super) fn prepares_ahead(&self) -> bool {
        self.options.deterministic && self.threads() > 1
    }

    /// Names and values of all that decides the result, as stored in a model.
    pub fn describe(&self) -> BTreeMap<String, String> {
        self.options.describe()
    }
}
