//! The vectors of all lines of some texts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;
use ndarray::{Array2, ArrayView2};

use super::{Composer, Weights, component};
use crate::embeddings::Embeddings;
use crate::error::{Result, TextError};
use crate::text::{
    BLOCK_BYTES, BlockReader, Input, LONGEST_RECORD, SourceCounters, SourceOptions, TextFormat,
    TokenSink, Tokenizer, decode, expand,
};

/// The vectors of lines.
#[derive(Debug)]
pub struct LineVectors {
    pub(super) vectors: Array2<f32>,
    words: Vec<u32>,
    pub(super) texts: Vec<String>,
    component: Option<Vec<f32>>,
    files: Vec<Begun>,
}

/// A file, and how many lines those before it have.
#[derive(Debug)]
struct Begun {
    name: String,
    before: u64,
}

impl LineVectors {
    /// A row a line, zeros for lines without any word that the model has.
    pub fn vectors(&self) -> ArrayView2<'_, f32> {
        self.vectors.view()
    }

    /// How many words of each line the model has.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The lines themselves, where they were asked for.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The name of the file that holds a line, counted from 0, and the line's number there, from 1. Each record is a
    /// line.
    pub fn place(&self, line: usize) -> (&str, u64) {
        let line = line as u64;
        let later = self.files.partition_point(|file| file.before <= line);
        match self.files[..later].last() {
            Some(file) => (&file.name, line - file.before + 1),
            None => ("", line + 1),
        }
    }

    /// What was taken out of all vectors; `None` for weights that take nothing out, and for fewer
    /// than 32 lines, which do not tell what they have in common.
    pub fn component(&self) -> Option<&[f32]> {
        self.component.as_deref()
    }
}

/// The vectors of all lines of `inputs`, in order. `keep` asks for the lines themselves, too.
///
/// # Errors
/// A source that cannot be read or decoded, a damaged model.
pub fn embed_lines(
    composer: &Composer<'_>,
    (inputs, sources): (&[Input], &SourceOptions),
    keep: bool,
    threads: usize,
) -> Result<LineVectors> {
    let sources = SourceOptions {
        // A record is a line, whatever it holds.
        documents: sources.format != TextFormat::Plain,
        ..sources.clone()
    };
    let files = expand(inputs, &sources)?;
    let longest = LONGEST_RECORD as usize;
    let shared = Mutex::new(Lines::new(files, sources, (BLOCK_BYTES, longest))?);
    let stop = AtomicBool::new(false);
    let parts: Result<Vec<Vec<Part>>> = std::thread::scope(|scope| {
        let work = || work(composer, &shared, keep, &stop);
        // This thread works as well; fewer others than asked for do, where the system gives no more.
        let start = |_| std::thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).filter_map(start).collect();
        let own = work();
        let join = |worker: std::thread::ScopedJoinHandle<'_, _>| match worker.join() {
            Ok(parts) => parts,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let all = std::iter::once(own).chain(others.into_iter().map(join));
        all.collect()
    });
    let mut parts: Vec<Part> = parts?.into_iter().flatten().collect();
    parts.sort_unstable_by_key(|part| part.index);
    let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(LineVectors {
        files: shared.begun,
        ..assemble(composer, parts)
    })
}

/// The lines of a block.
#[derive(Default)]
struct Part {
    index: usize,
    vectors: Vec<f32>,
    words: Vec<u32>,
    texts: Vec<String>,
}

/// Takes blocks until there are no more.
fn work(
    composer: &Composer<'_>,
    shared: &Mutex<Lines>,
    keep: bool,
    stop: &AtomicBool,
) -> Result<Vec<Part>> {
    let mut words = Words::new(composer);
    let mut tokenizer = composer.tokenizer.clone();
    let mut parts = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let mut block = Vec::new();
        let index = {
            let mut reader = shared.lock().unwrap_or_else(PoisonError::into_inner);
            match reader.next(&mut block) {
                Ok(true) => reader.index,
                Ok(false) => break,
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        };
        let (text, _) = decode(block);
        let mut part = Part {
            index,
            ..Part::default()
        };
        for line in text.split_inclusive('\n') {
            let mut sum = LineSum::new(&mut words);
            sum.line(&mut tokenizer, line);
            let (vector, known) = sum
                .finish()
                .inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
            part.vectors.extend(vector);
            part.words.push(known);
            if keep {
                part.texts
                    .push(line.trim_end_matches(['\n', '\r']).to_owned());
            }
        }
        parts.push(part);
    }
    Ok(parts)
}

