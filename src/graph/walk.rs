//! Random walks of first and second order.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Graph;
use crate::error::{GraphError, Result};
use crate::memory::prefetch;

/// How walks go.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WalkOptions {
    /// Whether edges lead one way: for the description of a model, since [`super::GraphBuilder::new`] decides how the
    /// graph is made.
    #[serde(default)]
    pub directed: bool,
    /// Walks from each node in an epoch.
    pub walks: usize,
    /// Nodes of a walk, its start among them.
    pub length: usize,
    /// Return parameter: a step back is taken with weight `1 / p` (Grover, Leskovec 2016, section 3.2).
    pub p: f64,
    /// In-out parameter: a step away from the last node is taken with weight `1 / q`.
    pub q: f64,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self {
            directed: false,
            walks: 10,
            length: 80,
            p: 1.0,
            q: 1.0,
        }
    }
}

impl WalkOptions {
    /// Nodes of the longest walk.
    pub const LONGEST: usize = 1_000;

    /// Checks the ranges.
    ///
    /// # Errors
    /// The first option out of range.
    pub fn check(&self) -> Result<()> {
        let wrong = |name, range, found| Err(GraphError::Option { name, range, found }.into());
        if !(1..=100_000).contains(&self.walks) {
            return wrong("walks", "1 to 100000", self.walks as f64);
        }
        if !(2..=Self::LONGEST).contains(&self.length) {
            return wrong("walk-length", "2 to 1000", self.length as f64);
        }
        for (name, found) in [("p", self.p), ("q", self.q)] {
            if !(1e-6..=1e6).contains(&found) {
                return wrong(name, "0.000001 to 1000000", found);
            }
        }
        Ok(())
    }
}

/// Draws that are refused before all neighbours are looked at.
const DRAWS: usize = 100;

/// Walks that are under way at once.
pub const TOGETHER: usize = 16;

/// A number in `0..1` from random bits.
#[inline]
fn unit(bits: u32) -> f64 {
    f64::from(bits) / 4_294_967_296.0
}

/// Weights of the ways on from a node, beside 1 for a neighbour of the node before.
#[derive(Debug, Clone, Copy)]
struct Bias {
    back: f64,
    away: f64,
    most: f64,
}

/// Where a walk is.
#[derive(Debug, Clone, Default)]
struct Place {
    /// Which of the walks.
    walk: usize,
    before: u32,
    at: u32,
    /// The arcs of `at`.
    arcs: Range<usize>,
    /// The arc that was drawn; none where `at` has none.
    drawn: Option<usize>,
}

/// Up to [`TOGETHER`] walks, which take their steps in turn.
///
/// In a large graph a step waits for the memory twice: for where the node's arcs lie, and for the arc. One
/// walk can do nothing meanwhile. So every walk draws its arc and asks for it, before the first one goes along its
/// own and asks for where the next arcs lie: all these waits pass at once.
#[derive(Debug)]
pub struct Walks {
    options: WalkOptions,
    /// Nodes of all walks, `options.length` places for each.
    nodes: Vec<u32>,
    /// Nodes that each walk has.
    lens: Vec<usize>,
    /// Those that go on.
    places: Vec<Place>,
}

impl Walks {
    /// Room for walks as `options` say.
    pub fn new(options: WalkOptions) -> Self {
        Self {
            options,
            nodes: vec![0; TOGETHER * options.length],
            lens: Vec::with_capacity(TOGETHER),
            places: Vec::with_capacity(TOGETHER),
        }
    }

    /// Number of walks.
    pub fn len(&self) -> usize {
        self.lens.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lens.is_empty()
    }

    /// The nodes of walk `at`, its start first.
    ///
    /// # Panics
    /// When there is no such walk.
    pub fn get(&self, at: usize) -> &[u32] {
        let start = at * self.options.length;
        &self.nodes[start..start + self.lens[at]]
    }

