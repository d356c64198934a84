//! Exact counts of neighbours within a given memory.
//!
//! The pairs are divided by their hash into parts. Each thread goes through the whole text and
//! counts the pairs of its part; when a part grows too large for the memory, all is begun anew
//! with twice as many, smaller parts, which are counted one after the other. Rare pairs are
//! dropped as soon as a part is complete, since its counts are.

use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashMap;

use super::{Key, Pass, Role, Roles};
use crate::corpus::SENTENCE_START;
use crate::corpus::merge::Encoding;
use crate::corpus::scan::spawn;
use crate::error::{CorpusError, Error, Result};

/// Bytes of an entry of a table, at the load at which it grows, and what it grows from.
const ENTRY_BYTES: u64 = 2 * 17;

/// Part `number` of `parts`.
#[derive(Clone, Copy)]
struct Part {
    number: u64,
    parts: u64,
}

impl Part {
    fn has(self, key: Key) -> bool {
        let hash = key.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        (hash * self.parts) >> 32 == self.number
    }
}

/// Counts the pairs that come often enough, in the order of their ids.
pub(super) fn count_pairs(
    encoding: &Encoding,
    roles: &Roles,
    pass: &Pass<'_>,
) -> Result<Vec<(Key, u64)>> {
    let most = (pass.memory / ENTRY_BYTES / pass.threads as u64).max(1 << 10) as usize;
    let mut rounds = 1;
    loop {
        if let Some(mut pairs) = count_in(encoding, roles, pass, (rounds, most))? {
            pairs.sort_unstable();
            return Ok(pairs);
        }
        rounds *= 2;
    }
}

/// Counts in so many rounds of a part a thread; `None` when a part has more than `most` pairs.
fn count_in(
    encoding: &Encoding,
    roles: &Roles,
    pass: &Pass<'_>,
    (rounds, most): (u64, usize),
) -> Result<Option<Vec<(Key, u64)>>> {
    let threads = pass.threads as u64;
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
                    let counter = Counter {
                        roles,
                        part,
                        most,
                        too_many: &too_many,
                        counts: HashMap::new(),
                    };
                    spawn(scope, move || counter.run(encoding, pass.options.min_count))
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
struct Counter<'a> {
    roles: &'a Roles,
    part: Part,
    most: usize,
    too_many: &'a AtomicBool,
    counts: HashMap<Key, u64>,
}

impl Counter<'_> {
    fn run(mut self, encoding: &Encoding, min_count: u64) -> Result<Vec<(Key, u64)>> {
        for index in 0..encoding.segments() {
            encoding.read(index, |ids| self.segment(ids))?;
            if self.counts.len() > self.most {
                self.too_many.store(true, Ordering::Relaxed);
            }
            if self.too_many.load(Ordering::Relaxed) {
                return Ok(Vec::new());
            }
        }
        let frequent = self.counts.into_iter().filter(|&(_, c)| c >= min_count);
        Ok(frequent.collect())
    }

    fn segment(&mut self, ids: &[u32]) {
        let mut first = None;
        let (mut chain, mut length) = (0, 0);
        for &token in ids {
            if token & SENTENCE_START != 0 {
                first = None;
            }
            let id = token & !SENTENCE_START;
            match (self.roles.of(id), first) {
                (Role::Breaks, _) => first = None,
                (Role::Connects(_), None) => {}
                (Role::Connects(_), Some(_)) if length == self.roles.longest => first = None,
                (Role::Connects(number), Some(_)) => {
                    chain = self.roles.extend(chain, number);
                    length += 1;
                }
                (Role::Ends, before) => {
                    if let Some(before) = before {
                        let key = Key::new(before, chain, id);
                        if self.part.has(key) {
                            *self.counts.entry(key).or_insert(0) += 1;
                        }
                    }
                    first = Some(id);
                    (chain, length) = (0, 0);
                }
            }
        }
    }
}
