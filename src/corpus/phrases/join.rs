//! Joining the neighbours that are phrases.

use std::ops::Range;

use hashbrown::HashMap;

use super::{Key, Neighbours, Pass, Roles, scored};
use crate::corpus::SENTENCE_START;
use crate::corpus::merge::{Encoding, Keep};
use crate::corpus::renumber::renumber;
use crate::error::Result;
use crate::vocab::{DROPPED, Interner, Union};

/// What of a pass is counting: the rest is joining.
const COUNTING: f64 = 0.7;

/// Makes the phrases of all passes, then drops the words that are not to be kept.
pub(crate) fn join_phrases(encoding: &mut Encoding, pass: &Pass<'_>, keep: Keep<'_>) -> Result<()> {
    let all = Keep {
        min_count: 1,
        max_vocab: None,
        only: None,
        gaps: true,
    };
    for number in 1..=pass.options.passes {
        let last = number == pass.options.passes;
        let keep = if last { keep } else { all };
        let end = |number| number as f64 / pass.options.passes as f64;
        one_pass(encoding, (pass, end(number - 1)..end(number)), keep)?;
    }
    Ok(())
}

/// Joins once; the words that `keep` does not want become gaps or vanish.
fn one_pass(
    encoding: &mut Encoding,
    (pass, share): (&Pass<'_>, Range<f64>),
    keep: Keep<'_>,
) -> Result<()> {
    let counted = share.start + COUNTING * (share.end - share.start);
    let roles = Roles::new(encoding, pass.options);
    let mut joiner = Joiner {
        phrases: HashMap::new(),
        roles,
    };
    // Ids of phrases follow those of words and of the gap.
    let gap = encoding.vocab.len() as u32;
    let mut names = Vec::new();
    for (key, _, score) in scored(encoding, &joiner.roles, pass, share.start..counted)? {
        if score > pass.options.threshold {
            joiner.phrases.insert(key, gap + 1 + names.len() as u32);
            names.push(joiner.roles.phrase(encoding, key));
        }
    }
    let mut counts = vec![0_u64; gap as usize + 1 + names.len()];
    let (segments, mut bench) = encoding.change();
    // Twice through the text.
    let steps = 2 * segments.len();
    let tell = |step: usize| {
        let part = (step as u64, steps as u64);
        pass.course.come(&(counted..share.end), part);
        pass.course.check()
    };
    for (step, ids) in segments.iter_mut().enumerate() {
        tell(step)?;
        bench.change(ids, |ids| {
            joiner.join(ids);
            for token in ids {
                counts[(*token & !SENTENCE_START) as usize] += 1;
            }
        })?;
    }
    let table = rank(encoding, &names, &counts, keep);
    let (segments, mut bench) = encoding.change();
    for (step, ids) in segments.iter_mut().enumerate() {
        tell(steps / 2 + step)?;
        bench.change(ids, |ids| renumber(ids, &table))?;
    }
    Ok(())
}

/// Gives words and phrases their ranks by the new counts; returns the new id of each old one.
fn rank(encoding: &mut Encoding, names: &[String], counts: &[u64], keep: Keep<'_>) -> Vec<u32> {
    let gap = encoding.vocab.len();
    let word = |id: usize| match id > gap {
        true => names[id - gap - 1].as_str(),
        false => encoding.vocab.word(id as u32),
    };
    let mut words = Interner::new();
    let mut table = vec![DROPPED; counts.len()];
    for (id, &count) in counts.iter().enumerate() {
        if id != gap && count > 0 {
            // A phrase may be a word of the text as well: then both are one.
            table[id] = words.add(word(id), count);
        }
    }
    let Union { vocab, ids, .. } = keep.of(vec![words], |_| ());
    let dropped = keep.dropped(&vocab);
    for id in &mut table {
        let new = ids[0].get(*id as usize).copied();
        *id = new.filter(|&id| id != DROPPED).unwrap_or(dropped);
    }
    encoding.vocab = vocab;
    table
}

/// Replaces pairs by phrases.
struct Joiner {
    phrases: HashMap<Key, u32>,
    roles: Roles,
}

impl Joiner {
    /// From left to right: a word that was joined is not joined again in this pass.
    fn join(&self, ids: &mut Vec<u32>) {
        let mut out = 0;
        let mut neighbours = Neighbours::new(&self.roles);
        for at in 0..ids.len() {
            let token = ids[at];
            let pair = neighbours.next(token, out);
            let phrase = pair.and_then(|(key, start)| Some((*self.phrases.get(&key)?, start)));
            match phrase {
                Some((phrase, start)) => {
                    ids[start] = phrase | (ids[start] & SENTENCE_START);
                    out = start + 1;
                    neighbours.part();
                }
                None => {
                    ids[out] = token;
                    out += 1;
                }
            }
        }
        ids.truncate(out);
    }
}
