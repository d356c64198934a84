//! Phrases: neighbours that stand together so often that they become one word, `new_york`.
//!
//! It works on ids, after the scan and before rare words are dropped, so that the text is read
//! once and words that were not neighbours in the text are never joined. A pass counts all pairs
//! of neighbours, scores them, and joins those above the threshold from left to right; the next
//! pass may join the results further. Connector words ("of", "the") neither begin nor end a
//! phrase and may stand within one: `bank_of_america`.

mod count;
mod course;
mod join;
#[cfg(test)]
mod tests;

use std::iter::once;
use std::ops::Range;

use crate::error::{OptionsError, Result};

pub(super) use course::{Course, on_course};
pub(super) use join::join_phrases;

use super::SENTENCE_START;
use super::merge::Encoding;

/// How pairs are scored. Probabilities are shares of all tokens; c are counts, N is the number of
/// tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhraseScore {
    /// `(c(ab) - min_count) · N / (c(a) · c(b))` (Mikolov 2013b, as word2phrase has it).
    Mikolov,
    /// Normalised pointwise mutual information, `ln(p(ab) / (p(a) · p(b))) / -ln p(ab)`
    /// (Bouma 2009): -1 never together, 0 by chance, 1 always.
    Npmi,
}

impl PhraseScore {
    /// Every score.
    pub const ALL: &'static [Self] = &[Self::Mikolov, Self::Npmi];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mikolov => "mikolov",
            Self::Npmi => "npmi",
        }
    }

    /// The threshold that is usual with this score.
    pub fn usual_threshold(self) -> f64 {
        match self {
            Self::Mikolov => 100.0,
            Self::Npmi => 0.5,
        }
    }
}

/// Which neighbours become phrases.
#[derive(Debug, Clone, PartialEq)]
pub struct PhraseOptions {
    /// Passes over the text; 0 makes no phrases, 2 joins up to four words.
    pub passes: usize,
    /// The score.
    pub score: PhraseScore,
    /// Pairs with a higher score are joined.
    pub threshold: f64,
    /// Pairs that come less often, and pairs with a word that does, are not.
    pub min_count: u64,
    /// Words that may stand within a phrase but not at its ends; a scan gives them the form of its
    /// tokens. At most [`PhraseOptions::MAX_CONNECTORS`]; four of them may stand in a row.
    pub connectors: Vec<String>,
}

impl PhraseOptions {
    /// As many connectors may be given.
    pub const MAX_CONNECTORS: usize = u16::MAX as usize;

    /// The connector words of English.
    pub const ENGLISH_CONNECTORS: &'static [&'static str] = &[
        "a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with",
        "without",
    ];

    /// Refuses thresholds that no pair could pass or fail, and more connectors than there are numbers for.
    pub(super) fn check(&self) -> Result<()> {
        let wrong =
            |name, range, found| Err(OptionsError::OutOfRange { name, range, found }.into());
        let (threshold, connectors) = (self.threshold, self.connectors.len());
        match self.score {
            PhraseScore::Mikolov if !threshold.is_finite() => {
                wrong("phrase-threshold", "a number", threshold)
            }
            PhraseScore::Npmi if !(-1.0..=1.0).contains(&threshold) => {
                wrong("phrase-threshold", "-1 to 1 with the score npmi", threshold)
            }
            _ if connectors > Self::MAX_CONNECTORS => {
                let range = "a list of at most 65535 words";
                wrong("phrase-connectors", range, connectors as f64)
            }
            _ => Ok(()),
        }
    }

    /// Names and values of all but the passes.
    pub(super) fn describe(&self) -> [(&'static str, String); 4] {
        [
            ("phrase-score", self.score.name().to_owned()),
            ("phrase-threshold", self.threshold.to_string()),
            ("phrase-min-count", self.min_count.to_string()),
            ("phrase-connectors", self.connectors.join("\n")),
        ]
    }
}

impl Default for PhraseOptions {
    fn default() -> Self {
        let connectors = Self::ENGLISH_CONNECTORS.iter();
        Self {
            passes: 0,
            score: PhraseScore::Mikolov,
            threshold: PhraseScore::Mikolov.usual_threshold(),
            min_count: 5,
            connectors: connectors.map(|&word| word.to_owned()).collect(),
        }
    }
}

/// A pair of neighbours that may become a phrase.
#[derive(Debug, Clone, PartialEq)]
pub struct PhraseCandidate {
    /// The words, joined by `_`.
    pub phrase: String,
    /// How often they stand together.
    pub count: u64,
    /// Their score.
    pub score: f64,
}

/// What a pass works on.
pub(super) struct Pass<'a> {
    pub(super) options: &'a PhraseOptions,
    pub(super) threads: usize,
    /// Bytes that the counts of pairs may take.
    pub(super) memory: u64,
    pub(super) course: &'a Course,
}

/// A pair by its ids and the numbers of the connectors between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    first: u32,
    chain: u64,
    last: u32,
}

/// Bits of the number of a connector in a chain, and the most connectors in a row.
const CONNECTOR_BITS: u32 = PhraseOptions::MAX_CONNECTORS.ilog2() + 1;
const LONGEST_CHAIN: u32 = u64::BITS / CONNECTOR_BITS;

