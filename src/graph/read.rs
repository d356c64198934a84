//! From an edge list to a graph.

use std::io::BufRead;

use super::weights::{Weight, Weights};
use super::{Graph, Seen};
use crate::error::{Error, GraphError, Result, TextError};
use crate::memory::on_huge_pages;
use crate::vocab::{Interner, Vocab};

/// Arcs as they were read, by the order in which nodes came up.
#[derive(Default)]
struct Arcs {
    ends: Vec<(u32, u32)>,
    /// One an arc; empty as long as all are 1.
    weights: Vec<f32>,
    seen: Seen,
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

/// Takes edges from one list or several.
pub struct GraphBuilder {
    interner: Interner,
    arcs: Arcs,
    directed: bool,
    names: Vec<String>,
}

impl GraphBuilder {
    /// No edge yet; edges lead both ways unless they are `directed`.
    pub fn new(directed: bool) -> Self {
        Self {
            interner: Interner::new(),
            arcs: Arcs::default(),
            directed,
            names: Vec::new(),
        }
    }

    /// Reads an edge list: two nodes a line, and a weight if there is one; fields stand between tabs,
    /// commas or white space. Empty lines and those that begin with `#` or `%` are left out, as are edges of a
    /// node to itself. A line of one node is a node without edges. `name` is for error messages.
    ///
    /// # Errors
    /// A line that is no edge, a weight that is no number above 0.
    pub fn read(&mut self, name: &str, mut lines: impl BufRead) -> Result<()> {
        self.names.push(name.to_owned());
        let mut bytes = Vec::new();
        for number in 1.. {
            bytes.clear();
            let read = lines.read_until(b'\n', &mut bytes);
            if read.map_err(|e| unread(name, e))? == 0 {
                break;
            }
            self.arcs.seen.lines += 1;
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim();
            if !is_comment(text) {
                let invalid = bytes.utf8_chunks().filter(|c| !c.invalid().is_empty());
                self.arcs.seen.replaced += invalid.count() as u64;
            }
            self.line(text).map_err(|problem| GraphError::Line {
                name: name.to_owned(),
                line: number,
                problem,
            })?;
        }
        Ok(())
    }

    fn line(&mut self, text: &str) -> Result<(), String> {
        if text.is_empty() || is_comment(text) {
            return Ok(());
        }
        if let Some((whole, fraction)) = decimal_comma(text) {
            return Err(format!(
                "the weight is \"{whole},{fraction}\", but commas part fields: write {whole}.{fraction}"
            ));
        }
        let mut fields = fields(text);
        let from = fields.next().unwrap_or(text);
        let to = fields.next();
        let weight = fields.next().map_or(Ok(1.0), weight)?;
        if fields.next().is_some() {
            return Err("found more than three fields".to_owned());
        }
        if from.is_empty() || to.is_some_and(str::is_empty) {
            return Err("found a node without a name".to_owned());
        }
        let from = self.interner.add(from, 0);
        let Some(to) = to else {
            return Ok(());
        };
        let to = self.interner.add(to, 0);
        if from == to {
            self.arcs.seen.loops += 1;
        } else {
            self.arcs.add(from, to, weight);
        }
        Ok(())
    }

    /// The graph of all edges.
    ///
    /// # Errors
    /// Lists without edges.
    pub fn finish(mut self) -> Result<Graph> {
        if self.arcs.ends.is_empty() {
            let name = self.names.join(", ");
            return Err(GraphError::NoEdges { name }.into());
        }
        let weights = &mut self.arcs.weights;
        if weights.iter().all(|weight| Some(weight) == weights.first()) {
            // Equal weights weigh nothing.
            weights.clear();
        }
        Ok(build(&self.interner, self.arcs, self.directed))
    }
}

fn is_comment(text: &str) -> bool {
    text.starts_with(['#', '%'])
}

/// The failure of a source, as the source told it.
fn unread(name: &str, error: std::io::Error) -> Error {
    match error.downcast::<TextError>() {
        Ok(error) => error.into(),
        Err(error) => Error::io(name, "read", error),
    }
}

/// The fields of a line that is not empty.
fn fields(line: &str) -> Box<dyn Iterator<Item = &str> + '_> {
    match ['\t', ','].into_iter().find(|c| line.contains(*c)) {
        Some(separator) => Box::new(line.split(separator).map(str::trim)),
        None => Box::new(line.split_whitespace()),
    }
}

/// The two parts of a weight with a decimal comma, of an edge whose fields are parted by white space
/// without tabs.
fn decimal_comma(line: &str) -> Option<(&str, &str)> {
    let (edge, fraction) = line.split_once(',')?;
    let mut fields = edge.split_whitespace();
    let whole = fields.nth(2).filter(|_| fields.next().is_none())?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_weight = is_number(whole) && is_number(fraction) && !edge.contains('\t');
    is_weight.then_some((whole, fraction))
}

fn weight(text: &str) -> Result<f32, String> {
    const LEAST: f32 = f32::from_bits(1);
    let weight: f32 = text.parse().unwrap_or(f32::NAN);
    if weight > 0.0 && weight.is_finite() {
        return Ok(weight);
    }
    let exact: f64 = text.parse().unwrap_or(f64::NAN);
    let expected = match exact > 0.0 && exact.is_finite() {
        true => format!("within {LEAST:e} to {:e}", f32::MAX),
        false => "a number above 0".to_owned(),
    };
    Err(format!("the weight is {text:?}, not {expected}"))
}

/// Orders the nodes by their arcs, and the arcs by their nodes.
fn build(interner: &Interner, arcs: Arcs, directed: bool) -> Graph {
    let Arcs {
        ends: mut edges,
        weights,
        seen,
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
    on_huge_pages(&mut next);
    for (from, to) in &edges {
        next[*from as usize] += 1;
        next[*to as usize] += u64::from(!directed);
    }
    let mut sum = 0;
    for place in &mut next {
        sum += std::mem::replace(place, sum);
    }
    let mut targets = vec![0_u32; sum as usize];
    on_huge_pages(&mut targets);
    let mut kept = vec![Weight::default(); if weights.is_empty() { 0 } else { sum as usize }];
    for (at, (from, to)) in edges.iter().enumerate() {
        let mut put = |from: u32, to: u32| {
            let place = next[from as usize] as usize;
            targets[place] = to;
            if let Some(weight) = weights.get(at) {
                kept[place] = Weight::new(*weight);
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
        weights: Weights::new(kept),
        seen,
    };
    graph.sort();
    graph
}

impl Graph {
    /// Sorts each node's arcs, and sums up the weights of nodes of many.
    fn sort(&mut self) {
        let mut pairs: Vec<(u32, Weight)> = Vec::new();
        for node in 0..self.nodes.len() as u32 {
            let range = self.range(node);
            let targets = &mut self.targets[range.clone()];
            let Some(weights) = self.weights.of(range) else {
                targets.sort_unstable();
                continue;
            };
            pairs.clear();
            pairs.extend(targets.iter().copied().zip(weights.iter().copied()));
            pairs.sort_unstable();
            for (at, (target, weight)) in pairs.iter().enumerate() {
                targets[at] = *target;
                weights[at] = *weight;
            }
            self.weights.sum_up(node, &pairs);
        }
    }
}
