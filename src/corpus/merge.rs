//! From the workers' words and ids to one vocabulary and its ids.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::{Mutex, PoisonError};

use super::encoder::{Encoded, Part};
use super::spill::{IdFile, Ids, RunReader, RunWord, WordRun};
use super::{SENTENCE_START, ScanFacts};
use crate::error::{CorpusError, Error, Result};
use crate::vocab::{Interner, Vocab};

/// In a table of new ids: a word that was not kept.
const DROPPED: u32 = u32::MAX;

/// Which words are kept.
#[derive(Clone, Copy)]
pub(super) struct Keep<'a> {
    /// The least count.
    pub(super) min_count: u64,
    /// The largest number of words.
    pub(super) max_vocab: Option<usize>,
    /// Only these words, whatever their count.
    pub(super) only: Option<&'a HashSet<String>>,
}

impl Keep<'_> {
    fn keeps(&self, word: &str, count: u64) -> bool {
        match self.only {
            Some(words) => words.contains(word),
            None => count >= self.min_count,
        }
    }
}

/// What all workers counted together.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Distinct words, before rare ones are dropped.
    pub(super) types: u64,
    /// Count of the most frequent word.
    pub(super) highest: u64,
    /// How many words came 0, 1, 2... times.
    pub(super) by_count: Vec<u64>,
    pub(super) vocab: Vocab,
}

impl Counted {
    fn new() -> Self {
        Self {
            by_count: vec![0; ScanFacts::COUNTED + 1],
            ..Self::default()
        }
    }

    fn see(&mut self, count: u64) {
        self.types += 1;
        if let Some(words) = self.by_count.get_mut(count as usize) {
            *words += 1;
        }
        self.highest = self.highest.max(count);
    }
}

/// One vocabulary of all parts, and their blocks, in the order of the text, with its ids.
pub(super) fn merge(
    parts: Vec<Part>,
    file: Option<IdFile>,
    keep: Keep<'_>,
) -> Result<(Counted, Vec<Ids>, Option<IdFile>)> {
    let file = Mutex::new(file);
    let spilled = parts.iter().any(|part| !part.spilled.is_empty());
    let (counted, mut blocks) = match spilled {
        false => merge_in_memory(parts, &file, keep)?,
        true => merge_runs(parts, &file, keep)?,
    };
    blocks.sort_unstable_by_key(|block| block.index);
    let segments = blocks.into_iter().map(|block| block.ids);
    let segments = segments.filter(|ids| match ids {
        Ids::Memory(ids) => !ids.is_empty(),
        Ids::File { length, .. } => *length > 0,
    });
    let file = file.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok((counted, segments.collect(), file))
}

/// The usual way: every worker has all of its words in memory.
fn merge_in_memory(
    parts: Vec<Part>,
    file: &Mutex<Option<IdFile>>,
    keep: Keep<'_>,
) -> Result<(Counted, Vec<Encoded>)> {
    let mut words = Interner::new();
    let mut tables: Vec<Vec<u32>> = Vec::new();
    let mut blocks = Vec::new();
    for part in parts {
        let ids = 0..part.words.len() as u32;
        if tables.is_empty() {
            words = part.words;
            tables.push(ids.collect());
        } else {
            let add = |id| words.add(part.words.word(id), part.words.count(id));
            tables.push(ids.map(add).collect());
        }
        blocks.push(part.blocks);
    }
    let mut counted = Counted::new();
    for id in 0..words.len() as u32 {
        counted.see(words.count(id));
    }
    let keeps = |word: &str, count| keep.keeps(word, count);
    let (vocab, ranks) = words.into_vocab(keeps, keep.max_vocab);
    counted.vocab = vocab;
    let remapped: Result<Vec<()>> = std::thread::scope(|scope| {
        let workers: Vec<_> = tables
            .iter_mut()
            .zip(&mut blocks)
            .map(|(table, blocks)| {
                let ranks = &ranks;
                scope.spawn(move || {
                    for id in table.iter_mut() {
                        *id = ranks[*id as usize].unwrap_or(DROPPED);
                    }
                    let mut blocks = blocks.iter_mut();
                    blocks.try_for_each(|block| remap_block(&mut block.ids, table, file))
                })
            })
            .collect();
        let lost = |_| Error::from(CorpusError::WorkerLost);
        let results = workers.into_iter().map(|w| w.join().map_err(lost)?);
        results.collect()
    });
    remapped?;
    Ok((counted, blocks.into_iter().flatten().collect()))
}

