//! One vocabulary of the words of several interners.
//!
//! Tables of words lie in the order of their hashes. So all of them are read side by side, a few words of each
//! at a time, which are sorted while they are in the nearest cache: equal words are neighbours then. No further
//! table is made, words that are not kept leave no trace, and ranges of hashes are shared out among threads.

use std::cmp::{Ordering, Reverse};
use std::ops::Range;

use rayon::prelude::*;

use super::table::{KEY_BITS, Sketch};
use super::{Interner, Vocab};

/// Slots of all tables together that are looked at in one go.
const WINDOW: usize = 128;

/// The id, in a table of new ids, of a word that was not kept.
pub const DROPPED: u32 = u32::MAX;

/// What several interners counted together.
#[derive(Debug)]
pub struct Union {
    /// The words that were kept.
    pub vocab: Vocab,
    /// For each interner: for each of its ids the one in the vocabulary, or [`DROPPED`].
    pub ids: Vec<Vec<u32>>,
    /// The count of each distinct word, those that were not kept too, in no particular order.
    pub counts: Vec<u64>,
}

/// A word of a part.
#[derive(Debug, Clone, Copy)]
struct Member {
    sketch: Sketch,
    part: u32,
    id: u32,
    count: u64,
}

/// A word that is kept, found in a part first.
#[derive(Debug, Clone, Copy)]
struct Kept {
    count: u64,
    /// Its first bytes.
    head: u64,
    part: u32,
    id: u32,
    /// Its place in the share, in the order of hashes.
    place: u32,
}

/// The words whose hashes are in a range.
#[derive(Debug, Default)]
struct Share {
    kept: Vec<Kept>,
    places: Places,
    counts: Vec<u64>,
}

impl Union {
    /// Adds up the words of `parts`. `keep` says by the whole count which are kept, of these at most `max_size`,
    /// the most frequent ones; a word is named by a part and its id there. There are as many shares of work as parts.
    pub fn of(
        parts: &[Interner],
        keep: impl Fn(&Interner, u32, u64) -> bool + Sync,
        max_size: Option<usize>,
    ) -> Self {
        let windows = Windows::over(parts);
        let shares: Vec<Share> = (0..parts.len())
            .into_par_iter()
            .map(|number| Share::of(parts, windows.share(number, parts.len()), &keep))
            .collect();
        let (mut kept, mut counts, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for share in shares {
            let begin = kept.len() as u32;
            let moved = |word: Kept| Kept {
                place: begin + word.place,
                ..word
            };
            kept = appended(kept, share.kept, moved);
            counts = appended(counts, share.counts, |count| count);
            places.push((begin, share.places));
        }
        // Each share is in order, so this only merges.
        if places.len() > 1 {
            kept.sort_by(|a, b| a.compare(b, parts));
        }
        let mut ranks = vec![DROPPED; kept.len()];
        kept.truncate(max_size.unwrap_or(usize::MAX));
        for (rank, word) in kept.iter().enumerate() {
            ranks[word.place as usize] = rank as u32;
        }
        let words = kept.iter().map(|word| (word.text(parts), word.count));
        let (vocab, ids) = rayon::join(
            || Vocab::from_ordered(words),
            || tables(parts, &places, &ranks),
        );
        Self { vocab, ids, counts }
    }
}

/// `all` and, changed, `more`. The first ones are not copied: they may be half of the memory.
fn appended<T>(mut all: Vec<T>, more: Vec<T>, change: impl Fn(T) -> T) -> Vec<T> {
    if all.is_empty() {
        return more;
    }
    all.extend(more.into_iter().map(change));
    all
}

/// For each part: ids of kept words, and their places in a share.
type Places = Vec<Vec<(u32, u32)>>;

/// For each part the table of new ids. Of each share is known where it begins among the words that are kept.
fn tables(parts: &[Interner], places: &[(u32, Places)], ranks: &[u32]) -> Vec<Vec<u32>> {
    let table = |(number, part): (usize, &Interner)| {
        let mut table = vec![DROPPED; part.len()];
        for (begin, places) in places {
            for &(id, place) in &places[number] {
                table[id as usize] = ranks[(begin + place) as usize];
            }
        }
        table
    };
    parts.par_iter().enumerate().map(table).collect()
}

/// The hashes cut into ranges that hold some words of each part.
struct Windows {
    /// The logarithm of the number of ranges.
    bits: u32,
}

impl Windows {
    fn over(parts: &[Interner]) -> Self {
        let slots: usize = parts.iter().map(|part| part.table().slots()).sum();
        let bits = (slots / WINDOW).max(1).ilog2();
        Self {
            bits: bits.min(KEY_BITS),
        }
    }

