//! From the workers' words and ids to one vocabulary and its ids.

use super::SENTENCE_START;
use super::encoder::Encoded;
use crate::vocab::{Interner, Vocab};

/// In a table of new ids: a word that was not kept.
const DROPPED: u32 = u32::MAX;

/// One worker's part.
pub(super) struct Part {
    pub(super) words: Interner,
    pub(super) blocks: Vec<Encoded>,
}

/// All words together, before rare ones are dropped.
pub(super) struct Merged {
    words: Interner,
    /// For each part: its ids -> ids of `words`.
    tables: Vec<Vec<u32>>,
    blocks: Vec<Vec<Encoded>>,
}

impl Merged {
    /// Adds up the counts of all parts.
    pub(super) fn new(parts: Vec<Part>) -> Self {
        let mut parts = parts.into_iter();
        let mut merged = Self {
            words: Interner::new(),
            tables: Vec::new(),
            blocks: Vec::new(),
        };
        if let Some(first) = parts.next() {
            merged.tables.push((0..first.words.len() as u32).collect());
            merged.words = first.words;
            merged.blocks.push(first.blocks);
        }
        for part in parts {
            let ids = 0..part.words.len() as u32;
            let add = |id| merged.words.add(part.words.word(id), part.words.count(id));
            merged.tables.push(ids.map(add).collect());
            merged.blocks.push(part.blocks);
        }
        merged
    }

    /// Distinct words.
    pub(super) fn types(&self) -> u64 {
        self.words.len() as u64
    }

    /// Count of the most frequent word.
    pub(super) fn highest(&self) -> u64 {
        let ids = 0..self.words.len() as u32;
        ids.map(|id| self.words.count(id)).max().unwrap_or(0)
    }

    /// Whether there are more words than ids.
    pub(super) fn is_full(&self) -> bool {
        self.words.is_full()
    }

    /// The vocabulary, and the blocks in its ids, in the order of the text.
    pub(super) fn finish(self, min_count: u64, max_vocab: Option<usize>) -> (Vocab, Vec<Vec<u32>>) {
        let Self {
            words,
            mut tables,
            mut blocks,
        } = self;
        let (vocab, ranks) = words.into_vocab(min_count, max_vocab);
        std::thread::scope(|scope| {
            for (table, blocks) in tables.iter_mut().zip(&mut blocks) {
                let ranks = &ranks;
                scope.spawn(move || {
                    for id in table.iter_mut() {
                        *id = ranks[*id as usize].unwrap_or(DROPPED);
                    }
                    for block in blocks {
                        remap(&mut block.ids, table);
                    }
                });
            }
        });
        let mut blocks: Vec<Encoded> = blocks.into_iter().flatten().collect();
        blocks.sort_unstable_by_key(|block| block.index);
        let segments = blocks.into_iter().map(|block| block.ids);
        (vocab, segments.filter(|ids| !ids.is_empty()).collect())
    }
}

/// Replaces ids by those of `table` and drops words that were not kept; the mark of a dropped
/// token moves to the next one of its sentence that is kept.
fn remap(ids: &mut Vec<u32>, table: &[u32]) {
    let mut kept = 0;
    let mut mark = 0;
    for at in 0..ids.len() {
        let old = ids[at];
        let new = table[(old & !SENTENCE_START) as usize];
        mark |= old & SENTENCE_START;
        if new != DROPPED {
            ids[kept] = new | mark;
            kept += 1;
            mark = 0;
        }
    }
    ids.truncate(kept);
    ids.shrink_to_fit();
}
