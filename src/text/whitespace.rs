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
    let bytes = block.as_bytes();
    let mut start = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let class = CLASS[byte as usize];
        let mut width = 1;
        if class == Class::Token {
            at += 1;
            continue;
        }
        if class == Class::Lead {
            let Some(c) = block[at..].chars().next() else {
                break;
            };
            width = c.len_utf8();
            if !c.is_whitespace() {
                at += width;
                continue;
            }
        }
        if start < at {
            sink.token(&block[start..at]);
        }
        if class == Class::Newline {
            sink.end_sentence();
        }
        at += width;
        start = at;
    }
    if start < bytes.len() {
        sink.token(&block[start..]);
    }
}
