//! Ids packed: two bytes for most tokens.
//!
//! Ids go by frequency, so nearly every token has a small one. Codes have 16 bits: a small id is its own
//! code; a larger one has its upper bits in one code and the lower 16 in the next; one that is larger still
//! follows a code of its own whole. The start of a sentence is a code before the token's.

use super::SENTENCE_START;
use crate::vocab::DROPPED;

/// Ids below it are codes.
const DIRECT: u32 = 0xF000;
/// Before an id in two codes.
const WHOLE: u16 = 0xFFFE;
/// The next token begins a sentence.
const START: u16 = 0xFFFF;
/// Ids from here on do not fit into a code that tells their upper bits and one that tells the lower ones.
const LARGE: u32 = (WHOLE as u32 - DIRECT) << 16;

/// The code at the start of `codes`, and those after it.
#[inline]
fn code(codes: &[u8]) -> Option<(u16, &[u8])> {
    let (code, rest) = codes.split_first_chunk::<2>()?;
    Some((u16::from_le_bytes(*code), rest))
}

/// Appends the code of a token.
#[inline]
fn push(codes: &mut Vec<u8>, token: u32) {
    let id = token & !SENTENCE_START;
    if token != id {
        codes.extend_from_slice(&START.to_le_bytes());
    }
    if id < DIRECT {
        codes.extend_from_slice(&(id as u16).to_le_bytes());
    } else {
        push_large(codes, id);
    }
}

#[cold]
fn push_large(codes: &mut Vec<u8>, id: u32) {
    let upper = id >> 16;
    match id < LARGE {
        true => codes.extend_from_slice(&((DIRECT + upper) as u16).to_le_bytes()),
        false => {
            codes.extend_from_slice(&WHOLE.to_le_bytes());
            codes.extend_from_slice(&(upper as u16).to_le_bytes());
        }
    }
    codes.extend_from_slice(&(id as u16).to_le_bytes());
}

/// Replaces `codes` by those of `tokens`.
pub(super) fn pack(tokens: &[u32], codes: &mut Vec<u8>) {
    codes.clear();
    codes.reserve(2 * tokens.len() + tokens.len() / 4);
    for &token in tokens {
        push(codes, token);
    }
}

/// Bytes of the code of a token.
#[cfg(test)]
fn width(token: u32) -> usize {
    let id = token & !SENTENCE_START;
    let start = 2 * usize::from(token != id);
    start + 2 + 2 * usize::from(id >= DIRECT) + 2 * usize::from(id >= LARGE)
}

/// Tokens in the order of their codes.
pub(super) struct Unpack<'a>(pub(super) &'a [u8]);

impl Unpack<'_> {
    /// The id that begins with `code`, which is not [`START`].
    #[inline]
    fn id(&mut self, first: u16) -> Option<u32> {
        if u32::from(first) < DIRECT {
            return Some(u32::from(first));
        }
        self.large(first)
    }

    #[cold]
    fn large(&mut self, first: u16) -> Option<u32> {
        let (next, rest) = code(self.0)?;
        self.0 = rest;
        if first != WHOLE {
            return Some((u32::from(first) - DIRECT) << 16 | u32::from(next));
        }
        let (last, rest) = code(self.0)?;
        self.0 = rest;
        Some(u32::from(next) << 16 | u32::from(last))
    }
}

impl Iterator for Unpack<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let (mut first, mut rest) = code(self.0)?;
        let mut mark = 0;
        if first == START {
            (first, rest) = code(rest)?;
            mark = SENTENCE_START;
        }
        self.0 = rest;
        Some(self.id(first)? | mark)
    }
}

/// Replaces `tokens` by the first `count` of `codes`.
pub(super) fn unpack(codes: &[u8], count: usize, tokens: &mut Vec<u32>) {
    tokens.clear();
    tokens.resize(count, 0);
    for (slot, token) in tokens.iter_mut().zip(Unpack(codes)) {
        *slot = token;
    }
}

/// Ids that are looked at together.
const RUN: usize = 8;

