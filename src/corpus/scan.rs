//! The scan: one thread reads blocks, workers encode them, then the workers' words are merged.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use super::encoder::{Encoder, Part, Seen};
use super::merge::{Encoding, Keep, merge};
use super::phrases::{Course, Pass, PhraseCandidate, candidates, join_phrases, on_course};
use super::spill::{Budget, IdFile};
use super::{Corpus, SENTENCE_START, ScanFacts, ScanOptions, ScanProgress};
use crate::error::{CorpusError, Result, TextError};
use crate::memory::give_back;
use crate::text::{
    BLOCK_BYTES, BlockReader, Column, Input, Sentences, SourceCounters, SourceOptions, TextFormat,
    TokenSink, Tokenizer, decode, detect_tokenizer, expand, words_of_text,
};

/// Time between two calls of the progress callback.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// The number of words for which there are ids.
const MAX_TYPES: u64 = SENTENCE_START as u64 - 1;

/// The memory that counting phrases assumes where none is given: it takes a quarter of that.
const PHRASE_MEMORY: u64 = 4 << 30;

/// What the threads share.
struct Shared {
    tokens: AtomicU64,
    counters: Arc<SourceCounters>,
}

/// Block number and block.
type Job = (usize, Vec<u8>);

/// What the reading thread needs.
struct Reading {
    jobs: SyncSender<Job>,
    spent: Receiver<Vec<u8>>,
}

/// The workers' results and the bytes of text.
type Scanned = (Vec<Part>, u64);

pub(super) fn scan(
    options: &ScanOptions,
    progress: &mut dyn FnMut(ScanProgress) -> bool,
) -> Result<Corpus> {
    scan_in_blocks(options, BLOCK_BYTES, progress)
}

/// The scan with another size of blocks: what it sees is the same, only the segments are cut
/// elsewhere.
pub(super) fn scan_in_blocks(
    options: &ScanOptions,
    block_bytes: usize,
    progress: &mut dyn FnMut(ScanProgress) -> bool,
) -> Result<Corpus> {
    finish(gather(options, block_bytes, progress)?, progress)
}

/// What the pass over the text leaves.
struct Gathered {
    /// As they turned out: with the tokenizer that was detected.
    options: ScanOptions,
    parts: Vec<Part>,
    file: Option<IdFile>,
    /// As far as the reader and not the workers saw them.
    facts: ScanFacts,
    sample: Vec<Vec<String>>,
    /// The first characters of the text.
    begins: String,
}

/// The pass over the text.
fn gather(
    options: &ScanOptions,
    block_bytes: usize,
    progress: &mut dyn FnMut(ScanProgress) -> bool,
) -> Result<Gathered> {
    let shared = Shared {
        tokens: AtomicU64::new(0),
        counters: Arc::default(),
    };
    options.phrases.check()?;
    let files = expand(&options.inputs, &options.sources)?;
    let begin = ScanProgress {
        bytes_total: bytes_of(&files),
        ..ScanProgress::default()
    };
    if !progress(begin) {
        return Err(TextError::Interrupted.into());
    }
    let mut options = options.clone();
    options.text.phrases = options.phrases.passes;
    options.sources.documents |= options.text.sentences == Sentences::Document;
    if let TextFormat::Categories { columns } = &options.sources.format {
        options.text.columns = columns.iter().map(Column::store).collect();
    }
    let mut watch = Watch {
        start: begin,
        progress,
    };
    let mut reader = open((files, block_bytes), &options.sources, &shared, &mut watch)?;
    let start = reader.peek()?;
    if options.detect_tokenizer {
        options.text.tokenizer = detect_tokenizer(start);
    }
    let mut tokenizer = Tokenizer::new(&options.text)?;
    let with = (&mut tokenizer, &options.text);
    options.phrases.connectors = words_of_text(&options.phrases.connectors, with);
    let sample = sample_of(start, &mut tokenizer);
    let begins = beginning_of(start);
    let threads = options.threads.max(1);
    let budget = Budget::new(options.memory, threads, options.temp_dir.as_deref());
    let workers = Workers {
        tokenizer,
        threads,
        budget: &budget,
    };
    let (parts, bytes) = run(&workers, reader, &shared, &mut watch)?;
    let facts = ScanFacts {
        bytes,
        replaced: shared.counters.replaced.load(Ordering::Relaxed),
        skipped: shared.counters.skipped.load(Ordering::Relaxed),
        ..ScanFacts::default()
    };
    Ok(Gathered {
        options,
        parts,
        file: budget.into_file(),
        facts,
        sample,
        begins,
    })
}