    /// The ranges of one of `shares` shares.
    fn share(&self, number: usize, shares: usize) -> impl Iterator<Item = Range<u32>> {
        let bound = |number: usize| ((number as u64) << self.bits) / shares as u64;
        let shift = KEY_BITS - self.bits;
        (bound(number)..bound(number + 1))
            .map(move |window| ((window << shift) as u32)..(((window + 1) << shift) as u32))
    }
}

impl Share {
    fn of(
        parts: &[Interner],
        windows: impl Iterator<Item = Range<u32>>,
        keep: impl Fn(&Interner, u32, u64) -> bool,
    ) -> Self {
        let mut share = Self {
            places: vec![Vec::new(); parts.len()],
            ..Self::default()
        };
        let mut members = Vec::new();
        for keys in windows {
            members.clear();
            let mut touched = 0;
            for (number, part) in parts.iter().enumerate() {
                // What is needed of the words is far away: asked for here, the waits overlap.
                members.extend(part.table().within(keys.clone()).map(|(sketch, id)| {
                    touched ^= sketch.word().map_or_else(|| part.touch_word(id), |_| 0);
                    Member {
                        sketch,
                        part: number as u32,
                        id,
                        count: part.count(id),
                    }
                }));
            }
            std::hint::black_box(touched);
            members.sort_unstable_by_key(|member| member.sketch.number());
            for alike in members.chunk_by_mut(|a, b| a.sketch == b.sketch) {
                if alike.len() > 1 && alike[0].sketch.word().is_none() {
                    alike.sort_by(|a, b| a.text(parts).cmp(b.text(parts)));
                    for word in alike.chunk_by(|a, b| a.text(parts) == b.text(parts)) {
                        share.add(word, parts, &keep);
                    }
                } else {
                    share.add(alike, parts, &keep);
                }
            }
        }
        share.kept.sort_unstable_by(|a, b| a.compare(b, parts));
        share
    }

    /// One word, as each part that has it knows it.
    fn add(
        &mut self,
        word: &[Member],
        parts: &[Interner],
        keep: impl Fn(&Interner, u32, u64) -> bool,
    ) {
        let count = word.iter().map(|member| member.count).sum();
        self.counts.push(count);
        let Member {
            sketch, part, id, ..
        } = word[0];
        if !keep(&parts[part as usize], id, count) {
            return;
        }
        let place = self.kept.len() as u32;
        for member in word {
            self.places[member.part as usize].push((member.id, place));
        }
        self.kept.push(Kept {
            count,
            head: sketch.head(),
            part,
            id,
            place,
        });
    }
}

impl Member {
    fn text<'p>(&self, parts: &'p [Interner]) -> &'p str {
        parts[self.part as usize].word(self.id)
    }
}

impl Kept {
    fn text<'p>(&self, parts: &'p [Interner]) -> &'p str {
        parts[self.part as usize].word(self.id)
    }

    /// The order of a vocabulary. Count and first bytes decide most comparisons without a look at the word.
    fn compare(&self, other: &Self, parts: &[Interner]) -> Ordering {
        let by_head = (Reverse(self.count), self.head).cmp(&(Reverse(other.count), other.head));
        by_head.then_with(|| self.text(parts).cmp(other.text(parts)))
    }
}
