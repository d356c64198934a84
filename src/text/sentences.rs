//! Sentences as UAX #29 has them, in time that grows with the text alone.
//!
//! From each closing bracket and each white space after a full stop the segmenter looks ahead for a small
//! letter (SB8): a run of them takes the square of its length. To all rules such a run is as its first
//! character is (`Close*`, `Sp*`), and no sentence ends within it. So only that character of a long run is shown to the
//! segmenter.

use std::collections::HashMap;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Bytes of a run that is worth shortening.
const LONG: usize = 16;

/// The sentences of `text`: what `split_sentence_bounds` gives.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    let ends = ends(text).into_iter();
    ends.map(move |end| &text[std::mem::replace(&mut start, end)..end])
}

/// Where sentences end.
fn ends(text: &str) -> Vec<usize> {
    let gaps = superfluous(text);
    let mut short = String::new();
    let mut from = 0;
    for gap in &gaps {
        short.push_str(&text[from..gap.start]);
        from = gap.end;
    }
    let short = match gaps.is_empty() {
        true => text,
        false => {
            short.push_str(&text[from..]);
            &short
        }
    };
    let mut gaps = gaps.into_iter().peekable();
    let mut end = 0;
    let sentences = short.split_sentence_bounds();
    let ends = sentences.map(|sentence| {
        end += sentence.len();
        while let Some(gap) = gaps.next_if(|gap| gap.start <= end) {
            end += gap.len();
        }
        end
    });
    ends.collect()
}

/// What a character is to the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// White space within a line: Sp.
    Space,
    /// Brackets and quotes: Close.
    Close,
    /// Part of the character before it: Extend, Format.
    Part,
    Other,
}

impl Class {
    /// The class of `c`, by what the segmenter makes of it.
    fn of(c: char) -> Self {
        let width = c.len_utf8();
        let first = |text: String| text.split_sentence_bounds().next().map_or(0, str::len);
        let ends = first(format!("{c}A")) == width;
        match first(format!("a.{c}(A")) {
            length if !ends && length == 2 + width => Self::Space,
            // Close goes with the stop, and `A` begins a sentence; with the other `a.A` is a word.
            length if !ends && length == 3 + width => match first(format!("a.{c}A")) {
                length if length == 2 + width => Self::Close,
                _ => Self::Part,
            },
            _ => Self::Other,
        }
    }
}

/// What may be left out: of a run of white space, or of brackets, all but the first.
fn superfluous(text: &str) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut classes = HashMap::new();
    let mut start = 0;
    // The end of the text ends a run, too.
    for (at, c) in text.char_indices().chain([(text.len(), 'x')]) {
        if is_letter(c) {
            if at - start >= LONG {
                repeated((&text[start..at], start), &mut classes, &mut gaps);
            }
            start = at + c.len_utf8();
        }
    }
    gaps
}

/// Whether `c` is none of what runs are of; the two katakana signs are marks in all but name.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || c.is_alphanumeric() && !is_combining_mark(c) && !matches!(c, '\u{FF9E}' | '\u{FF9F}')
}

/// Adds what may be left out of `run`, which begins at `start`.
fn repeated(
    (run, start): (&str, usize),
    classes: &mut HashMap<char, Class>,
    gaps: &mut Vec<Range<usize>>,
) {
    let mut last = Class::Other;
    for (at, c) in run.char_indices() {
        let class = *classes.entry(c).or_insert_with(|| Class::of(c));
        let repeats =
            matches!(last, Class::Space | Class::Close) && (class == last || class == Class::Part);
        if !repeats {
            last = class;
            continue;
        }
        let (at, end) = (start + at, start + at + c.len_utf8());
        match gaps.last_mut().filter(|gap| gap.end == at) {
            Some(gap) => gap.end = end,
            None => gaps.push(at..end),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn classes_are_those_of_the_rules() {
        for (class, all) in [
            (Class::Space, " \t\u{A0}\u{3000}\u{2003}"),
            (Class::Close, "()[]\"'»\u{201D}\u{300D}"),
            (Class::Part, "\u{301}\u{93E}\u{200B}\u{AD}\u{FF9E}"),
            (Class::Other, "aA中1.,!?。-:%\n\r\u{85}\u{2028}"),
        ] {
            for c in all.chars() {
                assert_eq!(Class::of(c), class, "{c:?}");
            }
        }
    }

    #[test]
    fn long_lines_come_to_an_end() {
        for run in [
            " ",
            ")",
            "\t\u{3000}",
            "]'»",
            " \u{301}",
            "\u{A0}\u{93E}",
            ") \u{FF9E}",
        ] {
            let text = format!("End.{}x", run.repeat((1 << 20) / run.len()));
            assert_eq!(sentences(&text).map(str::len).sum::<usize>(), text.len());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn they_are_those_of_the_segmenter(
            text in "([a-cA-C1中%,]|[.?!。]|[ \u{A0}\t]{0,20}|[)\\]\"»]{0,20}|([ )][\u{301}\u{200B}\u{93E}]?){0,12}|[\u{301}\u{FF9E}]{0,2}|[\n\r\u{85}\u{2028}]){0,16}",
        ) {
            let expected: Vec<&str> = text.split_sentence_bounds().collect();
            prop_assert_eq!(sentences(&text).collect::<Vec<_>>(), expected);
        }
    }
}