/// Opens the text and reads its first block: all of it where it has to be sorted.
fn open(
    (files, block_bytes): (Vec<Input>, usize),
    sources: &SourceOptions,
    shared: &Shared,
    watch: &mut Watch<'_>,
) -> Result<BlockReader> {
    let (done_in, done_out) = channel::<()>();
    let counters = Arc::clone(&shared.counters);
    std::thread::scope(|scope| {
        let opening = spawn(scope, move || {
            let reader = BlockReader::open(files, block_bytes, sources, counters);
            let reader = reader.and_then(|mut reader| {
                reader.peek()?;
                Ok(reader)
            });
            drop(done_in);
            reader
        })?;
        watch.until(&done_out, shared);
        opening.join().map_err(|_| CorpusError::WorkerLost)?
    })
}

/// What the workers need.
struct Workers<'a> {
    tokenizer: Tokenizer,
    threads: usize,
    budget: &'a Budget,
}

/// Runs all threads to the end of the text.
fn run(
    workers: &Workers<'_>,
    reader: BlockReader,
    shared: &Shared,
    watch: &mut Watch<'_>,
) -> Result<Scanned> {
    let (jobs_in, jobs_out) = sync_channel(workers.threads + 1);
    let (spent_in, spent_out) = channel();
    let (done_in, done_out) = channel::<()>();
    // The workers own it: when the last one is gone, the reader notices.
    let jobs = Arc::new(Mutex::new(jobs_out));
    std::thread::scope(|scope| {
        let working: Result<Vec<_>> = (0..workers.threads)
            .map(|_| {
                let (spent, done) = (spent_in.clone(), done_in.clone());
                let jobs = Arc::clone(&jobs);
                let encoder = Encoder::new(workers.tokenizer.clone(), workers.budget);
                spawn(scope, move || {
                    let encoder = work(encoder, &jobs, spent, shared);
                    drop(done);
                    encoder
                })
            })
            .collect();
        // With one thread missing all end: nobody will give the others anything to do.
        let working = working?;
        drop((spent_in, done_in, jobs));
        let reading = Reading {
            jobs: jobs_in,
            spent: spent_out,
        };
        let reader = spawn(scope, move || read(reader, reading, shared))?;
        watch.until(&done_out, shared);
        let encoders: std::thread::Result<Result<Vec<Encoder<'_>>>> =
            working.into_iter().map(|worker| worker.join()).collect();
        let bytes = reader.join().map_err(|_| CorpusError::WorkerLost)?;
        // A worker that failed has stopped the reader: its reason comes first.
        let encoders = encoders.map_err(|_| CorpusError::WorkerLost)??;
        let bytes = bytes?;
        let spill = encoders.iter().any(Encoder::has_spilled);
        let parts = encoders.into_iter().map(|encoder| encoder.finish(spill));
        Ok((parts.collect::<Result<_>>()?, bytes))
    })
}

/// A thread for a part of the scan.
pub(super) fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    part: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>> {
    let thread = std::thread::Builder::new().spawn_scoped(scope, part);
    Ok(thread.map_err(CorpusError::Thread)?)
}