    /// Walks on `graph` from the first [`TOGETHER`] of `starts`; a walk ends early at a node without a way on.
    /// `bits` gives 32 random bits.
    ///
    /// The second order is drawn by rejection: a neighbour by its weight, taken with the chance that its
    /// bias is of the largest one. So no table of pairs of arcs is needed, and a step costs a few draws.
    ///
    /// # Panics
    /// When a start is not below the number of nodes.
    pub fn walk(
        &mut self,
        graph: &Graph,
        starts: impl Iterator<Item = u32>,
        bits: &mut impl FnMut() -> u32,
    ) {
        self.lens.clear();
        self.places.clear();
        for (walk, at) in starts.take(TOGETHER).enumerate() {
            self.lens.push(1);
            self.nodes[walk * self.options.length] = at;
            graph.ask_for(at);
            let place = Place::default();
            self.places.push(Place { walk, at, ..place });
        }
        let (back, away) = (1.0 / self.options.p, 1.0 / self.options.q);
        let most = back.max(away).max(1.0);
        let bias = Bias { back, away, most };
        let first_order = back == 1.0 && away == 1.0;
        for step in 1..self.options.length {
            for place in &mut self.places {
                place.arcs = graph.range(place.at);
                place.drawn = graph.draw(place, bits);
                if let Some(arc) = place.drawn {
                    prefetch(&graph.targets, arc);
                }
            }
            if step > 1 && !first_order {
                for place in &mut self.places {
                    graph.refuse(place, bias, bits);
                }
            }
            self.go(graph, step);
        }
    }

    /// Goes along the arcs that were drawn, and ends the walks without one.
    fn go(&mut self, graph: &Graph, step: usize) {
        self.places.retain_mut(|place| {
            let Some(arc) = place.drawn else {
                return false;
            };
            let next = graph.targets[arc];
            graph.ask_for(next);
            self.nodes[place.walk * self.options.length + step] = next;
            self.lens[place.walk] = step + 1;
            (place.before, place.at) = (place.at, next);
            true
        });
    }
}

impl Graph {
    /// Draws again until a neighbour is taken by its bias.
    fn refuse(&self, place: &mut Place, bias: Bias, bits: &mut impl FnMut() -> u32) {
        // A node that leads nowhere else is taken back at once: its bias is the largest there is.
        if place.arcs.len() <= 1 {
            return;
        }
        for _ in 0..DRAWS {
            let Some(arc) = place.drawn else {
                return;
            };
            if unit(bits()) * bias.most < self.bias(place.before, self.targets[arc], bias) {
                return;
            }
            place.drawn = self.draw(place, bits);
        }
        place.drawn = self.weigh(place, bias, unit(bits()));
    }

    /// The arc that is met by `unit`, a number in `0..1`, among all, each by its weight and its bias: where all
    /// biases are small, the sum of them is worth its time.
    fn weigh(&self, place: &Place, bias: Bias, unit: f64) -> Option<usize> {
        let biased = |arc: usize| {
            let bias = self.bias(place.before, self.targets[arc], bias);
            f64::from(self.weights.get(arc)) * bias
        };
        let total: f64 = place.arcs.clone().map(biased).sum();
        let mut left = unit * total;
        let met = place.arcs.clone().find(|arc| {
            left -= biased(*arc);
            left < 0.0
        });
        met.or(place.arcs.clone().last())
    }

    fn bias(&self, before: u32, next: u32, bias: Bias) -> f64 {
        if next == before {
            bias.back
        } else if self.neighbors(before).binary_search(&next).is_ok() {
            1.0
        } else {
            bias.away
        }
    }

    /// One of the arcs of a place by its weight.
    #[inline]
    fn draw(&self, place: &Place, bits: &mut impl FnMut() -> u32) -> Option<usize> {
        let arcs = place.arcs.clone();
        let last = arcs.len().checked_sub(1)?;
        let at = match self.weights.is_empty() {
            true => ((u64::from(bits()) * arcs.len() as u64) >> 32) as usize,
            false => (self.weights).pick(place.at, arcs.clone(), unit(bits())),
        };
        Some(arcs.start + at.min(last))
    }

    /// Asks for where the arcs of `node` lie.
    #[inline]
    fn ask_for(&self, node: u32) {
        prefetch(&self.ends, node as usize);
    }
}