/// What the ids of a text mean to phrases.
struct Roles {
    /// For each id: 0, or the number of a connector, from 1. Ids beyond its end are too rare for
    /// phrases, or stand for dropped words.
    connectors: Vec<u16>,
    /// Ids of the connectors, by number - 1.
    ids: Vec<u32>,
}

/// What a token is to the phrase that may be under way.
enum Role {
    Breaks,
    Connects(u16),
    Ends,
}

/// Goes from token to token and finds the neighbours.
struct Neighbours<'a> {
    roles: &'a Roles,
    /// The word that may begin a phrase, and its place.
    first: Option<(u32, usize)>,
    /// The connectors after it, and their number.
    chain: u64,
    length: u32,
}

impl<'a> Neighbours<'a> {
    fn new(roles: &'a Roles) -> Self {
        Self {
            roles,
            first: None,
            chain: 0,
            length: 0,
        }
    }

    /// The next token and its place; the pair that ends with it, and the place of the other end.
    #[inline]
    fn next(&mut self, token: u32, place: usize) -> Option<(Key, usize)> {
        if token & SENTENCE_START != 0 {
            self.first = None;
        }
        let id = token & !SENTENCE_START;
        match self.roles.of(id) {
            Role::Breaks => self.first = None,
            Role::Connects(_) if self.first.is_none() => {}
            Role::Connects(_) if self.length == LONGEST_CHAIN => self.first = None,
            Role::Connects(number) => {
                self.chain = self.chain << CONNECTOR_BITS | u64::from(number);
                self.length += 1;
            }
            Role::Ends => {
                let before = self.first.replace((id, place));
                let chain = std::mem::take(&mut self.chain);
                self.length = 0;
                let (first, at) = before?;
                let last = id;
                return Some((Key { first, chain, last }, at));
            }
        }
        None
    }

    /// The last token is part of no other pair.
    fn part(&mut self) {
        self.first = None;
    }
}

impl Roles {
    fn new(encoding: &Encoding, options: &PhraseOptions) -> Self {
        let vocab = &encoding.vocab;
        let frequent = vocab.counts().partition_point(|&c| c >= options.min_count);
        let mut connectors = vec![0; frequent];
        let mut ids = Vec::new();
        for word in &options.connectors {
            let id = vocab.id(word).filter(|&id| (id as usize) < frequent);
            let new = id.filter(|&id| connectors[id as usize] == 0);
            if let Some(id) = new {
                ids.push(id);
                connectors[id as usize] = ids.len() as u16;
            }
        }
        Self { connectors, ids }
    }

    #[inline]
    fn of(&self, id: u32) -> Role {
        match self.connectors.get(id as usize) {
            None => Role::Breaks,
            Some(0) => Role::Ends,
            Some(&number) => Role::Connects(number),
        }
    }

    /// The ids of the connectors in a chain.
    fn chain(&self, chain: u64) -> impl Iterator<Item = u32> {
        let places = (0..LONGEST_CHAIN).rev();
        let numbers = places.map(move |place| (chain >> (place * CONNECTOR_BITS)) as u16);
        // Chains are shorter than they may be: their numbers begin where they are not 0.
        numbers.filter_map(|number| Some(self.ids[usize::from(number).checked_sub(1)?]))
    }

    /// The words of a pair, joined.
    fn phrase(&self, encoding: &Encoding, key: Key) -> String {
        let ids = once(key.first)
            .chain(self.chain(key.chain))
            .chain(once(key.last));
        let words: Vec<&str> = ids.map(|id| encoding.vocab.word(id)).collect();
        words.join("_")
    }
}

/// The scored pairs of an encoding, in the order of their ids; `share` is what of the whole course
/// this is.
fn scored(
    encoding: &Encoding,
    roles: &Roles,
    pass: &Pass<'_>,
    share: Range<f64>,
) -> Result<Vec<(Key, u64, f64)>> {
    let options = pass.options;
    let pairs = count::count_pairs(encoding, roles, pass, share)?;
    let tokens = encoding.tokens() as f64;
    let counts = encoding.vocab.counts();
    let score = |(key, count): (Key, u64)| {
        let first = counts[key.first as usize] as f64;
        let last = counts[key.last as usize] as f64;
        let together = count as f64;
        let score = match options.score {
            PhraseScore::Mikolov => (together - options.min_count as f64) * tokens / (first * last),
            // A pair that is the whole text: the limit of the quotient.
            PhraseScore::Npmi if together >= tokens => 1.0,
            PhraseScore::Npmi => {
                (together * tokens / (first * last)).ln() / -(together / tokens).ln()
            }
        };
        (key, count, score)
    };
    Ok(pairs.into_iter().map(score).collect())
}

/// All pairs that come often enough, the best first.
pub(super) fn candidates(encoding: &Encoding, pass: &Pass<'_>) -> Result<Vec<PhraseCandidate>> {
    let roles = Roles::new(encoding, pass.options);
    let mut found: Vec<PhraseCandidate> = scored(encoding, &roles, pass, 0.0..1.0)?
        .into_iter()
        .map(|(key, count, score)| PhraseCandidate {
            phrase: roles.phrase(encoding, key),
            count,
            score,
        })
        .collect();
    found.sort_by(|a, b| {
        let by_score = b.score.total_cmp(&a.score);
        by_score.then_with(|| a.phrase.cmp(&b.phrase))
    });
    Ok(found)
}
