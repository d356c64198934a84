//! How far the windows of a text's words reach.

use super::options::TrainOptions;
use super::sampler::Random;

/// Every width from 1 to the window equally often, dealt in a circle from a random place; in a set always the whole window.
///
/// A processor foresees the branches of a step when widths follow a circle, and not those of widths drawn one by one. Neighbours
/// have unlike widths, so no stretch of a text is met by narrow windows alone.
#[derive(Debug)]
pub(super) struct Widths {
    window: usize,
    stride: usize,
    at: usize,
}

impl Widths {
    /// For options in range, whose window is at least 1.
    pub(super) fn new(options: &TrainOptions) -> Self {
        let window = options.window;
        let coprime = |stride: &usize| {
            (2..=window).all(|d| !(window.is_multiple_of(d) && stride.is_multiple_of(d)))
        };
        // Near the golden section, so that neighbours are far apart.
        let golden = (window as f64 * 0.618) as usize;
        let stride = (golden.max(1)..).find(coprime).unwrap_or(1) % window;
        Self {
            window,
            stride: if options.input.is_set() { 0 } else { stride },
            at: window - 1,
        }
    }

    /// Goes on from a random place.
    pub(super) fn shift(&mut self, random: &mut Random) {
        if self.stride > 0 {
            self.at = random.below(self.window as u32) as usize;
        }
    }

    /// The next width, `1..=window`.
    #[inline]
    pub(super) fn next(&mut self) -> usize {
        self.at += self.stride;
        if self.at >= self.window {
            self.at -= self.window;
        }
        self.at + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::InputKind;

    #[test]
    fn every_width_comes_once_a_round_from_any_place() {
        let mut random = Random::stream(5, [0, 0]);
        for window in 1..=200 {
            let options = TrainOptions {
                window,
                ..TrainOptions::default()
            };
            let mut widths = Widths::new(&options);
            let mut firsts = Vec::new();
            for _ in 0..8 {
                widths.shift(&mut random);
                let mut round: Vec<_> = (0..window).map(|_| widths.next()).collect();
                firsts.push(round[0]);
                round.sort();
                assert_eq!(round, (1..=window).collect::<Vec<_>>());
            }
            firsts.dedup();
            assert!(window < 5 || firsts.len() > 1, "{window}");
        }
    }

    #[test]
    fn a_set_is_met_whole() {
        let options = TrainOptions {
            window: 7,
            input: InputKind::Baskets,
            ..TrainOptions::default()
        };
        let mut widths = Widths::new(&options);
        widths.shift(&mut Random::stream(5, [0, 0]));
        assert!((0..20).all(|_| widths.next() == 7));
    }
}
