//! What does not fit into the memory that a scan may use: ids and words in temporary files.
//!
//! The files have no name (where the system can do that) and vanish with the process, however it
//! ends.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::memory::MappedFile;
use crate::vocab::Interner;

/// Bytes of ids that are converted at once.
const CHUNK: usize = 1 << 16;

/// How much of the memory one worker's words may take before they are written out. When a table
/// grows it doubles, so twice this share may be in use for all workers together.
const WORDS_SHARE: f64 = 0.2;
/// How much of the memory ids may take before they are written out.
const IDS_SHARE: f64 = 0.25;

/// What a scan may use, and where it puts what goes beyond.
#[derive(Debug)]
pub(super) struct Budget {
    /// Bytes of one worker's words; `None` is without limit.
    pub(super) words: Option<u64>,
    /// Bytes of all ids.
    ids: Option<u64>,
    ids_in_memory: AtomicU64,
    folder: PathBuf,
    ids_file: Mutex<Option<IdFile>>,
}

impl Budget {
    pub(super) fn new(memory: Option<u64>, threads: usize, folder: Option<&Path>) -> Self {
        let share = |share: f64| memory.map(|bytes| (bytes as f64 * share) as u64);
        Self {
            words: share(WORDS_SHARE / threads as f64),
            ids: share(IDS_SHARE),
            ids_in_memory: AtomicU64::new(0),
            folder: folder.map_or_else(std::env::temp_dir, Path::to_path_buf),
            ids_file: Mutex::new(None),
        }
    }

    /// Keeps the ids of a block, in memory while there is room.
    pub(super) fn keep(&self, ids: &[u32]) -> Result<Ids> {
        let bytes = std::mem::size_of_val(ids) as u64;
        let used = self.ids_in_memory.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if self.ids.is_none_or(|most| used <= most) {
            return Ok(Ids::Memory(ids.to_vec()));
        }
        self.ids_in_memory.fetch_sub(bytes, Ordering::Relaxed);
        let mut file = self.ids_file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.is_none() {
            *file = Some(IdFile::new(&self.folder)?);
        }
        match file.as_mut() {
            Some(file) => file.append(ids),
            None => Ok(Ids::Memory(ids.to_vec())),
        }
    }

    /// Writes words out, sorted.
    pub(super) fn write_words(&self, words: &Interner) -> Result<WordRun> {
        WordRun::write(words, &self.folder)
    }

    /// The file of ids, if there was no room for them.
    pub(super) fn into_file(self) -> Option<IdFile> {
        let file = self.ids_file.into_inner();
        file.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ids of a block.
#[derive(Debug)]
pub(super) enum Ids {
    Memory(Vec<u32>),
    /// A part of the [`IdFile`], in ids.
    File {
        start: u64,
        length: usize,
    },
}

impl Ids {
    /// Number of ids.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Memory(ids) => ids.len(),
            Self::File { length, .. } => *length,
        }
    }
}

/// A temporary file of ids, in the byte order of this machine.
#[derive(Debug)]
pub(super) struct IdFile {
    file: File,
    folder: PathBuf,
    length: u64,
    buffer: Vec<u8>,
}

impl IdFile {
    fn new(folder: &Path) -> Result<Self> {
        Ok(Self {
            file: temporary(folder)?,
            folder: folder.to_path_buf(),
            length: 0,
            buffer: Vec::new(),
        })
    }

    fn append(&mut self, ids: &[u32]) -> Result<Ids> {
        let start = self.length;
        self.write(start, ids)?;
        self.length += ids.len() as u64;
        let length = ids.len();
        Ok(Ids::File { start, length })
    }

