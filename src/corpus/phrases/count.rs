//! Exact counts of neighbours within a given memory.
//!
//! The pairs are divided by their hash into parts. Each thread goes through the whole text and
//! counts the pairs of its part; when a part grows too large for the memory, all is begun anew
//! with twice as many, smaller parts, which are counted one after the other. Rare pairs are
//! dropped as soon as a part is complete, since its counts are.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashMap;

use super::{Key, Neighbours, Pass, Roles};
use crate::corpus::merge::Encoding;
use crate::corpus::scan::spawn;
use crate::error::{CorpusError, Error, Result};

/// Bytes of an entry of a table, at the load at which it grows, and what it grows from.
const ENTRY_BYTES: u64 = 2 * 25;

/// Part `number` of `parts`.
#[derive(Clone, Copy)]
struct Part {
    number: u64,
    parts: u64,
}

impl Part {
    fn has(self, key: Key) -> bool {
        let ends = u64::from(key.first) << 32 | u64::from(key.last);
        let mixed = ends ^ key.chain.wrapping_mul(0xD6E8_FEB8_6659_FD93);
        let hash = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        (hash * self.parts) >> 32 == self.number
    }
}

/// Counts the pairs that come often enough, in the order of their ids.
pub(super) fn count_pairs(
    encoding: &Encoding,
    roles: &Roles,
    pass: &Pass<'_>,
    share: Range<f64>,
) -> Result<Vec<(Key, u64)>> {
    let most = (pass.memory / ENTRY_BYTES / pass.threads as u64).max(1 << 10) as usize;
    let task = Task {
        encoding,
        roles,
        pass,
        share,
        most,
    };
    let mut rounds = 1;
    loop {
        if let Some(mut pairs) = task.count_in(rounds)? {
            pairs.sort_unstable();
            return Ok(pairs);
        }
        rounds *= 2;
    }
}

/// Pairs to be counted.
struct Task<'a> {
    encoding: &'a Encoding,
    roles: &'a Roles,
    pass: &'a Pass<'a>,
    /// What of the whole course this is.
    share: Range<f64>,
    /// Pairs in a part, at most.
    most: usize,
}

impl Task<'_> {
    /// Counts in so many rounds of a part a thread; `None` when a part has too many pairs.
    fn count_in(&self, rounds: u64) -> Result<Option<Vec<(Key, u64)>>> {
        let threads = self.pass.threads as u64;
        let too_many = AtomicBool::new(false);
        let mut pairs = Vec::new();
        for round in 0..rounds {
            let found: Result<Vec<Vec<(Key, u64)>>> = std::thread::scope(|scope| {
                let counters: Result<Vec<_>> = (0..threads)
                    .map(|thread| {
                        let part = Part {
                            number: round * threads + thread,
                            parts: rounds * threads,
                        };
                        let too_many = &too_many;
                        spawn(scope, move || self.count(part, too_many))
                    })
                    .collect();
                let lost = |_| Error::from(CorpusError::WorkerLost);
                let results = counters?.into_iter().map(|c| c.join().map_err(lost)?);
                results.collect()
            });
            if too_many.load(Ordering::Relaxed) {
                return Ok(None);
            }
            pairs.extend(found?.into_iter().flatten());
        }
        Ok(Some(pairs))
    }

    /// Counts the pairs of one part.
    fn count(&self, part: Part, too_many: &AtomicBool) -> Result<Vec<(Key, u64)>> {
        let mut bench = self.encoding.workbench();
        let mut counts: HashMap<Key, u64> = HashMap::new();
        let segments = self.encoding.segments();
        for (index, ids) in segments.iter().enumerate() {
            self.pass.course.check()?;
            let threads = self.pass.threads as u64;
            let (round, rounds) = (part.number / threads, part.parts / threads);
            let steps = round * segments.len() as u64 + index as u64;
            let all = rounds * segments.len() as u64;
            self.pass.course.come(&self.share, (steps, all));
            let mut neighbours = Neighbours::new(self.roles);
            let pairs = (bench.read(ids)?.iter()).filter_map(|&token| neighbours.next(token, 0));
            for (key, _) in pairs.filter(|(key, _)| part.has(*key)) {
                *counts.entry(key).or_insert(0) += 1;
            }
            if counts.len() > self.most {
                too_many.store(true, Ordering::Relaxed);
            }
            if too_many.load(Ordering::Relaxed) {
                return Ok(Vec::new());
            }
        }
        let least = self.pass.options.min_count;
        let frequent = counts.into_iter().filter(|&(_, count)| count >= least);
        Ok(frequent.collect())
    }
}