/// Hands out blocks of whole lines, none of lines of two files.
pub(super) struct Lines {
    files: std::vec::IntoIter<Input>,
    sources: SourceOptions,
    counters: Arc<SourceCounters>,
    /// Of the file at hand.
    blocks: BlockReader,
    /// Bytes of a block.
    size: usize,
    begun: Vec<Begun>,
    /// Blocks so far.
    index: usize,
    /// Lines of the blocks before.
    pub(super) ended: u64,
    /// Bytes of a line at most: what goes on and on would fill the memory.
    longest: usize,
}

impl Lines {
    /// The lines of `files`, of at most `longest` bytes, in blocks of `size`.
    pub(super) fn new(
        files: Vec<Input>,
        sources: SourceOptions,
        (size, longest): (usize, usize),
    ) -> Result<Self> {
        let counters = Arc::new(SourceCounters::default());
        Ok(Self {
            files: files.into_iter(),
            blocks: BlockReader::new(Vec::new(), size, &sources, Arc::clone(&counters))?,
            sources,
            counters,
            size,
            begun: Vec::new(),
            index: 0,
            ended: 0,
            longest,
        })
    }

    /// Replaces the content of `block` by the next block, and more where its last line is longer; false
    /// at the end.
    pub(super) fn next(&mut self, block: &mut Vec<u8>) -> Result<bool> {
        while !self.blocks.next(block)? {
            let Some(file) = self.files.next() else {
                return Ok(false);
            };
            self.begun.push(Begun {
                name: file.to_string(),
                before: self.ended,
            });
            let counters = Arc::clone(&self.counters);
            self.blocks = BlockReader::new(vec![file], self.size, &self.sources, counters)?;
        }
        self.index += 1;
        let begun = memchr::memrchr(b'\n', block).map_or(0, |end| end + 1);
        self.ended += memchr::memchr_iter(b'\n', &block[..begun]).count() as u64;
        let mut more = Vec::new();
        while block.last() != Some(&b'\n') && self.blocks.next(&mut more)? {
            let rest = memchr::memchr(b'\n', &more).unwrap_or(more.len());
            if block.len() - begun + rest > self.longest {
                return Err(self.too_long().into());
            }
            block.append(&mut more);
        }
        self.ended += memchr::memchr_iter(b'\n', &block[begun..]).count() as u64;
        Ok(true)
    }

    /// The failure of the line after those that ended.
    fn too_long(&self) -> TextError {
        let file = self.begun.last();
        TextError::LongLine {
            name: file.map_or_else(String::new, |file| file.name.clone()),
            line: self.ended + 1 - file.map_or(0, |file| file.before),
        }
    }
}

/// All parts in one, and what they have in common taken out.
fn assemble(composer: &Composer<'_>, parts: Vec<Part>) -> LineVectors {
    let dim = composer.embeddings.dim();
    let lines: usize = parts.iter().map(|part| part.words.len()).sum();
    let mut all = Part::default();
    all.vectors.reserve_exact(lines * dim);
    for mut part in parts {
        all.vectors.append(&mut part.vectors);
        all.words.append(&mut part.words);
        all.texts.append(&mut part.texts);
    }
    let component = match composer.weights {
        Weights::Mean => None,
        Weights::Sif => {
            let rows = all.vectors.chunks_exact(dim.max(1)).zip(&all.words);
            let known: Vec<&[f32]> = rows.filter(|row| *row.1 > 0).map(|row| row.0).collect();
            component::first(&known)
        }
    };
    if let Some(component) = &component {
        component::take_out(component, &mut all.vectors);
    }
    let vectors = Array2::from_shape_vec((lines, dim), all.vectors)
        .unwrap_or_else(|_| unreachable!("each line added a row"));
    LineVectors {
        vectors,
        words: all.words,
        texts: all.texts,
        component,
        files: Vec::new(),
    }
}

/// The words of a model, those that came already at hand.
pub(super) struct Words<'c> {
    composer: &'c Composer<'c>,
    /// A row checked once, or none.
    seen: HashMap<Box<str>, Option<u32>>,
    pending: Pending,
    line: String,
}

impl<'c> Words<'c> {
    pub(super) fn new(composer: &'c Composer<'c>) -> Self {
        Self {
            composer,
            seen: HashMap::new(),
            pending: Pending::default(),
            line: String::new(),
        }
    }

