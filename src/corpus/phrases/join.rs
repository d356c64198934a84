//! Joining the neighbours that are phrases.

use hashbrown::HashMap;

use super::{Key, Pass, Role, Roles, scored};
use crate::corpus::SENTENCE_START;
use crate::corpus::merge::{DROPPED, Encoding, Keep};
use crate::error::Result;
use crate::vocab::Interner;

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
        one_pass(encoding, pass, if last { keep } else { all })?;
    }
    Ok(())
}

/// Joins once; the words that `keep` does not want become gaps or vanish.
fn one_pass(encoding: &mut Encoding, pass: &Pass<'_>, keep: Keep<'_>) -> Result<()> {
    let roles = Roles::new(encoding, pass.options);
    let mut joiner = Joiner {
        phrases: HashMap::new(),
        roles,
    };
    // Ids of phrases follow those of words and of the gap.
    let gap = encoding.vocab.len() as u32;
    let mut names = Vec::new();
    for (key, _, score) in scored(encoding, &joiner.roles, pass)? {
        if score > pass.options.threshold {
            joiner.phrases.insert(key, gap + 1 + names.len() as u32);
            names.push(joiner.roles.phrase(encoding, key));
        }
    }
    let mut counts = vec![0_u64; gap as usize + 1 + names.len()];
    for index in 0..encoding.segments() {
        encoding.change(index, |ids| {
            joiner.join(ids);
            for token in ids {
                counts[(*token & !SENTENCE_START) as usize] += 1;
            }
        })?;
    }
    let table = rank(encoding, &names, &counts, keep);
    for index in 0..encoding.segments() {
        encoding.change(index, |ids| super::super::merge::remap(ids, &table))?;
    }
    encoding.forget_empty();
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
    let (vocab, ranks) = words.into_vocab(|word, count| keep.keeps(word, count), keep.max_vocab);
    let dropped = keep.dropped(&vocab);
    for id in &mut table {
        *id = match *id {
            DROPPED => dropped,
            id => ranks[id as usize].unwrap_or(dropped),
        };
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
        // Where the word that may begin a phrase was written; its connectors follow it.
        let mut first: Option<usize> = None;
        let (mut chain, mut length) = (0, 0);
        for at in 0..ids.len() {
            let token = ids[at];
            if token & SENTENCE_START != 0 {
                first = None;
            }
            let id = token & !SENTENCE_START;
            match (self.roles.of(id), first) {
                (Role::Breaks, _) => first = None,
                (Role::Connects(_), None) => {}
                (Role::Connects(_), Some(_)) if length == self.roles.longest => first = None,
                (Role::Connects(number), Some(_)) => {
                    chain = self.roles.extend(chain, number);
                    length += 1;
                }
                (Role::Ends, before) => {
                    let joined = before.and_then(|start| {
                        let key = Key::new(ids[start] & !SENTENCE_START, chain, id);
                        self.phrases.get(&key).map(|&phrase| (start, phrase))
                    });
                    (chain, length) = (0, 0);
                    if let Some((start, phrase)) = joined {
                        ids[start] = phrase | (ids[start] & SENTENCE_START);
                        out = start + 1;
                        first = None;
                        continue;
                    }
                    first = Some(out);
                }
            }
            ids[out] = token;
            out += 1;
        }
        ids.truncate(out);
    }
}
