//! Weights of arcs in two bytes each.

use std::ops::Range;

/// Arcs that are summed up together where a node has more of them.
const BLOCK: usize = 64;

/// A positive number of eight binary digits after the first: a float without its sign and its last 15
/// bits, right to 0.2 %.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weight(u16);

impl Weight {
    pub(super) fn new(weight: f32) -> Self {
        let most = (f32::MAX.to_bits() >> 15) as u16;
        let rounded = (weight.to_bits() + (1 << 14)) >> 15;
        Self((rounded as u16).clamp(1, most))
    }

    pub(super) fn value(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 15)
    }
}

/// The weights of all arcs, and sums of blocks for nodes of many arcs.
///
/// Nodes go by their number of arcs, so those of many are the first ones.
#[derive(Debug, Default)]
pub(super) struct Weights {
    each: Vec<Weight>,
    /// For each block of arcs of a node of many the sum of its weights up to the block's end.
    sums: Vec<f32>,
    /// Where the sums of each of the first nodes end.
    ends: Vec<u32>,
}

impl Weights {
    pub(super) fn new(each: Vec<Weight>) -> Self {
        Self {
            each,
            ..Self::default()
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.each.len() * 2 + self.sums.len() * 4 + self.ends.len() * 4
    }

    pub(super) fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// Those of the arcs `range`; `None` where all are equal.
    pub(super) fn of(&mut self, range: Range<usize>) -> Option<&mut [Weight]> {
        (!self.is_empty()).then(|| &mut self.each[range])
    }

    /// Those of the arcs `range` as bytes; nothing where all are equal.
    pub(super) fn le_bytes(&self, range: Range<usize>) -> impl Iterator<Item = u8> {
        let weights = self.each.get(range).unwrap_or_default();
        weights.iter().flat_map(|weight| weight.0.to_le_bytes())
    }

    /// That of an arc.
    pub(super) fn get(&self, arc: usize) -> f32 {
        self.each.get(arc).map_or(1.0, |weight| weight.value())
    }

    /// Sums up a node's weights; nodes come in their order.
    pub(super) fn sum_up(&mut self, node: u32, arcs: &[(u32, Weight)]) {
        if arcs.len() <= BLOCK {
            return;
        }
        let before = self.sums.len() as u32;
        self.ends.resize(node as usize, before);
        let mut sum = 0.0_f64;
        for block in arcs.chunks(BLOCK) {
            sum += block.iter().map(|(_, w)| f64::from(w.value())).sum::<f64>();
            self.sums.push(sum as f32);
        }
        self.ends.push(self.sums.len() as u32);
    }

    /// Which of the arcs `range` of `node` is met by `unit`, a number in `0..1`.
    #[inline]
    pub(super) fn pick(&self, node: u32, range: Range<usize>, unit: f64) -> usize {
        let mut arcs = &self.each[range];
        let mut skipped = 0;
        let mut left = match arcs.len() <= BLOCK {
            true => arcs.iter().map(|w| f64::from(w.value())).sum::<f64>() * unit,
            false => {
                let sums = self.sums(node);
                let drawn = f64::from(sums.last().copied().unwrap_or_default()) * unit;
                let block = sums.partition_point(|sum| f64::from(*sum) <= drawn);
                let block = block.min(sums.len().saturating_sub(1));
                skipped = block * BLOCK;
                arcs = &arcs[skipped..arcs.len().min(skipped + BLOCK)];
                let before = block.checked_sub(1).map_or(0.0, |at| f64::from(sums[at]));
                drawn - before
            }
        };
        for (at, weight) in arcs.iter().enumerate() {
            left -= f64::from(weight.value());
            if left < 0.0 {
                return skipped + at;
            }
        }
        skipped + arcs.len().saturating_sub(1)
    }

    fn sums(&self, node: u32) -> &[f32] {
        let node = node as usize;
        let start = if node == 0 { 0 } else { self.ends[node - 1] };
        &self.sums[start as usize..self.ends[node] as usize]
    }
}
