//! Words spelt nearly alike: optimal string alignment distance (insertions, deletions, changes
//! and swaps of neighbouring characters) as an automaton over UTF-8 bytes.
//!
//! The state is the last two rows of the classic table, so nothing is built before the search
//! and no word is too long; an `fst` prunes every prefix whose row has left the limit.

use fst::Automaton;

/// Accepts the words within a small distance of one word.
pub(super) struct NearMiss {
    word: Vec<char>,
    most: u8,
}

/// What has been read so far of a candidate.
#[derive(Clone)]
pub(super) struct State {
    /// Distance of each prefix of the word to the candidate so far.
    row: Vec<u8>,
    /// The same one character earlier, and that character: for swaps.
    before: Option<(Vec<u8>, char)>,
    /// Bits and missing bytes of a character that is read in part.
    partial: u32,
    missing: u8,
}

impl NearMiss {
    /// Distance 1 for words of up to three characters, else 2.
    pub(super) fn new(word: &str) -> Self {
        let word: Vec<char> = word.chars().collect();
        let most = if word.len() <= 3 { 1 } else { 2 };
        Self { word, most }
    }

    /// Distance of `other`, when it is within the limit.
    pub(super) fn distance(&self, other: &str) -> Option<u8> {
        let mut state = self.start();
        for &byte in other.as_bytes() {
            state = self.accept(&state, byte);
            if !self.can_match(&state) {
                return None;
            }
        }
        self.is_match(&state).then(|| state.distance())
    }

    fn step(&self, state: &State, read: char) -> Vec<u8> {
        let mut row = Vec::with_capacity(state.row.len());
        row.push(state.row[0].saturating_add(1));
        for (i, &expected) in self.word.iter().enumerate() {
            let change = state.row[i].saturating_add(u8::from(expected != read));
            let skip = row[i].min(state.row[i + 1]).saturating_add(1);
            let mut best = change.min(skip);
            if let (Some((before, last)), Some(j)) = (&state.before, i.checked_sub(1))
                && *last == expected
                && self.word[j] == read
            {
                best = best.min(before[j].saturating_add(1));
            }
            row.push(best);
        }
        row
    }
}

impl State {
    /// Distance of what was read to the whole word.
    pub(super) fn distance(&self) -> u8 {
        self.row.last().copied().unwrap_or(u8::MAX)
    }
}

impl Automaton for NearMiss {
    type State = State;

    fn start(&self) -> State {
        State {
            row: (0..=self.word.len())
                .map(|i| u8::try_from(i).unwrap_or(u8::MAX))
                .collect(),
            before: None,
            partial: 0,
            missing: 0,
        }
    }

    fn is_match(&self, state: &State) -> bool {
        state.missing == 0 && state.distance() <= self.most
    }

    fn can_match(&self, state: &State) -> bool {
        // A swap may still win against the row before the last, at a cost of 1.
        let swap = |(row, _): &(Vec<u8>, char)| row.iter().any(|&d| d < self.most);
        state.row.iter().any(|&d| d <= self.most) || state.before.as_ref().is_some_and(swap)
    }

    fn accept(&self, state: &State, byte: u8) -> State {
        let (partial, missing) = match (byte, state.missing) {
            (0x80..0xC0, 1..) => (
                (state.partial << 6) | u32::from(byte & 0x3F),
                state.missing - 1,
            ),
            (0xC0..0xE0, _) => (u32::from(byte & 0x1F), 1),
            (0xE0..0xF0, _) => (u32::from(byte & 0x0F), 2),
            (0xF0.., _) => (u32::from(byte & 0x07), 3),
            _ => (u32::from(byte), 0),
        };
        if missing > 0 {
            return State {
                partial,
                missing,
                ..state.clone()
            };
        }
        let read = char::from_u32(partial).unwrap_or(char::REPLACEMENT_CHARACTER);
        State {
            row: self.step(state, read),
            before: Some((state.row.clone(), read)),
            partial: 0,
            missing: 0,
        }
    }
}
