//! What the trainer is given the choice of, by name.

use serde::{Deserialize, Serialize};

use super::options::TrainOptions;
use crate::graph::WalkOptions;

/// What predicts what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// Each context word predicts the centre (Mikolov 2013b).
    SkipGram,
    /// The mean of the context words predicts the centre (Mikolov 2013a, section 3.1).
    Cbow,
}

impl Objective {
    /// Its name as typed and stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::SkipGram => "skipgram",
            Self::Cbow => "cbow",
        }
    }
}

/// What of the gradient of a window's mean each of its words is given (CBOW only).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CbowGradient {
    /// All of it, as in word2vec's code.
    Sum,
    /// Its share, which is the true gradient (Irsoy, Benton, Stratos 2021); wants three to four times
    /// the learning rate.
    Mean,
}

impl CbowGradient {
    /// Its name as typed and stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Mean => "mean",
        }
    }
}

/// Which vectors are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vectors {
    /// The input matrix, as word2vec keeps it.
    Input,
    /// Centred unit input rows + half the output rows, turned onto them, and for a text the three strongest directions no
    /// stronger than the fourth: better at analogies of both kinds, at no cost in the length of vectors. Beyond 1024 floats
    /// it is as `Input`.
    Combined,
}

impl Vectors {
    /// Its name as typed and stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Combined => "combined",
        }
    }
}

/// How much time to spend on how good vectors; sizes and rates that suit each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Half the passes, and fewer negatives.
    Fast,
    /// What is done unless something else is asked for; suits a text of a few to a hundred megabytes.
    Balanced,
    /// Longer vectors, wider windows, more negatives and passes, at several times the time; for texts from
    /// some ten megabytes on.
    Best,
}

impl Preset {
    /// Its name as typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Balanced => "balanced",
            Self::Best => "best",
        }
    }
}

/// What the lines to train on are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// Sentences of words.
    #[default]
    Text,
    /// Sets of items: every pair of a line counts alike. A line is shuffled each time, so that an item meets
    /// a random part of it, as many as the window holds.
    Baskets,
    /// Items in their order.
    Sequence,
    /// The items of each user in the order of time.
    Events,
    /// Walks on a graph.
    Graph,
    /// Rows of a table: the categories of a row are a set.
    Table,
}

impl InputKind {
    /// Its name as typed and stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Baskets => "baskets",
            Self::Sequence => "sequence",
            Self::Events => "events",
            Self::Graph => "graph",
            Self::Table => "table",
        }
    }

    /// Whether the order within a line means nothing.
    pub(super) fn is_set(self) -> bool {
        matches!(self, Self::Baskets | Self::Table)
    }

    /// Whether the lines are items, of which some are recommended.
    pub fn is_items(self) -> bool {
        matches!(self, Self::Baskets | Self::Sequence | Self::Events)
    }

    /// What suits this kind of input, where other options than those of text do.
    pub fn usual(self, text: TrainOptions) -> TrainOptions {
        let things = TrainOptions {
            input: self,
            epochs: 20,
            subsample: 0.0,
            output_decay: 0.0,
            ..text.clone()
        };
        // Chances of items come from input and output rows together.
        let items = TrainOptions {
            dim: 50,
            lr: things.lr / 2.0,
            noise_power: 0.5,
            vectors: Vectors::Input,
            keep_output: true,
            ..things.clone()
        };
        match self {
            Self::Text => text,
            // Few others of a basket at a time, of each of its items: large baskets count by their items,
            // not by their pairs.
            Self::Baskets => TrainOptions {
                objective: Objective::Cbow,
                window: 2,
                lr: match text.cbow_gradient {
                    CbowGradient::Sum => 0.02,
                    CbowGradient::Mean => 0.064,
                },
                ..items
            },
            Self::Sequence | Self::Events => items,
            Self::Table => TrainOptions {
                window: 100,
                dim: 16,
                ..things
            },
            // At the whole rate a graph of many small components, whose walks meet the same few nodes over and
            // over, diverges.
            Self::Graph => TrainOptions {
                window: 10,
                epochs: 5,
                lr: things.lr / 2.0,
                walks: Some(WalkOptions::default()),
                ..things
            },
        }
    }
}
