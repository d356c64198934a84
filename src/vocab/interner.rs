//! Counting words as they come: word -> id in order of first sight.

use std::ops::Range;

use super::table::{Sketch, Table};

/// The most distinct words that have ids: the top bit of an id belongs to the corpus.
const MAX_TYPES: usize = (1 << 31) - 1;

/// Words of a [`Batch`]: enough for the memory to be kept busy, few enough for the nearest cache.
pub(super) const BATCH: usize = 64;

/// Words on their way into an [`Interner`], which looks all of them up at once: so it waits for
/// the memory once and not for every word.
#[derive(Debug, Default)]
pub struct Batch {
    sketches: Vec<Sketch>,
    /// One after the other, the words that their sketches do not hold whole.
    long: String,
    /// Where they end.
    ends: Vec<usize>,
}

impl Batch {
    /// One more word.
    #[inline]
    pub fn push(&mut self, word: &str) {
        self.push_sketched(Sketch::of(word), word);
    }

    /// One more word, that at `range` of `text`; faster than [`Batch::push`].
    ///
    /// # Panics
    /// When `range` is not within `text`, or cuts a character.
    #[inline]
    pub fn push_from(&mut self, text: &str, range: Range<usize>) {
        self.push_sketched(Sketch::within(text, range.clone()), &text[range]);
    }

    #[inline]
    fn push_sketched(&mut self, sketch: Sketch, word: &str) {
        if sketch.word().is_none() {
            self.long.push_str(word);
            self.ends.push(self.long.len());
        }
        self.sketches.push(sketch);
    }

    /// Whether it is time for [`Interner::add_all`].
    #[inline]
    pub fn is_full(&self) -> bool {
        self.sketches.len() >= BATCH
    }
}

/// Counts words and gives each an id, in order of first sight.
///
/// Words lie one after the other in a single string, so that a token costs no allocation.
#[derive(Debug, Default)]
pub struct Interner {
    arena: String,
    /// Where each word ends in the arena; it begins where its neighbour ends.
    ends: Vec<u64>,
    counts: Vec<u64>,
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
        self.add_sketched(Sketch::of(word), count, || word)
    }

    /// Counts each word of `batch` once, writes its id into the next of `ids`, whose top bits
    /// stay, and empties the batch.
    pub fn add_all(&mut self, batch: &mut Batch, ids: &mut [u32]) {
        self.touch_slots(&batch.sketches);
        let (mut start, mut ends) = (0, batch.ends.iter());
        for (sketch, slot) in batch.sketches.iter().zip(ids) {
            let id = match sketch.word() {
                Some(bytes) => self.add_sketched(*sketch, 1, || short_word(&bytes)),
                None => {
                    let end = ends.next().copied().unwrap_or(start);
                    let word = &batch.long[start..end];
                    start = end;
                    self.add_sketched(*sketch, 1, || word)
                }
            };
            *slot |= id;
        }
        batch.sketches.clear();
        batch.long.clear();
        batch.ends.clear();
    }

    /// Brings the slots of words into the cache.
    #[inline]
    fn touch_slots(&self, sketches: &[Sketch]) {
        // These loads do not depend on one another: their waits overlap.
        let touched = sketches.iter().map(|&sketch| self.table.touch(sketch));
        std::hint::black_box(touched.fold(0, |all, tag| all ^ tag));
    }

    #[inline]
    fn add_sketched<'a>(&mut self, sketch: Sketch, count: u64, word: impl Fn() -> &'a str) -> u32 {
        let found = self
            .table
            .find(sketch, |id| word_at(&self.arena, &self.ends, id) == word());
        if let Some(id) = found {
            self.counts[id as usize] += count;
            return id;
        }
        if self.counts.len() >= MAX_TYPES {
            return MAX_TYPES as u32;
        }
        let id = self.counts.len() as u32;
        self.arena.push_str(word());
        self.ends.push(self.arena.len() as u64);
        self.counts.push(count);
        self.table.insert(sketch, id);
        id
    }

    /// Whether there are as many words as ids; further new words are not counted.
    pub fn is_full(&self) -> bool {
        self.len() >= MAX_TYPES
    }

    /// Number of distinct words.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether no word came yet.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Bytes of memory in use, nearly.
    pub fn bytes(&self) -> u64 {
        let numbers = 8 * (self.ends.capacity() + self.counts.capacity());
        (self.arena.capacity() + numbers + self.table.bytes()) as u64
    }

    /// Writes the id here of each word of `other`, from word `first` on, into `ids`; what a word that is not here
    /// has stays.
    pub(super) fn find_all(&self, other: &Self, first: usize, ids: &mut [u32]) {
        let mut sketches = Vec::with_capacity(BATCH);
        for (batch, ids) in ids.chunks_mut(BATCH).enumerate() {
            let first = (first + batch * BATCH) as u32;
            sketches.clear();
            sketches.extend((first..).take(ids.len()).map(|id| other.sketch(id)));
            self.touch_slots(&sketches);
            // What looks like a longer word nearly always is it, and its text will be compared.
            let longer = sketches.iter().filter(|sketch| sketch.word().is_none());
            self.touch(longer.filter_map(|&sketch| self.table.find(sketch, |_| true)));
            for ((id, &sketch), word) in ids.iter_mut().zip(&sketches).zip(first..) {
                let is_word = |id| self.word(id) == other.word(word);
                *id = self.table.find(sketch, is_word).unwrap_or(*id);
            }
        }
    }

    /// The sketch of the word of `id`.
    #[inline]
    fn sketch(&self, id: u32) -> Sketch {
        Sketch::within(&self.arena, range_of(&self.ends, id))
    }

    /// The first eight bytes of the word of `id` as a number that goes up as the words do.
    pub(super) fn head(&self, id: u32) -> u64 {
        self.sketch(id).head()
    }

    /// Counts `count` more occurrences of the word of `id`.
    #[inline]
    pub(super) fn count_more(&mut self, id: u32, count: u64) {
        self.counts[id as usize] += count;
    }

    /// Brings the texts of words into the cache.
    #[inline]
    pub(super) fn touch(&self, ids: impl Iterator<Item = u32>) {
        let start = |id| range_of(&self.ends, id).start;
        let touched = ids.map(|id| self.arena.as_bytes().get(start(id)).copied());
        std::hint::black_box(touched.fold(0, |all, byte| all ^ byte.unwrap_or(0)));
    }

    /// The word of `id`.
    ///
    /// # Panics
    /// When `id` is not below [`Interner::len`].
    pub fn word(&self, id: u32) -> &str {
        word_at(&self.arena, &self.ends, id)
    }

    /// How often the word of `id` came.
    ///
    /// # Panics
    /// When `id` is not below [`Interner::len`].
    #[inline]
    pub fn count(&self, id: u32) -> u64 {
        self.counts[id as usize]
    }
}

#[inline]
fn word_at<'a>(arena: &'a str, ends: &[u64], id: u32) -> &'a str {
    &arena[range_of(ends, id)]
}

/// Where a word is in the arena.
#[inline]
fn range_of(ends: &[u64], id: u32) -> Range<usize> {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    start as usize..ends[id] as usize
}

/// A word of up to eight bytes, filled up with zeros.
fn short_word(bytes: &[u8; 8]) -> &str {
    let length = bytes
        .iter()
        .rposition(|&b| b != 0)
        .map_or(0, |last| last + 1);
    std::str::from_utf8(&bytes[..length]).unwrap_or_default()
}
