//! Tokens as they stand between white space.

use super::TokenSink;

/// What a byte may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Part of a token.
    Token,
    /// White space of one byte.
    Space,
    /// The end of a line.
    Newline,
    /// The first byte of characters some of which are white space.
    Lead,
}

const CLASS: [Class; 256] = {
    let mut class = [Class::Token; 256];
    let mut ascii = 9;
    while ascii <= 13 {
        class[ascii] = Class::Space;
        ascii += 1;
    }
    class[b' ' as usize] = Class::Space;
    class[b'\n' as usize] = Class::Newline;
    // U+0085 and U+00A0; U+1680; U+2000 to U+205F; U+3000.
    class[0xC2] = Class::Lead;
    class[0xE1] = Class::Lead;
    class[0xE2] = Class::Lead;
    class[0xE3] = Class::Lead;
    class
};

/// Sends what stands between Unicode white space (`White_Space=yes`) to `sink`.
pub(super) fn tokenize(block: &str, sink: &mut impl TokenSink) {
    let mut cut = Cut {
        block,
        start: 0,
        sink,
    };
    let (chunks, rest) = block.as_bytes().as_chunks::<CHUNK>();
    for (number, chunk) in chunks.iter().enumerate() {
        let mut places = places(chunk);
        while places != 0 {
            cut.at(number * CHUNK + places.trailing_zeros() as usize);
            places &= places - 1;
        }
    }
    for at in block.len() - rest.len()..block.len() {
        cut.at(at);
    }
    cut.token(block.len());
}

/// Bytes that are looked at together.
const CHUNK: usize = 64;

/// A bit for each byte that may begin white space.
#[inline]
fn places(chunk: &[u8; CHUNK]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const TOP: u64 = 0x80 * ONES;
    let words = chunk.as_chunks::<8>().0;
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    if words.clone().fold(0, |all, word| all | word) & TOP != 0 {
        let bytes = chunk.iter().rev();
        let place = |byte: &u8| u64::from(CLASS[*byte as usize] != Class::Token);
        return bytes.fold(0, |all, byte| all << 1 | place(byte));
    }
    // All ASCII. Bytes above the space reach their top bit when this is added, none runs over into
    // the next one; those below it that are no white space are sorted out later.
    const ABOVE_SPACE: u64 = (0x7F - b' ' as u64) * ONES;
    words.rev().fold(0, |all, word| {
        let tops = !(word + ABOVE_SPACE) & TOP;
        // Gathers the top bits in the highest byte.
        all << 8 | (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

/// Tokens on their way to a sink.
struct Cut<'a, S> {
    block: &'a str,
    /// Where the token at hand begins.
    start: usize,
    sink: &'a mut S,
}

impl<S: TokenSink> Cut<'_, S> {
    /// Looks at a byte that may begin white space.
    #[inline]
    fn at(&mut self, at: usize) {
        match CLASS[self.block.as_bytes()[at] as usize] {
            Class::Token => {}
            Class::Space => self.space(at, 1),
            Class::Newline => {
                self.space(at, 1);
                self.sink.end_sentence();
            }
            Class::Lead => {
                let c = self.block[at..].chars().next();
                if let Some(c) = c.filter(|c| c.is_whitespace()) {
                    self.space(at, c.len_utf8());
                }
            }
        }
    }

    /// White space of so many bytes.
    #[inline]
    fn space(&mut self, at: usize, width: usize) {
        self.token(at);
        self.start = at + width;
    }

    /// The token at hand ends before `end`.
    #[inline]
    fn token(&mut self, end: usize) {
        if self.start < end {
            self.sink.token_in(self.block, self.start..end);
        }
    }
}