/// Hands out blocks until the text ends or the scan is stopped; returns the bytes of text.
fn read(mut reader: BlockReader, reading: Reading, shared: &Shared) -> Result<u64> {
    let mut index = 0;
    loop {
        let mut block = reading.spent.try_recv().unwrap_or_default();
        if !reader.next(&mut block)? {
            return Ok(reader.bytes());
        }
        if shared.counters.stop.load(Ordering::Relaxed) {
            return Err(TextError::Interrupted.into());
        }
        if reading.jobs.send((index, block)).is_err() {
            // No worker is left: whoever joins them says why.
            return Ok(reader.bytes());
        }
        index += 1;
    }
}

/// Encodes blocks until there are no more.
fn work<'a>(
    mut encoder: Encoder<'a>,
    jobs: &Mutex<Receiver<Job>>,
    spent: Sender<Vec<u8>>,
    shared: &Shared,
) -> Result<Encoder<'a>> {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((index, block)) = job else {
            return Ok(encoder);
        };
        if encoder.is_full() {
            return Err(CorpusError::TooManyTypes { limit: MAX_TYPES }.into());
        }
        let block = encoder
            .encode(index, block, &shared.tokens)
            .inspect_err(|_| shared.counters.stop.store(true, Ordering::Relaxed))?;
        // The reader may have ended already; then the block is simply dropped.
        let _ = spent.send(block);
    }
}

/// Tells the caller how far the scan has come.
struct Watch<'a> {
    start: ScanProgress,
    progress: &'a mut dyn FnMut(ScanProgress) -> bool,
}

impl Watch<'_> {
    /// Reports until the workers end.
    fn until(&mut self, done: &Receiver<()>, shared: &Shared) {
        while done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            self.report(shared);
        }
        self.report(shared);
    }

    fn report(&mut self, shared: &Shared) {
        let now = ScanProgress {
            bytes_read: shared.counters.bytes_read.load(Ordering::Relaxed),
            tokens: shared.tokens.load(Ordering::Relaxed),
            ..self.start
        };
        if !(self.progress)(now) {
            shared.counters.stop.store(true, Ordering::Relaxed);
        }
    }
}

/// The first sentences of a text that begins with `block`, some tokens of each.
fn sample_of(block: &[u8], tokenizer: &mut Tokenizer) -> Vec<Vec<String>> {
    const BYTES: usize = 4 << 10;
    const SENTENCES: usize = 3;
    let start = &block[..block.len().min(BYTES)];
    let (mut text, _) = decode(start.to_vec());
    let mut sample = Sample::default();
    tokenizer.block(&mut text, &mut sample);
    sample.0.retain(|sentence| !sentence.is_empty());
    sample.0.truncate(SENTENCES);
    sample.0
}

/// The first characters of a text, for a message.
fn beginning_of(block: &[u8]) -> String {
    const CHARACTERS: usize = 20;
    let start = String::from_utf8_lossy(&block[..block.len().min(4 * CHARACTERS)]);
    start.trim().chars().take(CHARACTERS).collect()
}

/// Takes tokens as sentences of words.
#[derive(Default)]
struct Sample(Vec<Vec<String>>, Vec<String>);

impl TokenSink for Sample {
    fn token(&mut self, token: &str) {
        self.1.push(token.to_owned());
    }

    fn end_sentence(&mut self) {
        self.0.push(std::mem::take(&mut self.1));
    }
}

/// Bytes of all inputs as they lie on disk, when all of them are regular files.
fn bytes_of(inputs: &[Input]) -> Option<u64> {
    let mut total = 0;
    for input in inputs {
        let Input::Path(path) = input else {
            return None;
        };
        let about = std::fs::metadata(path).ok()?;
        if !about.is_file() {
            return None;
        }
        total += about.len();
    }
    Some(total)
}

