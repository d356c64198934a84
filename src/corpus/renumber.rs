//! From the ids of one worker to those of the vocabulary.

use super::SENTENCE_START;
use crate::vocab::DROPPED;

/// Tokens that are looked at together.
const GROUP: usize = 8;

/// Replaces ids by those of `table` and leaves out words that were not kept; the mark of a dropped token moves to the
/// next one of its sentence that is kept.
pub(super) fn renumber(tokens: &mut Vec<u32>, table: &[u32]) {
    let (mut read, mut write, mut mark) = (0, 0, 0);
    while read < tokens.len() {
        let group = &tokens[read..];
        if mark == 0
            && let Some(group) = group.first_chunk::<GROUP>()
            && let Some(new) = all_kept(group, table)
        {
            tokens[write..write + GROUP].copy_from_slice(&new);
            (read, write) = (read + GROUP, write + GROUP);
            continue;
        }
        let end = read + group.len().min(GROUP);
        while read < end {
            let token = tokens[read];
            let id = table[(token & !SENTENCE_START) as usize];
            mark |= token & SENTENCE_START;
            if id != DROPPED {
                tokens[write] = id | mark;
                (write, mark) = (write + 1, 0);
            }
            read += 1;
        }
    }
    tokens.truncate(write);
}

/// The tokens with the ids of `table`, when all were kept: most often, and then nothing else needs to be asked.
#[inline]
fn all_kept(tokens: &[u32; GROUP], table: &[u32]) -> Option<[u32; GROUP]> {
    let (mut new, mut kept) = ([0; GROUP], true);
    for (new, token) in new.iter_mut().zip(tokens) {
        let id = table[(token & !SENTENCE_START) as usize];
        kept &= id != DROPPED;
        *new = id | token & SENTENCE_START;
    }
    kept.then_some(new)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_are_replaced_one_by_one(
            tokens in prop::collection::vec((0..300_u32, prop::bool::weighted(0.1)), 0..90),
            drop_every in 2..50_u32,
        ) {
            let mark = |(id, start)| if start { id | SENTENCE_START } else { id };
            let tokens: Vec<u32> = tokens.into_iter().map(mark).collect();
            let new = |id| if id % drop_every == 0 { DROPPED } else { id * 7_919 };
            let table: Vec<u32> = (0..300).map(new).collect();
            let (mut expected, mut mark) = (Vec::new(), 0);
            for token in &tokens {
                mark |= token & SENTENCE_START;
                let id = table[(token & !SENTENCE_START) as usize];
                if id != DROPPED {
                    expected.push(id | std::mem::take(&mut mark));
                }
            }
            let mut found = tokens;
            renumber(&mut found, &table);
            prop_assert_eq!(found, expected);
        }
    }
}
