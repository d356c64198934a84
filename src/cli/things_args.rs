//! What the lines are: text, or items, or edges.

use std::fs::File;
use std::io::{BufRead, BufReader};

use w2v::Error;
use w2v::corpus::{Corpus, ScanOptions};
use w2v::graph::{Graph, WalkOptions};
use w2v::text::{Input, TextOptions, TokenizerKind};
use w2v::train::{InputKind, TrainOptions};

use super::Failure;
use super::human;
use super::progress::Talk;
use super::trainer_args::choice;

/// Kinds of input, as typed.
const KINDS: &[InputKind] = &[
    InputKind::Text,
    InputKind::Baskets,
    InputKind::Sequence,
    InputKind::Graph,
];

/// Words rarer than this are dropped from a text.
pub(crate) const TEXT_MIN_COUNT: u64 = 5;

/// Starts of walks that are dealt together.
const STARTS: usize = 512;

/// What the lines are.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Items and graphs")]
pub(crate) struct ThingsArgs {
    /// What a line is: text; baskets, a set of items (every pair counts); sequence, items in order;
    /// graph, an edge: two nodes, and a weight if there is one. Items stand between tabs, or else white
    /// space, and keep their names exactly; "quotes" hold an item with spaces
    #[arg(long, value_name = "KIND", value_parser = choice(KINDS, InputKind::name), default_value = "text")]
    input: InputKind,
    /// Edges of the graph lead one way
    #[arg(long)]
    directed: bool,
    /// Walks from each node in an epoch [default: 10]
    #[arg(long, value_name = "N")]
    walks: Option<usize>,
    /// Nodes of a walk (2 to 1000) [default: 80]
    #[arg(long, value_name = "N")]
    walk_length: Option<usize>,
    /// Return parameter of node2vec: small, and walks step back more often [default: 1]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    p: Option<f64>,
    /// In-out parameter of node2vec: small, and walks lead away [default: 1]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    q: Option<f64>,
}

impl ThingsArgs {
    /// What training takes for options that are not typed.
    pub(crate) fn defaults(&self, text: TrainOptions) -> TrainOptions {
        let usual = self.input.usual(text);
        let walks = usual.walks.map(|walks| WalkOptions {
            walks: self.walks.unwrap_or(walks.walks),
            length: self.walk_length.unwrap_or(walks.length),
            p: self.p.unwrap_or(walks.p),
            q: self.q.unwrap_or(walks.q),
        });
        TrainOptions { walks, ..usual }
    }

    /// Refuses options of walks where nothing walks.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let of_walks = [
            ("directed", self.directed),
            ("walks", self.walks.is_some()),
            ("walk-length", self.walk_length.is_some()),
            ("p", self.p.is_some()),
            ("q", self.q.is_some()),
        ];
        match of_walks.iter().find(|(_, typed)| *typed) {
            Some((name, _)) if self.input != InputKind::Graph => Err(Failure::NoGraph(name)),
            _ => Ok(()),
        }
    }

    /// The count below which words are dropped by default.
    pub(crate) fn min_count(&self) -> u64 {
        match self.input {
            InputKind::Text => TEXT_MIN_COUNT,
            _ => 1,
        }
    }

    /// Takes items as they stand.
    pub(crate) fn scan(&self, scan: &mut ScanOptions) {
        if self.input != InputKind::Text {
            scan.text = TextOptions::new(TokenizerKind::Items);
            scan.detect_tokenizer = false;
        }
    }

    /// The graph, where there is one to read, and the starts of walks on it.
    pub(crate) fn graph(
        &self,
        scan: &ScanOptions,
        options: &TrainOptions,
        talk: &Talk,
    ) -> Result<Option<(Graph, Corpus)>, Failure> {
        if self.input != InputKind::Graph {
            return Ok(None);
        }
        let [input] = scan.inputs.as_slice() else {
            return Err(Failure::OneGraph(scan.inputs.len()));
        };
        let lines: Box<dyn BufRead> = match input {
            Input::Stdin => Box::new(std::io::stdin().lock()),
            Input::Path(path) => {
                let file = File::open(path).map_err(|e| Error::io(path, "open for reading", e))?;
                Box::new(BufReader::new(file))
            }
        };
        let graph = Graph::read(&input.to_string(), lines, self.directed)?;
        let nodes = graph.nodes().len();
        let of_node = if self.directed { 1 } else { 2 };
        talk.line(&format!(
            "graph of {} nodes and {} edges, {} in memory",
            human::count(nodes as u64),
            human::count((graph.arcs() / of_node) as u64),
            human::bytes(graph.bytes()),
        ));
        if graph.loops() > 0 {
            talk.line(&format!(
                "note: {} edges of a node to itself were left out",
                human::count(graph.loops())
            ));
        }
        let walks = options.walks.unwrap_or_default().walks;
        let starts: Vec<u32> = (0..walks).flat_map(|_| spread(nodes as u64)).collect();
        let corpus = Corpus::from_starts(graph.nodes().clone(), &starts, STARTS);
        Ok(Some((graph, corpus)))
    }
}

/// All ids below `n`, neighbours far apart: steps of the golden ratio, made coprime to `n`.
fn spread(n: u64) -> impl Iterator<Item = u32> {
    let gcd = |mut a: u64, mut b: u64| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let mut stride = (n as f64 * 0.618_033_988_75) as u64 | 1;
    while gcd(stride, n) != 1 {
        stride += 1;
    }
    (0..n).map(move |i| (i * stride % n) as u32)
}
