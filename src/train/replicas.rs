//! Which rows each worker has copies of, and how often the copies come together.
//!
//! Hogwild lets all workers step on the same rows. The cache lines of frequent words' rows then travel from
//! core to core at every step, and two threads on distant cores can be slower than one. So each worker steps
//! on copies of its own of these rows, and merges them with the shared ones after a stretch of units, as in
//! local SGD (Stich 2019). All other rows are shared as ever.
//!
//! What a worker's copy has learnt in a stretch is added to the shared row as a share of it. A row of a
//! rare word is worked on by one worker at a time: its changes add up, share 1. A frequent word's row comes near to where it is
//! drawn to within a stretch, in every worker: its changes are the same change, share `1 / workers`. In between,
//! with `n` occurrences a stretch, `1 / (1 + (workers - 1) * n / (n + OFTEN))`.

use super::worker::Run;

/// Occurrences of a word in a stretch from which on its rows are copied.
const COPIED: f64 = 4.0;

/// Occurrences of a word in a stretch at which half of its change is that of all workers.
const OFTEN: f64 = 256.0;

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
    // The part of the text that is a stretch.
    let part = (stretch * run.config.options().unit()) as f64 / vocab.tokens() as f64;
    let occurrences = |(id, count): (usize, &u64)| *count as f64 * part * run.subsampler.chance(id);
    let often = vocab.counts().iter().enumerate().map(occurrences);
    often
        .take_while(|often| *often >= COPIED)
        .map(|often| (1.0 + (workers - 1) as f64 * often / (often + OFTEN)).recip() as f32)
        .collect()
}
