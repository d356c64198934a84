//! Graphs and walks on them, as typed.

use std::io::{BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use w2v::corpus::{Corpus, ScanFacts, ScanOptions, ScanProgress};
use w2v::error::TextError;
use w2v::graph::{Graph, GraphBuilder, WalkOptions};
use w2v::text::{SourceCounters, expand, open_text};
use w2v::train::TrainOptions;

use super::Failure;
use super::human;
use super::interrupt::Interrupt;
use super::progress::Talk;
use super::scan::{notes, or_interrupted};

/// Starts of walks that are dealt together.
const STARTS: usize = 512;

/// The graph's edges, and how walks go.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Graphs (--input graph)")]
pub(crate) struct GraphArgs {
    /// Edges lead one way
    #[arg(long)]
    directed: bool,
    /// Walks from each node in an epoch [default: 10]
    #[arg(long, value_name = "N")]
    walks: Option<usize>,
    /// Nodes of a walk (2 to 1000) [default: 80]
    #[arg(long, value_name = "N")]
    walk_length: Option<usize>,
    /// Return parameter of node2vec: small, and walks step back more often [default: 1]
    #[arg(long, value_name = "X")]
    p: Option<f64>,
    /// In-out parameter of node2vec: small, and walks lead away [default: 1]
    #[arg(long, value_name = "X")]
    q: Option<f64>,
}

impl GraphArgs {
    /// What was typed, and `usual` for the rest.
    pub(crate) fn walks(&self, usual: WalkOptions) -> WalkOptions {
        WalkOptions {
            directed: self.directed || usual.directed,
            walks: self.walks.unwrap_or(usual.walks),
            length: self.walk_length.unwrap_or(usual.length),
            p: self.p.unwrap_or(usual.p),
            q: self.q.unwrap_or(usual.q),
        }
    }

    /// The graph, and the starts of walks on it.
    pub(crate) fn read(
        (scan, options): (&ScanOptions, &TrainOptions),
        talk: &mut Talk,
        interrupt: &Interrupt,
    ) -> Result<(Graph, Corpus), Failure> {
        let counters = Arc::new(SourceCounters::default());
        let walks = options.walks.unwrap_or_default();
        let builder = GraphBuilder::new(walks.directed);
        let graph = build(builder, (scan, &counters), talk, interrupt);
        talk.done();
        let graph = or_interrupted(graph, interrupt)?;
        let nodes = graph.nodes().len();
        let of_edge = if walks.directed { 1 } else { 2 };
        let few = |n: u64, one: &str, more: &str| match n {
            1 => format!("1 {one}"),
            n => format!("{} {more}", human::count(n)),
        };
        talk.line(&format!(
            "graph of {} and {}, {} in memory",
            few(nodes as u64, "node", "nodes"),
            few((graph.arcs() / of_edge) as u64, "edge", "edges"),
            human::bytes(graph.bytes()),
        ));
        if graph.loops() > 0 {
            talk.line(&format!(
                "note: left out {} of a node to itself",
                few(graph.loops(), "edge", "edges")
            ));
        }
        let starts: Vec<u32> = (0..walks.walks)
            .flat_map(|_| spread(nodes as u64))
            .collect();
        let facts = ScanFacts {
            bytes: counters.bytes_of_text.load(Ordering::Relaxed),
            lines: graph.lines(),
            tokens: starts.len() as u64,
            types: nodes as u64,
            replaced: graph.replaced() + counters.replaced.load(Ordering::Relaxed),
            ..ScanFacts::default()
        };
        let corpus = Corpus::from_starts(graph.nodes().clone(), &starts, STARTS).seen(facts);
        talk.log.scanned(&corpus);
        notes(&corpus, talk);
        Ok((graph, corpus))
    }
}

/// Adds all edges of the input.
fn build(
    mut builder: GraphBuilder,
    (scan, counters): (&ScanOptions, &Arc<SourceCounters>),
    talk: &mut Talk,
    interrupt: &Interrupt,
) -> Result<Graph, w2v::Error> {
    for input in expand(&scan.inputs, &scan.sources)? {
        let lines = Watched {
            lines: open_text(&input, &scan.sources, counters)?,
            talk: &mut *talk,
            counters,
            interrupt,
            shown: 0,
        };
        builder.read(&input.to_string(), lines)?;
    }
    builder.finish()
}

/// Shows how far reading has come, and ends it when it is asked to.
struct Watched<'a, R> {
    lines: R,
    talk: &'a mut Talk,
    counters: &'a SourceCounters,
    interrupt: &'a Interrupt,
    /// Bytes at the last look.
    shown: u64,
}

impl<R: BufRead> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Watched<'_, R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.interrupt.asked() {
            return Err(std::io::Error::other(TextError::Interrupted));
        }
        let read = self.counters.bytes_read.load(Ordering::Relaxed);
        if read != self.shown {
            self.shown = read;
            self.talk.scanning(&ScanProgress {
                bytes_read: read,
                ..ScanProgress::default()
            });
        }
        self.lines.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        self.lines.consume(length);
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
