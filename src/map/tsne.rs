//! t-SNE: the plane in which words that attend to each other lie together.
//!
//! Gradient descent with momentum and gains on the divergence of the plane's closeness from the
//! affinities (van der Maaten, Hinton 2008), started from the principal axes (Kobak, Berens 2019).
//!
//! Words attract each other more strongly at first, and this falls away step by step instead of at
//! once: as the plane widens slowly, words pass each other before gaps open between them. More of
//! the neighbours end up together than with the usual two parts.

use rayon::prelude::*;

use super::affinity::Affinities;
use super::repulsion::Repulsion;

/// How much stronger attraction is at first.
const ATTRACTION: f32 = 12.0;
/// Share of the steps at full attraction, and share of those in which it falls to 1.
const PHASES: (f32, f32) = (0.125, 0.625);
/// The learning rate is the number of words divided by this.
const RATE: f32 = 48.0;
/// The least learning rate, for few words.
const LEAST_RATE: f32 = 50.0;
/// Share of a step that the next one keeps.
const MOMENTUM: f32 = 0.8;
/// The farthest a point moves in a step.
const FARTHEST: f32 = 5.0;

/// Moves `points` in `steps` steps. `progress` is told the share that is done.
pub(super) fn descend(
    affinities: &Affinities,
    points: &mut [[f32; 2]],
    steps: usize,
    progress: &mut dyn FnMut(f64),
) {
    let rate = (affinities.len() as f32 / RATE).max(LEAST_RATE);
    let mut repulsion = Repulsion::new();
    let mut moving = vec![Motion::default(); points.len()];
    for step in 0..steps {
        progress(step as f64 / steps as f64);
        let attraction = attraction(step as f32 / steps as f32);
        let pushes = repulsion.pushes(points);
        let share = (1.0 / pushes.total) as f32;
        let seen: &[[f32; 2]] = points;
        let rows = moving.par_iter_mut().zip(&pushes.forces).enumerate();
        rows.with_min_len(256).for_each(|(i, (motion, push))| {
            let pull = pull(affinities.row(i), seen, i);
            let slope = [0, 1].map(|axis| attraction * pull[axis] - share * push[axis]);
            motion.turn(slope, rate);
        });
        for (point, motion) in points.iter_mut().zip(&moving) {
            point[0] += motion.velocity[0];
            point[1] += motion.velocity[1];
        }
        centre(points);
    }
}

/// How much stronger attraction is when a share of the steps is done: falls geometrically to 1.
fn attraction(done: f32) -> f32 {
    let left = (1.0 - (done - PHASES.0) / PHASES.1).clamp(0.0, 1.0);
    ATTRACTION.powf(left)
}

/// Where a point is going, and how boldly along each axis.
#[derive(Clone)]
struct Motion {
    velocity: [f32; 2],
    gain: [f32; 2],
}

impl Default for Motion {
    fn default() -> Self {
        Self {
            velocity: [0.0; 2],
            gain: [1.0; 2],
        }
    }
}

impl Motion {
    /// Turns down the slope. The gain grows while slope and motion agree (Jacobs 1988).
    fn turn(&mut self, slope: [f32; 2], rate: f32) {
        for (axis, slope) in slope.into_iter().enumerate() {
            let agree = (slope > 0.0) != (self.velocity[axis] > 0.0);
            let gain = self.gain[axis];
            self.gain[axis] = if agree {
                gain + 0.2
            } else {
                (gain * 0.8).max(0.01)
            };
            let pull = rate * self.gain[axis] * slope;
            self.velocity[axis] = MOMENTUM * self.velocity[axis] - pull;
        }
        let length = self.velocity[0].hypot(self.velocity[1]);
        if length > FARTHEST {
            self.velocity = self.velocity.map(|v| v * FARTHEST / length);
        }
    }
}

/// The sum of `p k(d) d` over those that a point attends to.
fn pull(row: &[(u32, f32)], points: &[[f32; 2]], i: usize) -> [f32; 2] {
    let here = points[i];
    let mut sum = [0.0; 2];
    for &(other, p) in row {
        let there = points[other as usize];
        let (x, y) = (here[0] - there[0], here[1] - there[1]);
        let weight = p / (1.0 + x * x + y * y);
        sum[0] += weight * x;
        sum[1] += weight * y;
    }
    sum
}

/// Moves the middle of all points to the origin.
pub(super) fn centre(points: &mut [[f32; 2]]) {
    let n = points.len().max(1) as f64;
    let mean = [0, 1].map(|axis| {
        let sum: f64 = points.iter().map(|p| f64::from(p[axis])).sum();
        (sum / n) as f32
    });
    for point in points {
        point[0] -= mean[0];
        point[1] -= mean[1];
    }
}
