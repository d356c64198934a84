//! Graphs: an edge list in memory, and random walks on it.
//!
//! May use `vocab` and `memory`.

mod read;
#[cfg(test)]
mod tests;
mod walk;
mod weights;

use std::ops::Range;

use xxhash_rust::xxh3::Xxh3;

use crate::vocab::Vocab;
use weights::Weights;

pub use read::GraphBuilder;
pub use walk::{TOGETHER, WalkOptions, Walks};

/// Nodes and their neighbours in compressed rows: 4 bytes an arc, 6 with weights, 8 a node. An
/// undirected edge is two arcs.
#[derive(Debug)]
pub struct Graph {
    nodes: Vocab,
    /// Where each node's neighbours end in `targets`.
    ends: Vec<u64>,
    /// Neighbours of each node, ascending.
    targets: Vec<u32>,
    /// Weights of the arcs; none where all are equal.
    weights: Weights,
    seen: Seen,
}

/// What the lists of edges held beside the graph.
#[derive(Debug, Default)]
struct Seen {
    lines: u64,
    /// Edges of a node to itself, which were left out.
    loops: u64,
    /// Invalid UTF-8 sequences in names of nodes, which were replaced.
    replaced: u64,
}

impl Graph {
    /// The nodes, those with the most arcs first; a node's count is its number of arcs (at least 1).
    pub fn nodes(&self) -> &Vocab {
        &self.nodes
    }

    /// Number of arcs: two for an undirected edge.
    pub fn arcs(&self) -> usize {
        self.targets.len()
    }

    /// Edges of a node to itself, which were left out.
    pub fn loops(&self) -> u64 {
        self.seen.loops
    }

    /// Lines of the lists that it was read from.
    pub fn lines(&self) -> u64 {
        self.seen.lines
    }

    /// Invalid UTF-8 sequences that were replaced.
    pub fn replaced(&self) -> u64 {
        self.seen.replaced
    }

    /// Bytes of the compressed rows.
    pub fn bytes(&self) -> u64 {
        (self.ends.len() * 8 + self.targets.len() * 4 + self.weights.bytes()) as u64
    }

    /// Where the arcs of `node` lie.
    #[inline]
    fn range(&self, node: u32) -> Range<usize> {
        let node = node as usize;
        let start = if node == 0 { 0 } else { self.ends[node - 1] };
        start as usize..self.ends[node] as usize
    }

    /// The nodes that arcs lead to from `node`, ascending.
    ///
    /// # Panics
    /// When `node` is not below the number of nodes.
    pub fn neighbors(&self, node: u32) -> &[u32] {
        &self.targets[self.range(node)]
    }

    /// XXH3-64 of all arcs and their weights.
    pub(crate) fn checksum(&self) -> u64 {
        let (mut sum, mut bytes) = (Xxh3::new(), Vec::new());
        for node in 0..self.nodes.len() as u32 {
            let (range, targets) = (self.range(node), self.neighbors(node));
            bytes.clear();
            bytes.extend((targets.len() as u64).to_le_bytes());
            bytes.extend(targets.iter().flat_map(|target| target.to_le_bytes()));
            bytes.extend(self.weights.le_bytes(range));
            sum.update(&bytes);
        }
        sum.digest()
    }
}
