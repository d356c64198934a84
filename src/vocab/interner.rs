//! Counting words as they come: word -> id in order of first sight.

use super::Vocab;
use super::table::{Sketch, Table};

/// The most distinct words that have ids: the top bit of an id belongs to the corpus.
const MAX_TYPES: usize = (1 << 31) - 1;

/// Where a word ends in the arena (it begins where its neighbour ends), and how often it came.
#[derive(Debug, Clone, Copy)]
struct Entry {
    end: u64,
    count: u64,
}

/// Counts words and gives each an id, in order of first sight.
///
/// Words lie one after the other in a single string, so that a token costs no allocation.
#[derive(Debug, Default)]
pub struct Interner {
    arena: String,
    entries: Vec<Entry>,
    table: Table,
}

impl Interner {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts `count` more occurrences of `word` and returns its id.
    ///
    /// Ids stop at 2³¹ - 2: see [`Interner::is_full`].
    #[inline]
    pub fn add(&mut self, word: &str, count: u64) -> u32 {
        let Self {
            arena,
            entries,
            table,
        } = self;
        let sketch = Sketch::of(word);
        let found = table.find(sketch, |id| word_at(arena, entries, id) == word);
        if let Some(id) = found {
            entries[id as usize].count += count;
            return id;
        }
        if entries.len() >= MAX_TYPES {
            return MAX_TYPES as u32;
        }
        let id = entries.len() as u32;
        arena.push_str(word);
        entries.push(Entry {
            end: arena.len() as u64,
            count,
        });
        table.insert(sketch, id);
        id
    }

    /// Whether there are as many words as ids; further new words are not counted.
    pub fn is_full(&self) -> bool {
        self.len() >= MAX_TYPES
    }

    /// Number of distinct words.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no word came yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of memory in use, nearly.
    pub fn bytes(&self) -> u64 {
        let entries = self.entries.capacity() * size_of::<Entry>();
        (self.arena.capacity() + entries + self.table.bytes()) as u64
    }

    /// The word of `id`.
    ///
    /// # Panics
    /// When `id` is not below [`Interner::len`].
    pub fn word(&self, id: u32) -> &str {
        word_at(&self.arena, &self.entries, id)
    }

    /// How often the word of `id` came.
    ///
    /// # Panics
    /// When `id` is not below [`Interner::len`].
    pub fn count(&self, id: u32) -> u64 {
        self.entries[id as usize].count
    }

    /// The vocabulary of those words that `keep` wants (word, count), at most `max_size` of them,
    /// the most frequent ones; and for each id here the id there, or `None`.
    pub fn into_vocab(
        self,
        keep: impl Fn(&str, u64) -> bool,
        max_size: Option<usize>,
    ) -> (Vocab, Vec<Option<u32>>) {
        let mut kept: Vec<u32> = (0..self.len() as u32)
            .filter(|&id| keep(self.word(id), self.count(id)))
            .collect();
        kept.sort_unstable_by(|&a, &b| {
            let by_count = self.count(b).cmp(&self.count(a));
            by_count.then_with(|| self.word(a).cmp(self.word(b)))
        });
        kept.truncate(max_size.unwrap_or(usize::MAX));
        let mut ids = vec![None; self.len()];
        for (rank, &id) in kept.iter().enumerate() {
            ids[id as usize] = Some(rank as u32);
        }
        let words = kept.iter().map(|&id| (self.word(id), self.count(id)));
        (Vocab::from_ordered(words), ids)
    }
}

#[inline]
fn word_at<'a>(arena: &'a str, entries: &[Entry], id: u32) -> &'a str {
    let id = id as usize;
    let start = if id == 0 { 0 } else { entries[id - 1].end };
    &arena[start as usize..entries[id].end as usize]
}