    fn embeddings(&self) -> &'c Embeddings {
        self.composer.embeddings
    }

    /// The row of `word`, if it has one with a direction.
    fn row(&mut self, word: &str) -> Result<Option<u32>> {
        if let Some(found) = self.seen.get(word) {
            return Ok(*found);
        }
        let found = self.embeddings().id(word);
        let found = found.filter(|id| self.composer.by_row[*id as usize] > 0.0);
        if let Some(id) = found {
            self.embeddings().check_row(id)?;
        }
        self.seen.insert(word.into(), found);
        Ok(found)
    }
}

/// The last words, as long as they may begin a phrase, joined by `_`.
#[derive(Default)]
struct Pending {
    joined: String,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// How many of them are the longest phrase so far, 0 where there is none.
    phrase: usize,
}

/// Words whose sum f32 holds well enough.
const SUMMED: u32 = 1 << 14;

/// The vector of a line in the making.
pub(super) struct LineSum<'w, 'c> {
    words: &'w mut Words<'c>,
    sum: Vec<f32>,
    /// What came before `sum`; empty for lines of few words.
    total: Vec<f64>,
    known: u32,
    failed: Result<()>,
}

impl<'w, 'c> LineSum<'w, 'c> {
    pub(super) fn new(words: &'w mut Words<'c>) -> Self {
        Self {
            sum: vec![0.0; words.embeddings().dim()],
            total: Vec::new(),
            words,
            known: 0,
            failed: Ok(()),
        }
    }

    /// Adds the words of `line`.
    pub(super) fn line(&mut self, tokenizer: &mut Tokenizer, line: &str) {
        let mut buffer = std::mem::take(&mut self.words.line);
        buffer.clear();
        buffer.push_str(line);
        tokenizer.block(&mut buffer, self);
        self.words.line = buffer;
        while !self.words.pending.ends.is_empty() {
            self.end_phrase();
        }
    }

    /// The mean, and how many words are in it.
    pub(super) fn finish(mut self) -> Result<(Vec<f32>, u32)> {
        self.failed?;
        let scale = 1.0 / self.known.max(1) as f32;
        let both = self
            .sum
            .iter_mut()
            .zip(self.total.iter().chain(std::iter::repeat(&0.0)));
        both.for_each(|(x, total)| *x = (*total + f64::from(*x)) as f32 * scale);
        Ok((self.sum, self.known))
    }

    fn add(&mut self, word: &str) {
        match self.words.row(word) {
            Ok(Some(id)) => {
                let weight = self.words.composer.by_row[id as usize];
                let row = self.words.embeddings().row(id);
                let both = self.sum.iter_mut().zip(row);
                both.for_each(|(sum, x)| *sum += weight * x);
                self.known += 1;
                if self.known.is_multiple_of(SUMMED) {
                    self.carry();
                }
            }
            Ok(None) => {}
            Err(error) => self.failed = Err(error),
        }
    }

    /// Moves the sum so far to the total.
    fn carry(&mut self) {
        self.total.resize(self.sum.len(), 0.0);
        for (total, x) in self.total.iter_mut().zip(&mut self.sum) {
            *total += f64::from(std::mem::take(x));
        }
    }

    /// Adds the longest phrase that the pending words begin with, or else the first of them, and looks at the
    /// others anew.
    fn end_phrase(&mut self) {
        let Pending {
            joined,
            ends,
            phrase,
        } = std::mem::take(&mut self.words.pending);
        let taken = phrase.max(1);
        self.add(&joined[..ends[taken - 1]]);
        for two in ends[taken - 1..].windows(2) {
            self.phrase(&joined[two[0] + 1..two[1]]);
        }
    }

    /// Joins `token` to the words before it, as long as a phrase of the model goes on so.
    fn phrase(&mut self, token: &str) {
        let Some(phrases) = &self.words.composer.phrases else {
            return self.add(token);
        };
        let pending = &mut self.words.pending;
        match pending.ends.is_empty() {
            true if !phrases.go_on(token) => return self.add(token),
            true => {}
            false => pending.joined.push('_'),
        }
        pending.joined.push_str(token);
        pending.ends.push(pending.joined.len());
        let goes_on = phrases.go_on(&pending.joined);
        if pending.ends.len() > 1 && phrases.contains(&pending.joined) {
            let joined = std::mem::take(&mut pending.joined);
            let row = self.words.row(&joined);
            let pending = &mut self.words.pending;
            pending.joined = joined;
            match row {
                Ok(Some(_)) => pending.phrase = pending.ends.len(),
                Ok(None) => {}
                Err(error) => self.failed = Err(error),
            }
        }
        if !goes_on {
            self.end_phrase();
        }
    }
}

impl TokenSink for LineSum<'_, '_> {
    fn token(&mut self, token: &str) {
        self.phrase(token);
    }

    fn end_sentence(&mut self) {}
}