    /// Writes `ids` from the id `start` on.
    pub(super) fn write(&mut self, start: u64, ids: &[u32]) -> Result<()> {
        let mut write = || {
            self.file.seek(SeekFrom::Start(4 * start))?;
            for chunk in ids.chunks(CHUNK / 4) {
                self.buffer.clear();
                self.buffer
                    .extend(chunk.iter().flat_map(|id| id.to_ne_bytes()));
                self.file.write_all(&self.buffer)?;
            }
            Ok(())
        };
        write().map_err(|e| Error::io(&self.folder, "write a temporary file in", e))
    }

    /// Reads `length` ids from the id `start` on.
    pub(super) fn read(&mut self, start: u64, length: usize) -> Result<Vec<u32>> {
        let mut read = || {
            self.file.seek(SeekFrom::Start(4 * start))?;
            let mut ids = Vec::with_capacity(length);
            while ids.len() < length {
                self.buffer.resize(CHUNK.min(4 * (length - ids.len())), 0);
                self.file.read_exact(&mut self.buffer)?;
                let words = self.buffer.as_chunks::<4>().0;
                ids.extend(words.iter().map(|word| u32::from_ne_bytes(*word)));
            }
            Ok(ids)
        };
        read().map_err(|e| Error::io(&self.folder, "read a temporary file in", e))
    }

    /// The file, mapped.
    pub(super) fn map(self) -> Result<MappedFile> {
        MappedFile::map(&self.file, &self.folder)
            .map_err(|e| Error::io(&self.folder, "map a temporary file in", e))
    }
}

/// Words with their counts and ids in a temporary file, sorted by word.
#[derive(Debug)]
pub(super) struct WordRun {
    file: File,
    folder: PathBuf,
    /// Number of words: the ids are below it.
    pub(super) types: usize,
}

/// One word of a run.
#[derive(Debug, Default)]
pub(super) struct RunWord {
    pub(super) word: String,
    pub(super) count: u64,
    pub(super) id: u32,
}

impl WordRun {
    fn write(words: &Interner, folder: &Path) -> Result<Self> {
        let mut order: Vec<u32> = (0..words.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| words.word(a).cmp(words.word(b)));
        let file = temporary(folder)?;
        let write = || {
            let mut out = BufWriter::with_capacity(CHUNK, &file);
            for id in order {
                let word = words.word(id);
                out.write_all(&(word.len() as u32).to_le_bytes())?;
                out.write_all(&words.count(id).to_le_bytes())?;
                out.write_all(&id.to_le_bytes())?;
                out.write_all(word.as_bytes())?;
            }
            out.flush()
        };
        write().map_err(|e| Error::io(folder, "write a temporary file in", e))?;
        Ok(Self {
            file,
            folder: folder.to_path_buf(),
            types: words.len(),
        })
    }

    /// Reads the run from its start.
    pub(super) fn reader(&self) -> Result<RunReader<'_>> {
        let fail = |e| Error::io(&self.folder, "read a temporary file in", e);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(fail)?;
        Ok(RunReader {
            run: self,
            left: self.types,
            reader: BufReader::with_capacity(CHUNK, file),
        })
    }
}

/// Reads the words of a run in order.
pub(super) struct RunReader<'a> {
    run: &'a WordRun,
    left: usize,
    reader: BufReader<&'a File>,
}

impl RunReader<'_> {
    /// Replaces `word` by the next one; false at the end.
    pub(super) fn next(&mut self, word: &mut RunWord) -> Result<bool> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        self.read(word)
            .map_err(|e| Error::io(&self.run.folder, "read a temporary file in", e))?;
        Ok(true)
    }

    fn read(&mut self, word: &mut RunWord) -> std::io::Result<()> {
        let length = u32::from_le_bytes(self.bytes()?);
        word.count = u64::from_le_bytes(self.bytes()?);
        word.id = u32::from_le_bytes(self.bytes()?);
        word.word.clear();
        let mut text = (&mut self.reader).take(u64::from(length));
        text.read_to_string(&mut word.word)?;
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

fn temporary(folder: &Path) -> Result<File> {
    tempfile::tempfile_in(folder).map_err(|e| Error::io(folder, "make a temporary file in", e))
}