/// The way of a vocabulary larger than the memory: sorted runs on disk are merged word by word,
/// and only the words that are kept come into memory.
fn merge_runs(
    parts: Vec<Part>,
    file: &Mutex<Option<IdFile>>,
    keep: Keep<'_>,
) -> Result<(Counted, Vec<Encoded>)> {
    let mut runs = Vec::new();
    let mut blocks = Vec::new();
    for part in parts {
        let first = runs.len();
        runs.extend(part.spilled);
        blocks.extend(part.blocks.into_iter().map(|mut block| {
            block.run += first;
            block
        }));
    }
    let (mut counted, kept) = count_runs(&runs, keep)?;
    let (vocab, _) = kept.into_vocab(|_, _| true, keep.max_vocab);
    blocks.sort_unstable_by_key(|block| block.run);
    for (number, run) in runs.iter().enumerate() {
        let table = table_of(run, &vocab)?;
        let of_run = |block: &&mut Encoded| block.run == number;
        for block in blocks.iter_mut().filter(of_run) {
            remap_block(&mut block.ids, &table, file)?;
        }
    }
    counted.vocab = vocab;
    Ok((counted, blocks))
}

/// Adds up the counts of all runs; returns the words that are kept.
fn count_runs(runs: &[WordRun], keep: Keep<'_>) -> Result<(Counted, Interner)> {
    let mut counted = Counted::new();
    let mut kept = Interner::new();
    let mut readers: Vec<RunReader<'_>> = Vec::with_capacity(runs.len());
    let mut heap = BinaryHeap::with_capacity(runs.len());
    for (number, run) in runs.iter().enumerate() {
        readers.push(run.reader()?);
        let mut word = RunWord::default();
        if readers[number].next(&mut word)? {
            heap.push(Reverse((word.word, number, word.count)));
        }
    }
    let mut word = String::new();
    let mut count = 0;
    let mut next = RunWord::default();
    let mut finish = |word: &str, count: u64| {
        if count > 0 {
            counted.see(count);
            if keep.keeps(word, count) {
                kept.add(word, count);
            }
        }
    };
    while let Some(Reverse((found, number, its_count))) = heap.pop() {
        if found != word {
            finish(&word, count);
            word.clone_from(&found);
            count = 0;
        }
        count += its_count;
        next.word = found;
        if readers[number].next(&mut next)? {
            let word = std::mem::take(&mut next.word);
            heap.push(Reverse((word, number, next.count)));
        }
    }
    finish(&word, count);
    Ok((counted, kept))
}

/// For each id of the run the id in the vocabulary.
fn table_of(run: &WordRun, vocab: &Vocab) -> Result<Vec<u32>> {
    let mut table = vec![DROPPED; run.types];
    let mut reader = run.reader()?;
    let mut word = RunWord::default();
    while reader.next(&mut word)? {
        table[word.id as usize] = vocab.id(&word.word).unwrap_or(DROPPED);
    }
    Ok(table)
}

/// Remaps a block where it is.
fn remap_block(ids: &mut Ids, table: &[u32], file: &Mutex<Option<IdFile>>) -> Result<()> {
    match ids {
        Ids::Memory(ids) => {
            remap(ids, table);
            ids.shrink_to_fit();
        }
        Ids::File { start, length } => {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(file) = file.as_mut() {
                let mut ids = file.read(*start, *length)?;
                remap(&mut ids, table);
                file.write(*start, &ids)?;
                *length = ids.len();
            }
        }
    }
    Ok(())
}

/// Replaces ids by those of `table` and drops words that were not kept; the mark of a dropped
/// token moves to the next one of its sentence that is kept.
fn remap(ids: &mut Vec<u32>, table: &[u32]) {
    let mut kept = 0;
    let mut mark = 0;
    for at in 0..ids.len() {
        let old = ids[at];
        let new = table[(old & !SENTENCE_START) as usize];
        mark |= old & SENTENCE_START;
        if new != DROPPED {
            ids[kept] = new | mark;
            kept += 1;
            mark = 0;
        }
    }
    ids.truncate(kept);
}
