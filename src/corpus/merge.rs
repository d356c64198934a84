//! From the workers' words and ids to one vocabulary and its ids.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::{Mutex, PoisonError, RwLock};

use rayon::prelude::*;

use super::encoder::{Encoded, Part};
use super::renumber::renumber;
use super::spill::{IdFile, Ids, Place, RunReader, RunWord, WordRun, Workbench};
use super::{Corpus, ScanFacts, ScanOptions};
use crate::error::Result;
use crate::memory::give_back;
use crate::vocab::{DROPPED, Interner, Union, Vocab};

/// Words beyond twice the largest vocabulary that may gather before the rarest ones go.
const PRUNED: usize = 100_000;

/// Which words are kept.
#[derive(Clone, Copy)]
pub(super) struct Keep<'a> {
    /// The least count.
    pub(super) min_count: u64,
    /// The largest number of words.
    pub(super) max_vocab: Option<usize>,
    /// Only these words, whatever their count.
    pub(super) only: Option<&'a HashSet<String>>,
    /// Whether a dropped word leaves a gap, an id one above those of the words, so that its
    /// neighbours do not become neighbours of each other.
    pub(super) gaps: bool,
}

impl Keep<'_> {
    /// `word` is asked for only where it matters: it may lie far away.
    fn keeps<'w>(&self, word: impl FnOnce() -> &'w str, count: u64) -> bool {
        match self.only {
            Some(words) => words.contains(word()),
            None => count >= self.min_count,
        }
    }

    /// One vocabulary of the words of all parts; `see` is shown the count of each distinct word.
    pub(super) fn of(&self, parts: Vec<Interner>, see: impl FnMut(u64) + Send) -> Union {
        let keeps = |part: &Interner, id, count| self.keeps(|| part.word(id), count);
        Union::of(parts, keeps, self.max_vocab, see)
    }

    /// The new id of a word that is not kept.
    pub(super) fn dropped(&self, vocab: &Vocab) -> u32 {
        match self.gaps {
            true => vocab.len() as u32,
            false => DROPPED,
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

/// A text in ids of one vocabulary.
pub(super) struct Encoding {
    pub(super) vocab: Vocab,
    segments: Vec<Ids>,
    /// What the ids of workers become.
    tables: Vec<Vec<u32>>,
    file: Mutex<Option<IdFile>>,
}

impl Encoding {
    /// The packed ids, in order.
    pub(super) fn segments(&self) -> &[Ids] {
        &self.segments
    }

    /// Number of ids.
    pub(super) fn tokens(&self) -> u64 {
        self.segments.iter().map(|ids| ids.tokens as u64).sum()
    }

    /// Space to read segments in.
    pub(super) fn workbench(&self) -> Workbench<'_> {
        Workbench::new(&self.file)
    }

    /// The segments, and space to change them in.
    pub(super) fn change(&mut self) -> (&mut [Ids], Workbench<'_>) {
        (&mut self.segments, Workbench::new(&self.file))
    }

    /// The corpus that it is.
    pub(super) fn finish(
        self,
        facts: ScanFacts,
        (options, sample): (ScanOptions, Vec<Vec<String>>),
    ) -> Result<Corpus> {
        let file = self.file.into_inner();
        let file = file.unwrap_or_else(PoisonError::into_inner);
        Ok(Corpus {
            tokens: self.vocab.tokens(),
            vocab: self.vocab,
            facts,
            scanned: options.describe(),
            text: options.text,
            sample,
            segments: self.segments.into_iter().map(RwLock::new).collect(),
            tables: self.tables,
            file: file.map(IdFile::map).transpose()?,
        })
    }
}

/// One vocabulary of all parts, and their blocks, in the order of the text, in its ids.
pub(super) fn merge(
    parts: Vec<Part>,
    file: Option<IdFile>,
    keep: Keep<'_>,
) -> Result<(Counted, Encoding)> {
    let spilled = parts.iter().any(|part| !part.spilled.is_empty());
    match spilled {
        false => merge_in_memory(parts, file, keep),
        true => merge_runs(parts, file, keep),
    }
}

/// The usual way: every worker has all of its words in memory.
fn merge_in_memory(
    parts: Vec<Part>,
    file: Option<IdFile>,
    keep: Keep<'_>,
) -> Result<(Counted, Encoding)> {
    let mut words = Vec::with_capacity(parts.len());
    let mut blocks = Vec::new();
    for (number, part) in parts.into_iter().enumerate() {
        words.push(part.words);
        blocks.extend(part.blocks.into_iter().map(|mut block| {
            block.ids.table = Some(number);
            block
        }));
    }
    let mut counted = Counted::new();
    let mut union = keep.of(words, |count| counted.see(count));
    let dropped = keep.dropped(&union.vocab);
    if dropped != DROPPED {
        for id in union.ids.iter_mut().flatten() {
            *id = if *id == DROPPED { dropped } else { *id };
        }
    }
    let spent = union.spent;
    rayon::spawn(move || {
        drop(spent);
        give_back();
    });
    // What is in memory keeps its worker's ids until the text is cut into pieces: all of it is looked at then anyway.
    // Phrases are looked for before, in many passes.
    let file = Mutex::new(file);
    let now = |block: &&mut Encoded| keep.gaps || matches!(block.ids.place, Place::File { .. });
    blocks.par_iter_mut().filter(now).try_for_each_init(
        || Workbench::new(&file),
        |bench, block| match block.ids.table.take() {
            Some(table) => bench.change(&mut block.ids, |ids| renumber(ids, &union.ids[table])),
            None => Ok(()),
        },
    )?;
    let encoding = Encoding {
        vocab: union.vocab,
        segments: in_order(blocks),
        tables: union.ids,
        file,
    };
    Ok((counted, encoding))
}

/// The ids of all blocks, in the order of the text.
fn in_order(mut blocks: Vec<Encoded>) -> Vec<Ids> {
    blocks.sort_unstable_by_key(|block| block.index);
    blocks.into_iter().map(|block| block.ids).collect()
}

/// Bytes of all runs that are read at once.
const READ: usize = 1 << 22;

/// The way of a vocabulary larger than the memory: sorted runs on disk are merged word by word,
/// and only the words that are kept come into memory.
fn merge_runs(
    parts: Vec<Part>,
    file: Option<IdFile>,
    keep: Keep<'_>,
) -> Result<(Counted, Encoding)> {
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
    let (counted, kept) = count_runs(&runs, keep)?;
    let vocab = best(kept, keep.max_vocab);
    blocks.sort_unstable_by_key(|block| block.run);
    let file = Mutex::new(file);
    let mut bench = Workbench::new(&file);
    for of_run in blocks.chunk_by_mut(|a, b| a.run == b.run) {
        let table = table_of(&runs[of_run[0].run], &vocab, keep.dropped(&vocab))?;
        for block in of_run {
            bench.change(&mut block.ids, |ids| renumber(ids, &table))?;
        }
    }
    let encoding = Encoding {
        vocab,
        segments: in_order(blocks),
        tables: Vec::new(),
        file,
    };
    give_back();
    Ok((counted, encoding))
}

/// Adds up the counts of all runs; returns the words that are kept.
fn count_runs(runs: &[WordRun], keep: Keep<'_>) -> Result<(Counted, Interner)> {
    let mut counted = Counted::new();
    let mut kept = Interner::new();
    let mut readers: Vec<RunReader<'_>> = Vec::with_capacity(runs.len());
    let mut heap = BinaryHeap::with_capacity(runs.len());
    for (number, run) in runs.iter().enumerate() {
        readers.push(run.reader(READ / runs.len()));
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
            if keep.keeps(|| word, count) {
                kept.add(word, count);
            }
            if keep
                .max_vocab
                .is_some_and(|most| kept.len() > PRUNED + 2 * most)
            {
                kept = interned(&best(std::mem::take(&mut kept), keep.max_vocab));
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

/// The words that would be kept if there came no more: their counts are complete.
fn best(words: Interner, max_vocab: Option<usize>) -> Vocab {
    Union::of(vec![words], |_, _, _| true, max_vocab, |_| ()).vocab
}

fn interned(vocab: &Vocab) -> Interner {
    let mut words = Interner::new();
    for (id, &count) in vocab.counts().iter().enumerate() {
        words.add(vocab.word(id as u32), count);
    }
    words
}

/// For each id of the run the id in the vocabulary.
fn table_of(run: &WordRun, vocab: &Vocab, dropped: u32) -> Result<Vec<u32>> {
    let mut table = vec![dropped; run.types];
    let mut reader = run.reader(READ);
    let mut word = RunWord::default();
    while reader.next(&mut word)? {
        table[word.id as usize] = vocab.id(&word.word).unwrap_or(dropped);
    }
    Ok(table)
}
