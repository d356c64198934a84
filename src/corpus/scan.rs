//! The scan: one thread reads blocks, workers encode them, then the workers' words are merged.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::encoder::{Encoder, Seen};
use super::merge::{Merged, Part};
use super::{Corpus, ScanFacts, ScanOptions, ScanProgress};
use crate::error::{CorpusError, Result, TextError};
use crate::text::{
    BLOCK_BYTES, BlockReader, Input, Sentences, SourceCounters, Tokenizer, detect_tokenizer, expand,
};

/// Time between two calls of the progress callback.
const TICK: Duration = Duration::from_millis(100);

/// What the threads share.
struct Shared {
    stop: AtomicBool,
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
type Scanned = (Vec<Encoder>, u64);

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
    let shared = Shared {
        stop: AtomicBool::new(false),
        tokens: AtomicU64::new(0),
        counters: Arc::default(),
    };
    let files = expand(&options.inputs, &options.sources.include)?;
    let start = ScanProgress {
        bytes_total: bytes_of(&files),
        ..ScanProgress::default()
    };
    if !progress(start) {
        return Err(TextError::Interrupted.into());
    }
    let mut options = options.clone();
    options.sources.documents |= options.text.sentences == Sentences::Document;
    let counters = Arc::clone(&shared.counters);
    let mut reader = BlockReader::new(files, block_bytes, &options.sources, counters)?;
    if options.detect_tokenizer {
        options.text.tokenizer = detect_tokenizer(reader.peek()?);
    }
    let mut watch = Watch { start, progress };
    let (encoders, bytes) = run(&options, reader, &shared, &mut watch)?;
    let facts = ScanFacts {
        bytes,
        replaced: shared.counters.replaced.load(Ordering::Relaxed),
        skipped: shared.counters.skipped.load(Ordering::Relaxed),
        ..ScanFacts::default()
    };
    merge(&options, encoders, facts)
}

/// Runs all threads to the end of the text.
fn run(
    options: &ScanOptions,
    reader: BlockReader,
    shared: &Shared,
    watch: &mut Watch<'_>,
) -> Result<Scanned> {
    let threads = options.threads.max(1);
    let tokenizer = Tokenizer::new(&options.text)?;
    let (jobs_in, jobs_out) = sync_channel(threads + 1);
    let (spent_in, spent_out) = channel();
    let (done_in, done_out) = channel::<()>();
    let jobs = Mutex::new(jobs_out);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (spent, done, jobs) = (spent_in.clone(), done_in.clone(), &jobs);
                let encoder = Encoder::new(tokenizer.clone());
                scope.spawn(move || {
                    let encoder = work(encoder, jobs, spent, shared);
                    drop(done);
                    encoder
                })
            })
            .collect();
        drop((spent_in, done_in));
        let reading = Reading {
            jobs: jobs_in,
            spent: spent_out,
        };
        let reader = scope.spawn(move || read(reader, reading, shared));
        watch.until(&done_out, shared);
        let encoders: std::thread::Result<Vec<_>> =
            workers.into_iter().map(|worker| worker.join()).collect();
        let bytes = reader.join().map_err(|_| CorpusError::WorkerLost)??;
        let encoders = encoders.map_err(|_| CorpusError::WorkerLost)?;
        Ok((encoders, bytes))
    })
}

/// Hands out blocks until the text ends or the scan is stopped; returns the bytes of text.
fn read(mut reader: BlockReader, reading: Reading, shared: &Shared) -> Result<u64> {
    let mut index = 0;
    loop {
        let mut block = reading.spent.try_recv().unwrap_or_default();
        if !reader.next(&mut block)? {
            return Ok(reader.bytes());
        }
        if shared.stop.load(Ordering::Relaxed) {
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
fn work(
    mut encoder: Encoder,
    jobs: &Mutex<Receiver<Job>>,
    spent: Sender<Vec<u8>>,
    shared: &Shared,
) -> Encoder {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((index, block)) = job else {
            return encoder;
        };
        if encoder.is_full() {
            continue;
        }
        let block = encoder.encode(index, block, &shared.tokens);
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
            shared.stop.store(true, Ordering::Relaxed);
        }
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
fn merge(options: &ScanOptions, encoders: Vec<Encoder>, mut facts: ScanFacts) -> Result<Corpus> {
    let mut parts = Vec::with_capacity(encoders.len());
    for encoder in encoders {
        let (words, blocks, seen) = encoder.finish();
        add(&mut facts, &seen);
        parts.push(Part { words, blocks });
    }
    let merged = Merged::new(parts);
    facts.types = merged.types();
    if merged.is_full() {
        let limit = facts.types;
        return Err(CorpusError::TooManyTypes { limit }.into());
    }
    let highest = merged.highest();
    let (vocab, segments) = merged.finish(options.min_count, options.max_vocab);
    if vocab.is_empty() {
        return Err(nothing_kept(options, &facts, highest).into());
    }
    Ok(Corpus {
        vocab,
        facts,
        text: options.text.clone(),
        segments,
    })
}

fn add(facts: &mut ScanFacts, seen: &Seen) {
    facts.lines += seen.lines;
    facts.tokens += seen.tokens;
    facts.replaced += seen.replaced;
    facts.nuls += seen.nuls;
}

fn nothing_kept(options: &ScanOptions, facts: &ScanFacts, highest: u64) -> CorpusError {
    let names: Vec<String> = options.inputs.iter().map(Input::to_string).collect();
    let sources = names.join(", ");
    if facts.tokens == 0 {
        return CorpusError::Empty {
            sources,
            bytes: facts.bytes,
            tokenizer: options.text.tokenizer.name(),
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