/// Replaces `new` by the codes with the ids of `table` and without words that were not kept; the mark of a
/// dropped token moves to the next one of its sentence that is kept. Returns the number of tokens.
pub(super) fn remap(codes: &[u8], table: &[u32], new: &mut Vec<u8>) -> usize {
    new.clear();
    new.reserve(codes.len());
    let (mut tokens, mut mark) = (0, 0);
    let mut left = Unpack(codes);
    loop {
        if mark == 0
            && let Some((run, rest)) = small_run(left.0, table)
        {
            new.extend_from_slice(&run);
            tokens += RUN;
            left = Unpack(rest);
            continue;
        }
        for _ in 0..RUN {
            let Some(token) = left.next() else {
                return tokens;
            };
            let id = table[(token & !SENTENCE_START) as usize];
            mark |= token & SENTENCE_START;
            if id != DROPPED {
                push(new, id | mark);
                tokens += 1;
                mark = 0;
            }
        }
    }
}

/// The new codes of the first ids, when all of them have one code before and after, and the codes that follow.
#[inline]
fn small_run<'c>(codes: &'c [u8], table: &[u32]) -> Option<([u8; 2 * RUN], &'c [u8])> {
    let (run, rest) = codes.split_first_chunk::<{ 2 * RUN }>()?;
    let mut new = [0; 2 * RUN];
    let mut small = true;
    for (new, old) in (new.as_chunks_mut::<2>().0.iter_mut()).zip(run.as_chunks::<2>().0) {
        let old = u16::from_le_bytes(*old);
        let id = table.get(usize::from(old)).copied().unwrap_or(DROPPED);
        small &= u32::from(old) < DIRECT && id < DIRECT;
        *new = (id as u16).to_le_bytes();
    }
    small.then_some((new, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Ids around every border.
    fn ids() -> impl Strategy<Value = u32> {
        let near = |border: u32| border.saturating_sub(2)..(border + 2).min(SENTENCE_START);
        prop_oneof![
            0..SENTENCE_START,
            near(0),
            near(DIRECT),
            near(1 << 16),
            near(LARGE),
            near(SENTENCE_START - 2)
        ]
    }

    proptest! {
        #[test]
        fn unpacked_is_what_was_packed(tokens in prop::collection::vec((ids(), any::<bool>()), 0..40)) {
            let mark = |(id, start)| if start { id | SENTENCE_START } else { id };
            let tokens: Vec<u32> = tokens.into_iter().map(mark).collect();
            let (mut codes, mut found) = (vec![1], vec![2; 50]);
            pack(&tokens, &mut codes);
            unpack(&codes, tokens.len(), &mut found);
            prop_assert_eq!(&found, &tokens);
            prop_assert_eq!(codes.len(), tokens.iter().map(|&token| width(token)).sum::<usize>());
        }
    }

    proptest! {
        #[test]
        fn ids_are_replaced_one_by_one(
            tokens in prop::collection::vec((prop_oneof![9 => 0..300_u32, 1 => 61_000..70_000_u32], prop::bool::weighted(0.1)), 0..90),
            drop_every in 3..50_u32,
        ) {
            let mark = |(id, start)| if start { id | SENTENCE_START } else { id };
            let tokens: Vec<u32> = tokens.into_iter().map(mark).collect();
            let table: Vec<u32> = (0..70_000_u32)
                .map(|id| if id % drop_every == 0 { DROPPED } else { (id * 7_919) % 65_000 })
                .collect();
            let (mut expected, mut mark) = (Vec::new(), 0);
            for token in &tokens {
                mark |= token & SENTENCE_START;
                let id = table[(token & !SENTENCE_START) as usize];
                if id != DROPPED {
                    expected.push(id | std::mem::take(&mut mark));
                }
            }
            let (mut codes, mut new, mut found) = (Vec::new(), Vec::new(), Vec::new());
            pack(&tokens, &mut codes);
            let count = remap(&codes, &table, &mut new);
            unpack(&new, count, &mut found);
            prop_assert_eq!(&found, &expected);
            let half = expected.len() / 2;
            unpack(&new, half, &mut found);
            prop_assert_eq!(&found, &expected[..half]);
        }
    }

    #[test]
    fn frequent_words_take_two_bytes() {
        let widths = [0, DIRECT - 1, DIRECT, LARGE - 1, LARGE, SENTENCE_START - 1];
        assert_eq!(widths.map(width), [2, 2, 4, 4, 6, 6]);
        assert_eq!(width(SENTENCE_START), 4);
    }
}
