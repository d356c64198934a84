//! Random walks of first and second order.

use serde::{Deserialize, Serialize};

use super::Graph;
use crate::error::{GraphError, Result};

/// How walks go.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WalkOptions {
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

/// A number in `0..1` from random bits.
#[inline]
fn unit(bits: u32) -> f64 {
    f64::from(bits) / 4_294_967_296.0
}

impl Graph {
    /// Walks from `start` into `walk`; ends early at a node without a way on. `bits` gives 32 random bits.
    ///
    /// The second order is drawn by rejection: a neighbour by its weight, taken with the chance that its
    /// bias is of the largest one. So no table of pairs of arcs is needed, and a step costs a few draws.
    ///
    /// # Panics
    /// When `start` is not below the number of nodes.
    pub fn walk(
        &self,
        start: u32,
        options: &WalkOptions,
        bits: &mut impl FnMut() -> u32,
        walk: &mut Vec<u32>,
    ) {
        walk.clear();
        walk.push(start);
        let (back, away) = (1.0 / options.p, 1.0 / options.q);
        let most = back.max(away).max(1.0);
        let first_order = back == 1.0 && away == 1.0;
        let mut before = None;
        let mut at = start;
        while walk.len() < options.length {
            let next = match before {
                Some(before) if !first_order => {
                    self.second_step((before, at), (back, away, most), bits)
                }
                _ => self.step(at, bits),
            };
            let Some(next) = next else {
                return;
            };
            walk.push(next);
            before = Some(at);
            at = next;
        }
    }

    /// A neighbour of `at`, reached from `before`, by its weight and its bias.
    fn second_step(
        &self,
        (before, at): (u32, u32),
        (back, away, most): (f64, f64, f64),
        bits: &mut impl FnMut() -> u32,
    ) -> Option<u32> {
        // A node that leads nowhere else is taken back at once: its bias is the largest there is.
        if self.range(at).len() == 1 {
            return self.step(at, bits);
        }
        for _ in 0..DRAWS {
            let next = self.step(at, bits)?;
            if unit(bits()) * most < self.bias(before, next, (back, away)) {
                return Some(next);
            }
        }
        // All that is near here has a small bias: then the sum of them is worth its time.
        let range = self.range(at);
        let neighbors = &self.targets[range.clone()];
        let weight = |at: usize| self.weights.get(range.start + at);
        let biased = |(at, next): (usize, &u32)| {
            f64::from(weight(at)) * self.bias(before, *next, (back, away))
        };
        let total: f64 = neighbors.iter().enumerate().map(biased).sum();
        let mut left = unit(bits()) * total;
        let met = neighbors.iter().enumerate().find(|arc| {
            left -= biased(*arc);
            left < 0.0
        });
        met.map(|(_, next)| *next).or(neighbors.last().copied())
    }

    fn bias(&self, before: u32, next: u32, (back, away): (f64, f64)) -> f64 {
        if next == before {
            back
        } else if self.neighbors(before).binary_search(&next).is_ok() {
            1.0
        } else {
            away
        }
    }

    /// A neighbour of `node` by its weight.
    #[inline]
    fn step(&self, node: u32, bits: &mut impl FnMut() -> u32) -> Option<u32> {
        let range = self.range(node);
        let targets = &self.targets[range.clone()];
        let last = targets.len().checked_sub(1)?;
        let at = match self.weights.is_empty() {
            true => ((u64::from(bits()) * targets.len() as u64) >> 32) as usize,
            false => self.weights.pick(node, range, unit(bits())),
        };
        Some(targets[at.min(last)])
    }
}
