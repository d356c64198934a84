//! What the lines are: text, or items, or edges, or rows of a table.

use std::collections::BTreeMap;

use w2v::corpus::ScanOptions;
use w2v::text::{TextFormat, TextOptions, TokenizerKind};
use w2v::train::InputKind;

use super::event_args::EventArgs;
use super::graph_args::GraphArgs;
use super::table_args::TableArgs;
use super::trainer_args::choice;

/// Kinds of input, as typed.
const KINDS: &[InputKind] = &[
    InputKind::Text,
    InputKind::Baskets,
    InputKind::Sequence,
    InputKind::Events,
    InputKind::Graph,
    InputKind::Table,
];

/// Words rarer than this are dropped from a text.
pub(crate) const TEXT_MIN_COUNT: u64 = 5;

/// What the lines are.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct ThingsArgs {
    /// What is trained on: text, baskets, sequence, events, graph or table, as told above. Names of
    /// items, nodes and categories stay exactly as they are, but that line ends in them become blanks
    #[arg(long, value_name = "KIND", value_parser = choice(KINDS, InputKind::name),
          default_value = "text", hide_possible_values = true)]
    input: InputKind,
    #[command(flatten)]
    pub(crate) events: EventArgs,
    #[command(flatten)]
    pub(crate) graph: GraphArgs,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

impl ThingsArgs {
    pub(crate) fn kind(&self) -> InputKind {
        self.input
    }

    /// The count below which words are dropped by default.
    pub(crate) fn min_count(&self) -> u64 {
        match self.input {
            InputKind::Text => TEXT_MIN_COUNT,
            _ => 1,
        }
    }

    /// Names and values of what decides the words, as asked for, beside the options of text; a model that
    /// is trained further knows the columns of its table.
    pub(crate) fn describe(&self, scan: &ScanOptions) -> BTreeMap<String, String> {
        let mut all = match self.input {
            InputKind::Graph => BTreeMap::new(),
            _ => scan.describe(),
        };
        if self.input == InputKind::Table && scan.text.columns.is_empty() {
            all.extend(self.table.describe());
        }
        all
    }

    /// Takes items as they stand.
    pub(crate) fn scan(&self, scan: &mut ScanOptions) {
        if self.input != InputKind::Text {
            scan.text = TextOptions::new(TokenizerKind::Items);
            scan.detect_tokenizer = false;
        }
        if self.input == InputKind::Events {
            scan.sources.format = TextFormat::Events(self.events.options(scan));
        }
    }
}
