//! One vocabulary of the words of several interners.
//!
//! The first one takes the others' words in, one interner after the other. Its table is only read while threads look
//! the words of the next one up, many at a time, so that they wait for the memory together.

use std::cmp::{Ordering, Reverse};

use rayon::prelude::*;

use super::interner::BATCH;
use super::{Interner, Vocab};

/// Words that a thread looks up before it asks for more.
const SHARE: usize = 1 << 13;

/// The id, in a table of new ids, of a word that was not kept.
pub const DROPPED: u32 = u32::MAX;

/// What several interners counted together.
#[derive(Debug)]
pub struct Union {
    /// The words that were kept.
    pub vocab: Vocab,
    /// For each interner: for each of its ids the one in the vocabulary, or [`DROPPED`].
    pub ids: Vec<Vec<u32>>,
    /// What is of no use any more. To give its memory back takes a while, for which nobody needs to wait.
    pub spent: Interner,
}

/// A word that is kept.
#[derive(Debug, Clone, Copy)]
struct Kept {
    count: u64,
    /// Its first bytes.
    head: u64,
    id: u32,
}

impl Union {
    /// Adds up the words of `parts`. `keep` says by the whole count which are kept, of these at most `max_size`,
    /// the most frequent ones; a word is named by an interner and its id there. `see` is shown the count of each
    /// distinct word, in no particular order.
    pub fn of(
        parts: Vec<Interner>,
        keep: impl Fn(&Interner, u32, u64) -> bool + Sync,
        max_size: Option<usize>,
        mut see: impl FnMut(u64) + Send,
    ) -> Self {
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_default();
        let first = all.len();
        let mut tables = vec![Vec::new()];
        while let Some(part) = parts.next() {
            let mut ids = vec![DROPPED; part.len()];
            let shares = ids.par_chunks_mut(SHARE).enumerate();
            shares.for_each(|(share, ids)| all.find_all(&part, share * SHARE, ids));
            for (old, id) in ids.iter_mut().enumerate() {
                let count = part.count(old as u32);
                if *id != DROPPED {
                    all.count_more(*id, count);
                } else if parts.len() > 0 || keep(&part, old as u32, count) {
                    *id = all.add(part.word(old as u32), count);
                } else {
                    // Nobody asks for it any more.
                    see(count);
                }
            }
            tables.push(ids);
            rayon::spawn(move || drop(part));
        }
        let kept = ordered(&all, keep, max_size);
        let mut ranks = vec![DROPPED; all.len()];
        for (rank, word) in kept.iter().enumerate() {
            ranks[word.id as usize] = rank as u32;
        }
        let renumber = || {
            (0..all.len() as u32).for_each(|id| see(all.count(id)));
            for table in &mut tables {
                let new = |id: &mut u32| *id = ranks.get(*id as usize).copied().unwrap_or(DROPPED);
                table.par_iter_mut().with_min_len(SHARE).for_each(new);
            }
            ranks.truncate(first);
            ranks.shrink_to_fit();
            tables[0] = ranks;
        };
        let (vocab, ()) = rayon::join(|| vocab_of(&all, &kept), renumber);
        Self {
            vocab,
            ids: tables,
            spent: all,
        }
    }
}

/// The words that are kept, in the order of the vocabulary.
fn ordered(
    words: &Interner,
    keep: impl Fn(&Interner, u32, u64) -> bool + Sync,
    max_size: Option<usize>,
) -> Vec<Kept> {
    let ids = (0..words.len() as u32).into_par_iter().with_min_len(SHARE);
    let keeps = |&id: &u32| keep(words, id, words.count(id));
    let described = |id| Kept {
        count: words.count(id),
        head: words.head(id),
        id,
    };
    let mut kept: Vec<Kept> = ids.filter(keeps).map(described).collect();
    kept.par_sort_unstable_by(|a, b| a.compare(b, words));
    kept.truncate(max_size.unwrap_or(usize::MAX));
    kept
}

/// The vocabulary of the words that are kept.
fn vocab_of(words: &Interner, kept: &[Kept]) -> Vocab {
    let texts = kept.chunks(BATCH).flat_map(|batch| {
        words.touch(batch.iter().map(|word| word.id));
        batch.iter().map(|word| (words.word(word.id), word.count))
    });
    Vocab::from_ordered(kept.len(), texts)
}

impl Kept {
    /// The order of a vocabulary. Count and first bytes decide most comparisons without a look at the word.
    fn compare(&self, other: &Self, words: &Interner) -> Ordering {
        let by_head = (Reverse(self.count), self.head).cmp(&(Reverse(other.count), other.head));
        by_head.then_with(|| words.word(self.id).cmp(words.word(other.id)))
    }
}
