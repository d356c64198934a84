//! From words to ids, fast: the table of the interner.
//!
//! Open addressing with linear probing. A slot holds the first eight bytes of its word, so that
//! a look-up of a short word, which most tokens are, ends in one cache line and never follows an
//! id to the word itself.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

/// Set in a slot's tag when the eight bytes are the whole word.
const SHORT: u32 = 1 << 31;
/// Bits of a hash that tables go by.
const KEY_BITS: u32 = 31;
/// The id of an empty slot.
const EMPTY: u32 = u32::MAX;
const LEAST_SLOTS: usize = 64;

/// For 0 to 8 bytes, where they are in a number, little-endian.
const FIRST_BYTES: [u64; 9] = {
    let mut masks = [u64::MAX; 9];
    let mut bytes = 0;
    while bytes < 8 {
        masks[bytes] = (1 << (8 * bytes)) - 1;
        bytes += 1;
    }
    masks
};

/// A word as slots compare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sketch {
    /// The first eight bytes; a shorter word is filled up with zeros.
    prefix: u64,
    /// [`KEY_BITS`] of the hash, and [`SHORT`].
    tag: u32,
}

impl Sketch {
    #[inline]
    pub(super) fn of(word: &str) -> Self {
        let bytes = word.as_bytes();
        let prefix = prefix(bytes);
        Self::new(bytes, prefix, hash_with(bytes, prefix))
    }

    /// The sketch of the word at `range` of `text`. Where there is text around it this asks neither whether the word has
    /// eight bytes nor how many it has, which no processor could foresee.
    #[inline]
    pub(super) fn within(text: &str, range: Range<usize>) -> Self {
        let (text, length) = (text.as_bytes(), range.len());
        let word = &text[range.clone()];
        let before = text[..range.end].last_chunk::<8>();
        let after = text[range.start..].first_chunk::<8>();
        let (Some(before), Some(after)) = (before, after) else {
            let prefix = prefix(word);
            return Self::new(word, prefix, hash_with(word, prefix));
        };
        let prefix = u64::from_le_bytes(*after) & FIRST_BYTES[length.min(8)];
        if length > 16 {
            return Self::new(word, prefix, xxh3_64(word));
        }
        let last = u64::from_le_bytes(*before) & if length < 8 { 0 } else { u64::MAX };
        Self::new(word, prefix, mixed(prefix, last, length))
    }

    #[inline]
    fn new(word: &[u8], prefix: u64, hash: u64) -> Self {
        // A word that ends in a zero byte cannot be told from the filling.
        let short = word.len() <= 8 && word.last().is_some_and(|&last| last != 0);
        let tag = hash as u32 & !SHORT | if short { SHORT } else { 0 };
        Self { prefix, tag }
    }

    /// The first eight bytes as a number that goes up as the words do.
    pub(super) fn head(&self) -> u64 {
        self.prefix.swap_bytes()
    }

    /// The whole word, where it is short enough for its sketch to hold it.
    #[inline]
    pub(super) fn word(&self) -> Option<[u8; 8]> {
        (self.tag & SHORT != 0).then(|| self.prefix.to_le_bytes())
    }
}

/// The hash of a word in every table of this room.
#[inline]
pub(super) fn hash(word: &str) -> u64 {
    hash_with(word.as_bytes(), prefix(word.as_bytes()))
}

/// The first eight bytes, little-endian.
#[inline]
fn prefix(bytes: &[u8]) -> u64 {
    let length = bytes.len();
    if let Some((first, _)) = bytes.split_first_chunk::<8>() {
        u64::from_le_bytes(*first)
    } else if let (Some((first, _)), Some((_, last))) = (
        bytes.split_first_chunk::<4>(),
        bytes.split_last_chunk::<4>(),
    ) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        u64::from(first) | u64::from(last) << (8 * (length - 4))
    } else if length > 0 {
        let at = |i: usize| u64::from(bytes[i]) << (8 * i);
        at(0) | at(length / 2) | at(length - 1)
    } else {
        0
    }
}

/// A hash from the shelf for words of more than 16 bytes; the first and the last eight of shorter ones
/// are [`mixed`].
#[inline]
fn hash_with(bytes: &[u8], prefix: u64) -> u64 {
    match bytes.last_chunk::<8>() {
        Some(_) if bytes.len() > 16 => xxh3_64(bytes),
        last => mixed(
            prefix,
            last.map_or(0, |last| u64::from_le_bytes(*last)),
            bytes.len(),
        ),
    }
}

/// The two halves of a product, mixed.
#[inline]
fn mixed(prefix: u64, last: u64, length: usize) -> u64 {
    // Digits of pi, as good as any.
    const A: u64 = 0x243F_6A88_85A3_08D3;
    const B: u64 = 0x1319_8A2E_0370_7344;
    let product = u128::from(prefix ^ A) * u128::from(last ^ B ^ length as u64);
    let folded = (product >> 64) as u64 ^ product as u64;
    folded ^ folded >> 32
}

/// A sketch and its id in 16 bytes, four to a cache line.
#[derive(Debug, Clone, Copy)]
struct Slot {
    prefix: u64,
    tag: u32,
    id: u32,
}

const VACANT: Slot = Slot {
    prefix: 0,
    tag: 0,
    id: EMPTY,
};

/// Ids by word.
///
/// The upper bits of a word's key say where it lies.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// A power of two of them, or none.
    slots: Vec<Slot>,
    /// What of a key is not its place.
    shift: u32,
    words: usize,
}

impl Table {
    /// The id of the word with this sketch; `is_word` says whether a longer word is it.
    #[inline]
    pub(super) fn find(&self, sketch: Sketch, is_word: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = self.home(sketch.tag);
        loop {
            let slot = self.slots.get(at)?;
            if slot.tag == sketch.tag
                && slot.prefix == sketch.prefix
                && slot.id != EMPTY
                && (sketch.tag & SHORT != 0 || is_word(slot.id))
            {
                return Some(slot.id);
            }
            if slot.id == EMPTY {
                return None;
            }
            at = (at + 1) & mask;
        }
    }

    /// Where the search for a tag begins.
    #[inline]
    fn home(&self, tag: u32) -> usize {
        ((tag & !SHORT) >> self.shift) as usize
    }

    /// Whatever lies where the search for this sketch begins: to have it in the cache.
    #[inline]
    pub(super) fn touch(&self, sketch: Sketch) -> u32 {
        let slot = self.slots.get(self.home(sketch.tag));
        slot.map_or(0, |slot| slot.tag)
    }

    /// Adds a word that is not there.
    pub(super) fn insert(&mut self, sketch: Sketch, id: u32) {
        if 4 * (self.words + 1) > 3 * self.slots.len() {
            self.grow();
        }
        let Sketch { prefix, tag } = sketch;
        self.place(Slot { prefix, tag, id });
        self.words += 1;
    }

    fn grow(&mut self) {
        let larger = vec![VACANT; (2 * self.slots.len()).max(LEAST_SLOTS)];
        self.shift = KEY_BITS.saturating_sub(larger.len().ilog2());
        for slot in std::mem::replace(&mut self.slots, larger) {
            if slot.id != EMPTY {
                self.place(slot);
            }
        }
    }

    fn place(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut at = self.home(slot.tag);
        while self.slots[at].id != EMPTY {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }

    /// Bytes of memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }
}
