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
            let Some(mut next) = self.step(at, bits) else {
                return;
            };
            if let (Some(before), false) = (before, first_order) {
                // A node that leads nowhere else is taken back at once: its bias is the largest there is.
                let alone = self.range(at).len() == 1;
                while !alone && unit(bits()) * most >= self.bias(before, next, (back, away)) {
                    next = self.step(at, bits).unwrap_or(next);
                }
            }
            walk.push(next);
            before = Some(at);
            at = next;
        }
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
        let at = if self.sums.is_empty() {
            ((u64::from(bits()) * targets.len() as u64) >> 32) as usize
        } else {
            let sums = &self.sums[range];
            let drawn = (unit(bits()) * f64::from(sums[last])) as f32;
            sums.partition_point(|sum| *sum <= drawn)
        };
        Some(targets[at.min(last)])
    }
}
