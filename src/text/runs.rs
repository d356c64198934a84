//! Sorting what may not fit into memory: sorted runs in temporary files, merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::PathBuf;

use rayon::slice::ParallelSliceMut;

use crate::error::{Error, Result};

/// Runs that are merged at once; more are merged to one before.
const MERGED: usize = 64;

/// Bytes that a run is read with.
const BUFFER: usize = 1 << 16;

/// Bytes of an event beside its key and its item.
const OVERHEAD: usize = std::mem::size_of::<Span>();

/// An event: its key, which begins with the user, and its item.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    key: Vec<u8>,
    user: usize,
    item: Vec<u8>,
}

impl Event {
    pub(super) fn user(&self) -> &[u8] {
        &self.key[..self.user]
    }

    pub(super) fn item(&self) -> &[u8] {
        &self.item
    }
}

/// Where an event lies in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: usize,
    user: u32,
    key: u32,
    item: u32,
}

/// Takes events in any order.
pub(super) struct Sorter {
    memory: usize,
    folder: PathBuf,
    bytes: Vec<u8>,
    spans: Vec<Span>,
    runs: Vec<File>,
    /// Number of events: equals keep their order.
    count: u64,
}

impl Sorter {
    pub(super) fn new(memory: u64, folder: PathBuf) -> Self {
        Self {
            memory: memory as usize,
            folder,
            bytes: Vec::new(),
            spans: Vec::new(),
            runs: Vec::new(),
            count: 0,
        }
    }

    /// Adds an event; the first `user` bytes of `key` are what it is grouped by.
    pub(super) fn add(&mut self, key: &[u8], user: usize, item: &[u8]) -> Result<()> {
        let size = key.len() + 8 + item.len() + OVERHEAD;
        // What grows doubles, so half of the memory is all that may be filled.
        if self.spans.len() * OVERHEAD + self.bytes.len() + size > self.memory / 2
            && !self.spans.is_empty()
        {
            self.write()?;
        }
        self.spans.push(Span {
            start: self.bytes.len(),
            user: user as u32,
            key: key.len() as u32 + 8,
            item: item.len() as u32,
        });
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(&self.count.to_be_bytes());
        self.bytes.extend_from_slice(item);
        self.count += 1;
        Ok(())
    }

    fn sort(&mut self) {
        let bytes = &self.bytes;
        let key = |span: &Span| &bytes[span.start..span.start + span.key as usize];
        self.spans.par_sort_unstable_by(|a, b| key(a).cmp(key(b)));
    }

    fn file(&self) -> Result<File> {
        let file = tempfile::tempfile_in(&self.folder);
        file.map_err(|e| Error::io(&self.folder, "make a temporary file in", e))
    }

    /// Writes what is in memory as a run.
    fn write(&mut self) -> Result<()> {
        self.sort();
        let mut out = BufWriter::new(self.file()?);
        let written = self.spans.iter().try_for_each(|span| {
            let end = span.start + span.key as usize + span.item as usize;
            put(
                &mut out,
                [span.user, span.key, span.item],
                &self.bytes[span.start..end],
            )
        });
        let file = written.and_then(|()| out.into_inner().map_err(|e| e.into_error()));
        let file = file.map_err(|e| Error::io(&self.folder, "write a temporary file in", e))?;
        self.runs.push(file);
        self.bytes.clear();
        self.spans.clear();
        if self.runs.len() == MERGED {
            self.merge()?;
        }
        Ok(())
    }

    /// Makes one run of all.
    fn merge(&mut self) -> Result<()> {
        let mut out = BufWriter::new(self.file()?);
        let mut merge = || {
            let mut runs = Merge::new(std::mem::take(&mut self.runs))?;
            while let Some(event) = runs.next()? {
                let lengths = [event.user, event.key.len(), event.item.len()];
                put(&mut out, lengths.map(|n| n as u32), &event.key)?;
                out.write_all(&event.item)?;
            }
            Ok(())
        };
        let file = merge().and_then(|()| out.into_inner().map_err(|e| e.into_error()));
        let file = file.map_err(|e| Error::io(&self.folder, "write a temporary file in", e))?;
        self.runs.push(file);
        Ok(())
    }

    /// All events in their order.
    pub(super) fn finish(mut self) -> Result<Sorted> {
        if self.runs.is_empty() {
            self.sort();
            return Ok(Sorted::Memory {
                bytes: self.bytes,
                spans: self.spans.into_iter(),
            });
        }
        self.write()?;
        let merge = Merge::new(self.runs);
        let merge = merge.map_err(|e| Error::io(&self.folder, "read a temporary file in", e))?;
        Ok(Sorted::Files(merge))
    }
}

fn put(out: &mut impl Write, lengths: [u32; 3], bytes: &[u8]) -> std::io::Result<()> {
    for length in lengths {
        out.write_all(&length.to_le_bytes())?;
    }
    out.write_all(bytes)
}

/// Events in their order.
pub(super) enum Sorted {
    Memory {
        bytes: Vec<u8>,
        spans: std::vec::IntoIter<Span>,
    },
    Files(Merge),
}

impl Sorted {
    pub(super) fn next(&mut self) -> std::io::Result<Option<Event>> {
        match self {
            Self::Files(merge) => merge.next(),
            Self::Memory { bytes, spans } => Ok(spans.next().map(|span| {
                let (key, item) = bytes[span.start..].split_at(span.key as usize);
                Event {
                    key: key.to_vec(),
                    user: span.user as usize,
                    item: item[..span.item as usize].to_vec(),
                }
            })),
        }
    }
}

/// Runs that are read together.
pub(super) struct Merge {
    runs: Vec<BufReader<File>>,
    /// The next event of each run, and which.
    next: BinaryHeap<Reverse<(Event, usize)>>,
}

impl Merge {
    fn new(files: Vec<File>) -> std::io::Result<Self> {
        let mut merge = Self {
            runs: Vec::new(),
            next: BinaryHeap::new(),
        };
        for mut file in files {
            file.rewind()?;
            merge.runs.push(BufReader::with_capacity(BUFFER, file));
            merge.refill(merge.runs.len() - 1)?;
        }
        Ok(merge)
    }

    fn next(&mut self) -> std::io::Result<Option<Event>> {
        let Some(Reverse((event, run))) = self.next.pop() else {
            return Ok(None);
        };
        self.refill(run)?;
        Ok(Some(event))
    }

    fn refill(&mut self, run: usize) -> std::io::Result<()> {
        let reader = &mut self.runs[run];
        let mut lengths = [0; 12];
        match reader.read(&mut lengths[..1])? {
            0 => return Ok(()),
            _ => reader.read_exact(&mut lengths[1..])?,
        }
        let (words, _) = lengths.as_chunks::<4>();
        let length = |at: usize| u32::from_le_bytes(words[at]) as usize;
        let mut event = Event {
            key: vec![0; length(1)],
            user: length(0),
            item: vec![0; length(2)],
        };
        reader.read_exact(&mut event.key)?;
        reader.read_exact(&mut event.item)?;
        self.next.push(Reverse((event, run)));
        Ok(())
    }
}