/// One corpus out of the workers' parts.
fn finish(scanned: Gathered, progress: &mut dyn FnMut(ScanProgress) -> bool) -> Result<Corpus> {
    let Gathered {
        options,
        parts,
        file,
        mut facts,
        sample,
        begins,
    } = scanned;
    let only: Option<HashSet<String>> = options.only.as_ref().map(|w| w.iter().cloned().collect());
    let keep = Keep {
        min_count: options.min_count,
        max_vocab: options.max_vocab,
        only: only.as_ref(),
        gaps: false,
    };
    let phrases = options.phrases.passes > 0;
    let first = if phrases {
        all_for_phrases(&options)
    } else {
        keep
    };
    let (mut encoding, highest) = merged(parts, file, first, &mut facts)?;
    if phrases {
        on_course((facts.tokens, progress), |course| {
            join_phrases(&mut encoding, &pass(&options, course), keep)
        })?;
        give_back();
    }
    if encoding.vocab.is_empty() {
        return Err(nothing_kept(&options, &facts, (highest, begins)).into());
    }
    encoding.finish(facts, (options, sample))
}

/// What has to be kept until phrases are made: rarer words can be in none and are not kept
/// later. They leave gaps.
fn all_for_phrases(options: &ScanOptions) -> Keep<'static> {
    let least = options.min_count.min(options.phrases.min_count);
    Keep {
        min_count: if options.only.is_some() { 1 } else { least },
        max_vocab: None,
        only: None,
        gaps: true,
    }
}

/// How phrases are looked for.
fn pass<'a>(options: &'a ScanOptions, course: &'a Course) -> Pass<'a> {
    Pass {
        options: &options.phrases,
        threads: options.threads.max(1),
        memory: options.memory.unwrap_or(PHRASE_MEMORY) / 4,
        course,
    }
}

/// All parts together, and the count of the most frequent word; completes `facts`.
fn merged(
    parts: Vec<Part>,
    file: Option<IdFile>,
    keep: Keep<'_>,
    facts: &mut ScanFacts,
) -> Result<(Encoding, u64)> {
    for part in &parts {
        add(facts, &part.seen);
    }
    let (counted, encoding) = merge(parts, file, keep)?;
    if counted.types >= MAX_TYPES {
        return Err(CorpusError::TooManyTypes { limit: MAX_TYPES }.into());
    }
    facts.types = counted.types;
    facts.types_by_count = counted.by_count;
    Ok((encoding, counted.highest))
}

/// The pairs of neighbours of a text that come often enough to be phrases, the best first, and
/// what the scan saw.
pub(super) fn phrase_candidates(
    options: &ScanOptions,
    progress: &mut dyn FnMut(ScanProgress) -> bool,
) -> Result<(Vec<PhraseCandidate>, ScanFacts)> {
    let scanned = gather(options, BLOCK_BYTES, progress)?;
    let (options, mut facts) = (scanned.options, scanned.facts);
    let keep = all_for_phrases(&options);
    let (encoding, _) = merged(scanned.parts, scanned.file, keep, &mut facts)?;
    if facts.tokens == 0 {
        return Err(nothing_kept(&options, &facts, (0, scanned.begins)).into());
    }
    let found = on_course((facts.tokens, progress), |course| {
        candidates(&encoding, &pass(&options, course))
    })?;
    Ok((found, facts))
}

fn add(facts: &mut ScanFacts, seen: &Seen) {
    facts.lines += seen.lines;
    facts.tokens += seen.tokens;
    facts.replaced += seen.replaced;
    facts.nuls += seen.nuls;
}

fn nothing_kept(
    options: &ScanOptions,
    facts: &ScanFacts,
    (highest, begins): (u64, String),
) -> CorpusError {
    let names: Vec<String> = options.inputs.iter().map(Input::to_string).collect();
    let sources = names.join(", ");
    if facts.tokens == 0 {
        return CorpusError::Empty {
            sources,
            bytes: facts.bytes,
            tokenizer: options.text.tokenizer.name(),
            begins,
        };
    }
    if options.only.is_some() {
        return CorpusError::NoneListed {
            sources,
            types: facts.types,
        };
    }
    CorpusError::AllRare {
        sources,
        min_count: options.min_count,
        tokens: facts.tokens,
        types: facts.types,
        highest,
    }
}
