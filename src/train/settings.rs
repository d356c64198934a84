//! The one table of options: help, checks, docs and stored metadata are made from it.

use crate::error::{OptionsError, Result};

/// One option: its name, meaning and limits, said once.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name as typed, without dashes: "dim".
    pub name: &'static str,
    /// One line on what it is, with its unit.
    pub help: &'static str,
    /// The allowed range, for people: "1 to 65536".
    pub range: &'static str,
    /// Where it comes from: paper and section.
    pub source: &'static str,
    /// Smallest and largest value.
    limits: (f64, f64),
}

impl Setting {
    /// Whether `value` is in range.
    ///
    /// # Errors
    /// [`OptionsError::OutOfRange`] with the option's name and range.
    pub(super) fn check(&self, value: f64) -> Result<()> {
        let (least, most) = self.limits;
        if (least..=most).contains(&value) {
            return Ok(());
        }
        Err(OptionsError::OutOfRange {
            name: self.name,
            range: self.range,
            found: value,
        }
        .into())
    }
}

pub(super) const DIM: Setting = Setting {
    name: "dim",
    help: "Length of a vector, in floats",
    range: "1 to 65536",
    source: "Mikolov 2013a, section 4.2",
    limits: (1.0, 65_536.0),
};
pub(super) const WINDOW: Setting = Setting {
    name: "window",
    help: "Words on each side of a word at most; each time 1 to this many are taken",
    range: "1 to 1000",
    source: "Mikolov 2013a, section 3.2",
    limits: (1.0, 1_000.0),
};
pub(super) const NEGATIVES: Setting = Setting {
    name: "negatives",
    help: "Noise words that a word is told from, drawn once a window",
    range: "0 to 100",
    source: "Mikolov 2013b, section 2.2",
    limits: (0.0, 100.0),
};
pub(super) const EPOCHS: Setting = Setting {
    name: "epochs",
    help: "Passes over the text",
    range: "1 to 10000",
    source: "Mikolov 2013a, section 4.3",
    limits: (1.0, 10_000.0),
};
pub(super) const LR: Setting = Setting {
    name: "lr",
    help: "Learning rate at the start; falls linearly to a ten-thousandth of it; cbow begins with 0.075",
    range: "above 0, to 10",
    source: "Mikolov 2013a, section 4.3",
    limits: (f64::MIN_POSITIVE, 10.0),
};
pub(super) const SUBSAMPLE: Setting = Setting {
    name: "subsample",
    help: "Words with a larger share of the text than this are dropped at random; 0 = never",
    range: "0 to 1",
    source: "Mikolov 2013b, section 2.3",
    limits: (0.0, 1.0),
};
pub(super) const NOISE_POWER: Setting = Setting {
    name: "noise-power",
    help: "Noise words are drawn by their count to this power",
    range: "-2 to 2",
    source: "Mikolov 2013b, section 2.2; Caselles-Dupre 2018 for other values",
    limits: (-2.0, 2.0),
};
pub(super) const OUTPUT_DECAY: Setting = Setting {
    name: "output-decay",
    help: "Output vectors lose this share of themselves, times the learning rate, whenever they learn; the best preset takes 0.025",
    range: "0 to 1",
    source: "Krogh and Hertz 1992",
    limits: (0.0, 1.0),
};
pub(super) const THREADS: Setting = Setting {
    name: "threads",
    help: "Worker threads; 0 = one a core",
    range: "0 to 1024",
    source: "Niu 2011 (Hogwild)",
    limits: (0.0, 1_024.0),
};
pub(super) const SEED: Setting = Setting {
    name: "seed",
    help: "Seed of all random choices; with one thread the same seed gives the same bytes",
    range: "0 to 18446744073709551615",
    source: "",
    limits: (0.0, f64::INFINITY),
};

/// Every option of the trainer that is a number.
pub const SETTINGS: &[Setting] = &[
    DIM,
    WINDOW,
    NEGATIVES,
    EPOCHS,
    LR,
    SUBSAMPLE,
    NOISE_POWER,
    OUTPUT_DECAY,
    THREADS,
    SEED,
];
