//! Which rows each worker has copies of, and how often the copies come together.
//!
//! Hogwild lets all workers step on the same rows. The cache lines of frequent words' rows then travel from
//! core to core at every step, and two threads on distant cores can be slower than one. So each worker steps
//! on copies of its own of these rows, and merges them with the shared ones after a stretch of units, as in
//! local SGD (Stich 2019). All other rows are shared as ever.
//!
//! What a worker's copy has learnt in a stretch is added to the shared row as a share of it. A row is drawn to where it
//! belongs, at every step by a part of what is left: after a stretch of one worker, `r` of the way is left. Rare words' rows
//! come a little nearer in each worker, and these changes add up. Frequent words' rows arrive, in every worker: all changes are the
//! same one. Added up they lead beyond the goal, and with more than a few workers farther and farther beyond. `workers` stretches one
//! after the other would leave `r ^ workers` of the way, and so does the share
//!
//! `(1 - r ^ workers) / (workers (1 - r))`,
//!
//! 1 for `r` near 1, `1 / workers` for `r` near 0.

use super::choices::Objective;
use super::worker::Run;

/// Occurrences of a word in a stretch from which on its rows are copied.
const COPIED: f64 = 4.0;

/// Pairs of a context and an output, times the learning rate, after which a row has an `e`-th of its way left. By
/// measurement: with 60 and more many workers diverge, with 15 and less vectors lose as if copies were averaged.
const PACE: f64 = 36.0;

/// Units of all workers between two merges of one, if each has one at least. More made the vectors worse.
const APART: usize = 16;

/// Rounds of merges that a run must have room for: on a smaller text vectors lose by copies. Stretches are made
/// shorter, as far as they can be, for twice as many.
const ROUNDS: usize = 64;

/// Units of a worker between two merges.
pub(super) fn stretch(run: &Run<'_>) -> usize {
    let workers = run.workers();
    let most = (APART / workers).max(1);
    (run.schedule.pieces() / (workers * 2 * ROUNDS)).clamp(1, most)
}

/// For each copied row what part of its changes it gives: none where one works alone, where rows are
/// to stay as they are to the last bit, or where there is little to learn from.
pub(super) fn shares(run: &Run<'_>) -> Vec<f32> {
    let (workers, stretch) = (run.workers(), stretch(run));
    let rounds = run.schedule.pieces() / (workers * stretch);
    if workers == 1 || rounds < ROUNDS || !run.freezing.is_none() {
        return Vec::new();
    }
    let vocab = run.corpus.vocab();
    let options = run.config.options();
    // The part of the text that is a stretch.
    let unit = run.schedule.total() as f64 / run.schedule.pieces() as f64;
    let walk = run.graph.map_or(1, |(_, walks)| walks.length);
    let part = stretch as f64 * unit * walk as f64 / vocab.tokens() as f64;
    let occurrences = |(id, count): (usize, &u64)| *count as f64 * part * run.subsampler.chance(id);
    // A window has `window + 1` contexts in the mean. CBOW takes them for one, from which each learns: by measurement
    // something between one and two.
    let contexts = match options.objective {
        Objective::SkipGram => options.window as f64 + 1.0,
        Objective::Cbow => 1.5,
    };
    let pairs = contexts * (options.negatives as f64 + 1.0);
    let often = vocab.counts().iter().enumerate().map(occurrences);
    often
        .take_while(|often| *often >= COPIED)
        .map(|often| share(workers as f64, often * pairs * options.lr / PACE) as f32)
        .collect()
}

/// The share of its change that a worker gives whose copy goes `way` times as far as it takes to have one `e`-th left.
fn share(workers: f64, way: f64) -> f64 {
    // Exact near 0, where `1 - exp` has nothing left to divide by.
    let near = |stretches: f64| -libm::expm1(-way * stretches);
    near(workers) / (workers * near(1.0))
}

#[cfg(test)]
mod tests {
    use super::share;

    /// A row on its way to 1, copied by all workers, who merge one after the other.
    #[test]
    fn merged_copies_come_as_near_as_one_worker_after_the_other() {
        for workers in [1, 2, 5, 64] {
            for way in [1e-20, 1e-6, 0.1, 1.0, 7.0, 700.0] {
                let (mut row, gone) = (0.0, 1.0 - f64::exp(-way));
                let change = gone * (1.0 - row);
                (0..workers).for_each(|_| row += share(f64::from(workers), way) * change);
                let alone = 1.0 - f64::exp(-way * f64::from(workers));
                assert!((row - alone).abs() < 1e-9, "{workers} {way}: {row} {alone}");
            }
        }
    }
}
