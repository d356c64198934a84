//! Ids packed: two bytes for most tokens.
//!
//! Column by column, so that no token waits for the one before it: first the lower 16 bits of every id. Then, for
//! each sentence, how many tokens after the last one it starts. Then, of the ids with more bits, which are rare since
//! ids go by frequency, how many tokens after the last such one they come, and their upper bits.

use super::SENTENCE_START;

/// Nothing is there: the next distance counts from here.
const FAR: u16 = u16::MAX;
/// Bits that are not in the first column.
const UPPER: u32 = 0xFFFF_0000;
/// Tokens that are looked at together for bits of the other columns.
const GROUP: usize = 8;

/// A column of places, each as its distance from the last one.
#[derive(Debug, Default)]
struct Column {
    bytes: Vec<u8>,
    last: usize,
}

impl Column {
    /// One more place; `nothing` is what follows a distance at whose end there is none.
    fn push(&mut self, place: usize, nothing: &[u8]) {
        while place - self.last >= usize::from(FAR) {
            self.bytes.extend_from_slice(&FAR.to_le_bytes());
            self.bytes.extend_from_slice(nothing);
            self.last += usize::from(FAR);
        }
        let distance = (place - self.last) as u16;
        self.bytes.extend_from_slice(&distance.to_le_bytes());
        self.last = place;
    }
}

/// Replaces `codes` by those of `tokens`.
pub(super) fn pack(tokens: &[u32], codes: &mut Vec<u8>) {
    codes.clear();
    codes.resize(2 * tokens.len(), 0);
    for (lower, &token) in codes.as_chunks_mut::<2>().0.iter_mut().zip(tokens) {
        *lower = (token as u16).to_le_bytes();
    }
    let (mut starts, mut large) = (Column::default(), Column::default());
    for (index, group) in tokens.chunks(GROUP).enumerate() {
        if group.iter().fold(0, |all, token| all | token) & UPPER == 0 {
            continue;
        }
        for (place, token) in (index * GROUP..).zip(group) {
            if token & SENTENCE_START != 0 {
                starts.push(place, &[]);
            }
            let upper = ((token & !SENTENCE_START) >> 16) as u16;
            if upper != 0 {
                large.push(place, &[0; 2]);
                large.bytes.extend_from_slice(&upper.to_le_bytes());
            }
        }
    }
    // The end tells where the column does.
    starts.push(tokens.len(), &[]);
    // No more than they take: the codes stay where they are while the text is trained on.
    codes.reserve_exact(starts.bytes.len() + large.bytes.len());
    codes.extend_from_slice(&starts.bytes);
    codes.extend_from_slice(&large.bytes);
}

/// A token, and how far the other columns are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Position {
    token: usize,
    starts: Reached,
    large: Reached,
}

/// How far a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Reached {
    byte: usize,
    token: usize,
}

/// A block of packed ids.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a> {
    lower: &'a [[u8; 2]],
    /// The other columns.
    upper: &'a [u8],
}

impl<'a> Packed<'a> {
    /// `tokens` tokens in `codes`.
    pub(super) fn new(codes: &'a [u8], tokens: usize) -> Self {
        let (lower, upper) = codes.split_at_checked(2 * tokens).unwrap_or_default();
        Self {
            lower: lower.as_chunks().0,
            upper,
        }
    }

    /// The first token.
    pub(super) fn first(&self) -> Position {
        let mut starts = Reached::default();
        self.starts(&mut starts, self.lower.len(), |_| ());
        let mut first = Position::default();
        // Behind the distance to the end, which was not read.
        first.large.byte = starts.byte + 2;
        first
    }

    /// Reads on; shows where sentences start, up to token `end`.
    #[inline]
    fn starts(&self, reached: &mut Reached, end: usize, mut see: impl FnMut(usize)) {
        while let Some(distance) = self.number(reached.byte) {
            let token = reached.token + usize::from(distance);
            if distance != FAR && token >= end {
                return;
            }
            (reached.byte, reached.token) = (reached.byte + 2, token);
            if distance != FAR {
                see(token);
            }
        }
    }

