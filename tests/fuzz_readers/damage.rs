//! What may happen to a file.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

const NUMBERS: [u64; 9] = [
    0,
    1,
    0x7F,
    0xFFFF,
    i32::MAX as u64,
    u32::MAX as u64,
    1 << 62,
    1 << 63,
    u64::MAX,
];

const TEXTS: [&str; 22] = [
    "nan",
    "-inf",
    "0,5",
    "1e999",
    "\n",
    " ",
    "\t",
    "-",
    "99999999999999999999",
    "\u{a0}",
    "\"",
    "\\u",
    "\\ud800",
    "{[",
    "&#x110000;",
    "<",
    ": ",
    ",",
    "\r",
    "\0",
    "\u{feff}",
    "http://a@b.c",
];

pub struct Damager(Xoshiro256PlusPlus);

impl Damager {
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n.max(1) as u64) as usize
    }

    pub fn bits(&mut self) -> u32 {
        (self.0.next_u64() >> 32) as u32
    }

    /// One to four damages; `other` is a file that parts may come from.
    pub fn damage(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let end = (at + 1 + self.below(40)).min(bytes.len());
            match self.below(9) {
                0 | 1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                2 => bytes.truncate(at),
                3 => drop(bytes.drain(at..end)),
                4 => {
                    let part = bytes[at..end].to_vec();
                    bytes.splice(at..at, part);
                }
                5 => {
                    let number = NUMBERS[self.below(NUMBERS.len())].to_le_bytes();
                    for (to, from) in bytes[at..].iter_mut().zip(number) {
                        *to = from;
                    }
                }
                6 => {
                    let text = TEXTS[self.below(TEXTS.len())].bytes();
                    bytes.splice(at..at, text);
                }
                // A digit for a digit: often a number that is meant.
                7 => {
                    let digit = bytes[at..].iter_mut().find(|b| b.is_ascii_digit());
                    if let Some(digit) = digit {
                        *digit = b'0' + self.below(10) as u8;
                    }
                }
                _ => {
                    let from = self.below(other.len());
                    bytes.extend(other[from..].iter().take(60));
                }
            }
        }
    }
}
