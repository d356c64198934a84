//! From an edge list to a graph.

use std::io::BufRead;

use super::Graph;
use crate::error::{Error, GraphError, Result};
use crate::vocab::{Interner, Vocab};

/// Arcs as they were read, by the order in which nodes came up.
#[derive(Default)]
struct Arcs {
    ends: Vec<(u32, u32)>,
    /// One an arc; empty as long as all are 1.
    weights: Vec<f32>,
    loops: u64,
}

impl Arcs {
    fn add(&mut self, from: u32, to: u32, weight: f32) {
        if weight != 1.0 && self.weights.is_empty() {
            self.weights.resize(self.ends.len(), 1.0);
        }
        if weight != 1.0 || !self.weights.is_empty() {
            self.weights.push(weight);
        }
        self.ends.push((from, to));
    }
}

impl Graph {
    /// Reads an edge list: two nodes a line, and a weight if there is one; fields stand between tabs,
    /// commas or white space. Empty lines and those that begin with `#` or `%` are left out, as are edges of a
    /// node to itself. A line of one node is a node without edges. `name` is for error messages.
    ///
    /// # Errors
    /// A line that is no edge, a weight that is no number above 0, a list without edges.
    pub fn read(name: &str, mut lines: impl BufRead, directed: bool) -> Result<Self> {
        let mut interner = Interner::new();
        let mut arcs = Arcs::default();
        let mut line = String::new();
        let mut number = 0_u64;
        loop {
            line.clear();
            let read = lines.read_line(&mut line);
            number += 1;
            if read.map_err(|e| Error::io(name, "read", e))? == 0 {
                break;
            }
            let bad = |problem: String| GraphError::Line {
                name: name.to_owned(),
                line: number,
                problem,
            };
            let text = line.trim();
            if text.is_empty() || text.starts_with(['#', '%']) {
                continue;
            }
            let mut fields = fields(text);
            let from = fields.next().unwrap_or(text);
            let from = interner.add(from, 0);
            let Some(to) = fields.next() else {
                continue;
            };
            let to = interner.add(to, 0);
            let weight = fields.next().map_or(Ok(1.0), weight).map_err(bad)?;
            if fields.next().is_some() {
                return Err(bad("found more than three fields".to_owned()).into());
            }
            if from == to {
                arcs.loops += 1;
                continue;
            }
            arcs.add(from, to, weight);
        }
        if arcs.ends.is_empty() {
            let name = name.to_owned();
            return Err(GraphError::NoEdges { name }.into());
        }
        Ok(build(&interner, arcs, directed))
    }
}

/// The fields of a line that is not empty.
fn fields(line: &str) -> Box<dyn Iterator<Item = &str> + '_> {
    match ['\t', ','].into_iter().find(|c| line.contains(*c)) {
        Some(separator) => Box::new(line.split(separator).map(str::trim)),
        None => Box::new(line.split_whitespace()),
    }
}

fn weight(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(weight) if weight > 0.0 && weight.is_finite() => Ok(weight),
        _ => Err(format!("the weight is {text:?}, not a number above 0")),
    }
}

/// Orders the nodes by their arcs, and the arcs by their nodes.
fn build(interner: &Interner, arcs: Arcs, directed: bool) -> Graph {
    let Arcs {
        ends: mut edges,
        weights,
        loops,
    } = arcs;
    let mut degrees = vec![0_u64; interner.len()];
    for (from, to) in &edges {
        degrees[*from as usize] += 1;
        degrees[*to as usize] += 1;
    }
    let ids = 0..interner.len() as u32;
    let counts = ids.clone().map(|id| {
        let degree = degrees[id as usize];
        (interner.word(id), degree.max(1))
    });
    let nodes = Vocab::from_counts(counts, 1, None);
    let renamed: Vec<u32> = ids
        .map(|id| nodes.id(interner.word(id)).unwrap_or_default())
        .collect();
    for (from, to) in &mut edges {
        (*from, *to) = (renamed[*from as usize], renamed[*to as usize]);
    }
    let mut next = vec![0_u64; nodes.len()];
    for (from, to) in &edges {
        next[*from as usize] += 1;
        next[*to as usize] += u64::from(!directed);
    }
    let mut sum = 0;
    for place in &mut next {
        sum += std::mem::replace(place, sum);
    }
    let mut targets = vec![0_u32; sum as usize];
    let mut sums = vec![0.0_f32; if weights.is_empty() { 0 } else { sum as usize }];
    for (at, (from, to)) in edges.iter().enumerate() {
        let mut put = |from: u32, to: u32| {
            let place = next[from as usize] as usize;
            targets[place] = to;
            if let Some(weight) = weights.get(at) {
                sums[place] = *weight;
            }
            next[from as usize] += 1;
        };
        put(*from, *to);
        if !directed {
            put(*to, *from);
        }
    }
    let mut graph = Graph {
        nodes,
        ends: next,
        targets,
        sums,
        loops,
    };
    graph.sort();
    graph
}

impl Graph {
    /// Sorts each node's arcs, and makes sums of their weights.
    fn sort(&mut self) {
        let mut pairs: Vec<(u32, f32)> = Vec::new();
        for node in 0..self.nodes.len() as u32 {
            let range = self.range(node);
            let targets = &mut self.targets[range.clone()];
            if self.sums.is_empty() {
                targets.sort_unstable();
                continue;
            }
            let sums = &mut self.sums[range];
            pairs.clear();
            pairs.extend(targets.iter().copied().zip(sums.iter().copied()));
            pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let mut sum = 0.0_f64;
            for (at, (target, weight)) in pairs.iter().enumerate() {
                sum += f64::from(*weight);
                targets[at] = *target;
                sums[at] = sum as f32;
            }
        }
    }
}