    /// Reads on; shows where ids are large, and their upper bits, up to token `end`.
    #[inline]
    fn large(&self, reached: &mut Reached, end: usize, mut see: impl FnMut(usize, u32)) {
        while let Some(distance) = self.number(reached.byte)
            && let Some(upper) = self.number(reached.byte + 2)
        {
            let token = reached.token + usize::from(distance);
            if token >= end {
                return;
            }
            (reached.byte, reached.token) = (reached.byte + 4, token);
            see(token, u32::from(upper) << 16);
        }
    }

    #[inline]
    fn number(&self, byte: usize) -> Option<u16> {
        let bytes = self.upper.get(byte..)?.first_chunk()?;
        Some(u16::from_le_bytes(*bytes))
    }

    /// Goes `count` tokens on.
    pub(super) fn skip(&self, from: &mut Position, count: usize) {
        let end = from.token + count;
        self.starts(&mut from.starts, end, |_| ());
        self.large(&mut from.large, end, |_, _| ());
        from.token = end;
    }

    /// Replaces `tokens` by the next `count`.
    pub(super) fn read(&self, mut from: Position, count: usize, tokens: &mut Vec<u32>) {
        let (begin, end) = (from.token, from.token + count);
        let lower = self.lower.get(begin..end).unwrap_or_default();
        tokens.clear();
        tokens.extend(
            lower
                .iter()
                .map(|&bytes| u32::from(u16::from_le_bytes(bytes))),
        );
        self.large(&mut from.large, end, |at, upper| {
            tokens[at - begin] |= upper
        });
        self.starts(&mut from.starts, end, |at| {
            tokens[at - begin] |= SENTENCE_START
        });
    }
}

/// Replaces `tokens` by the `count` of `codes`.
pub(super) fn unpack(codes: &[u8], count: usize, tokens: &mut Vec<u32>) {
    let packed = Packed::new(codes, count);
    packed.read(packed.first(), count, tokens);
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
            near(1 << 16),
            near(SENTENCE_START - 2)
        ]
    }

    fn marked((id, start): (u32, bool)) -> u32 {
        if start { id | SENTENCE_START } else { id }
    }

    proptest! {
        #[test]
        fn unpacked_is_what_was_packed(
            tokens in prop::collection::vec((ids(), any::<bool>()), 0..40),
            lengths in prop::collection::vec(0..9_usize, 1..20),
        ) {
            let tokens: Vec<u32> = tokens.into_iter().map(marked).collect();
            let (mut codes, mut found) = (vec![1], vec![2; 50]);
            pack(&tokens, &mut codes);
            unpack(&codes, tokens.len(), &mut found);
            prop_assert_eq!(&found, &tokens);
            let packed = Packed::new(&codes, tokens.len());
            let (mut from, mut left) = (packed.first(), tokens.as_slice());
            for length in lengths {
                let (piece, rest) = left.split_at(length.min(left.len()));
                packed.read(from, piece.len(), &mut found);
                prop_assert_eq!(&found, piece);
                packed.skip(&mut from, piece.len());
                left = rest;
            }
        }
    }

    #[test]
    fn distances_may_be_far() {
        let far = usize::from(FAR);
        for gap in [far - 1, far, far + 1, 3 * far, 3 * far + 7] {
            for token in [
                SENTENCE_START | 3,
                1 << 16,
                SENTENCE_START - 1,
                u32::MAX - 9,
            ] {
                for after in [1, 9, far - 1, far, far + 1, 2 * far] {
                    let mut tokens = vec![5; gap + after];
                    (tokens[0], tokens[gap]) = (token, token);
                    let (mut codes, mut found) = (Vec::new(), Vec::new());
                    pack(&tokens, &mut codes);
                    unpack(&codes, tokens.len(), &mut found);
                    assert!(found == tokens, "{token} after {gap} before {after}");
                }
            }
        }
    }

    #[test]
    fn frequent_words_take_two_bytes() {
        let bytes = |tokens: &[u32]| {
            let mut codes = Vec::new();
            pack(tokens, &mut codes);
            codes.len()
        };
        let end = bytes(&[]);
        let widths = [0, 0xFFFF, 1 << 16, SENTENCE_START - 1].map(|id| bytes(&[id]) - end);
        assert_eq!(widths, [2, 2, 6, 6]);
        assert_eq!(bytes(&[SENTENCE_START]) - end, 4);
    }
}
