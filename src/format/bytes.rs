//! Words that are no UTF-8: files of word2vec cut words in the middle of a character.

use std::borrow::Cow;

/// Each byte that is no UTF-8 becomes the character of this number and its own: a private one, on the
/// last plane, so that no two words become one and writers can turn it back.
const BASE: u32 = 0x10_F700;

fn character(byte: u8) -> char {
    char::from_u32(BASE.wrapping_add(u32::from(byte))).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn byte(character: char) -> Option<u8> {
    let byte = u8::try_from(u32::from(character).checked_sub(BASE)?).ok()?;
    // Bytes below are always UTF-8, so these characters stand for themselves.
    (byte >= 0x80).then_some(byte)
}

/// The word that `bytes` spell, as models have it; a copy where some are no UTF-8, or spell what stands for
/// such bytes.
pub fn to_text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(word) = std::str::from_utf8(bytes)
        && (word.is_ascii() || !word.chars().any(|c| byte(c).is_some()))
    {
        return Cow::Borrowed(word);
    }
    let mut word = String::with_capacity(bytes.len().saturating_mul(4));
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match byte(c) {
                None => word.push(c),
                Some(_) => {
                    let mut buffer = [0; 4];
                    let spelt = c.encode_utf8(&mut buffer).bytes();
                    word.extend(spelt.map(character));
                }
            }
        }
        word.extend(chunk.invalid().iter().copied().map(character));
    }
    Cow::Owned(word)
}

/// The inverse of [`to_text`].
pub(super) fn to_bytes(word: &str) -> Cow<'_, [u8]> {
    if word.is_ascii() || !word.chars().any(|c| byte(c).is_some()) {
        return Cow::Borrowed(word.as_bytes());
    }
    let mut bytes = Vec::with_capacity(word.len());
    for c in word.chars() {
        match byte(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    Cow::Owned(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let word = to_text(&bytes);
            prop_assert_eq!(to_bytes(&word), bytes.as_slice());
        }

        #[test]
        fn any_text_comes_back(
            word in prop::collection::vec(
                prop_oneof![any::<char>(), (0x10_F700u32..0x10_F800).prop_map(|c| char::from_u32(c).unwrap())],
                0..20,
            ),
        ) {
            let word: String = word.into_iter().collect();
            let text = to_text(word.as_bytes());
            prop_assert_eq!(to_bytes(&text), word.as_bytes());
        }
    }

    #[test]
    fn words_that_differ_stay_different() {
        let words: [&[u8]; 5] = [
            b"a\xFF",
            b"a\xFE",
            b"a",
            "a\u{10F7FF}".as_bytes(),
            "a\u{FFFD}".as_bytes(),
        ];
        for (i, a) in words.iter().enumerate() {
            for b in &words[..i] {
                assert_ne!(to_text(a), to_text(b));
            }
        }
        assert!(matches!(to_text("été 王".as_bytes()), Cow::Borrowed(_)));
    }
}
