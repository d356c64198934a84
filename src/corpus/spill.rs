//! What does not fit into the memory that a scan may use: ids and words in temporary files.
//!
//! The files have no name (where the system can do that) and vanish with the process, however it
//! ends.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::packed::{pack, unpack};
use crate::error::{Error, Result};
use crate::memory::MappedFile;
use crate::vocab::Interner;

/// Bytes of words that are written or read at once.
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
    words_file: Arc<WordFile>,
}

impl Budget {
    pub(super) fn new(memory: Option<u64>, threads: usize, folder: Option<&Path>) -> Self {
        let share = |share: f64| memory.map(|bytes| (bytes as f64 * share) as u64);
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_path_buf);
        Self {
            words: share(WORDS_SHARE / threads as f64),
            ids: share(IDS_SHARE),
            ids_in_memory: AtomicU64::new(0),
            ids_file: Mutex::new(None),
            words_file: Arc::new(WordFile {
                file: Mutex::new(None),
                folder: folder.clone(),
            }),
            folder,
        }
    }

    /// Keeps the ids of a block, in memory while there is room. `codes` are those of `tokens` tokens.
    pub(super) fn keep(&self, codes: &[u8], tokens: usize) -> Result<Ids> {
        let bytes = codes.len() as u64;
        let used = self.ids_in_memory.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let mut place = Place::Memory(Vec::new());
        if self.ids.is_none_or(|most| used <= most) {
            place = Place::Memory(codes.to_vec());
        } else {
            self.ids_in_memory.fetch_sub(bytes, Ordering::Relaxed);
            let mut file = self.ids_file.lock().unwrap_or_else(PoisonError::into_inner);
            if file.is_none() {
                *file = Some(IdFile::new(&self.folder)?);
            }
            if let Some(file) = file.as_mut() {
                place = file.append(codes)?;
            }
        }
        Ok(Ids {
            place,
            tokens,
            table: None,
        })
    }

    /// Writes words out, sorted.
    pub(super) fn write_words(&self, words: &Interner) -> Result<WordRun> {
        self.words_file.append(words)
    }

    /// The file of ids, if there was no room for them.
    pub(super) fn into_file(self) -> Option<IdFile> {
        let file = self.ids_file.into_inner();
        file.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The packed ids of a block.
#[derive(Debug)]
pub(super) struct Ids {
    pub(super) place: Place,
    /// Number of tokens.
    pub(super) tokens: usize,
    /// Which table makes them ids of the vocabulary; none when they are that already.
    pub(super) table: Option<usize>,
}

/// Where codes are.
#[derive(Debug)]
pub(super) enum Place {
    Memory(Vec<u8>),
    /// In the [`IdFile`], in bytes.
    File {
        start: u64,
        length: usize,
    },
}

/// A temporary file of packed ids.
#[derive(Debug)]
pub(super) struct IdFile {
    file: File,
    folder: PathBuf,
    length: u64,
}

impl IdFile {
    fn new(folder: &Path) -> Result<Self> {
        Ok(Self {
            file: temporary(folder)?,
            folder: folder.to_path_buf(),
            length: 0,
        })
    }

    fn append(&mut self, codes: &[u8]) -> Result<Place> {
        let start = self.length;
        let length = codes.len();
        self.write(start, codes)?;
        self.length += length as u64;
        Ok(Place::File { start, length })
    }

    /// Writes `codes` over those at `place`, or at the end where they are more.
    fn replace(&mut self, start: u64, length: usize, codes: &[u8]) -> Result<Place> {
        if codes.len() > length {
            return self.append(codes);
        }
        self.write(start, codes)?;
        let length = codes.len();
        Ok(Place::File { start, length })
    }

    fn write(&mut self, start: u64, codes: &[u8]) -> Result<()> {
        let write = self.file.seek(SeekFrom::Start(start));
        write
            .and_then(|_| self.file.write_all(codes))
            .map_err(|e| Error::io(&self.folder, "write a temporary file in", e))
    }

    fn read(&mut self, start: u64, length: usize, codes: &mut Vec<u8>) -> Result<()> {
        codes.clear();
        codes.resize(length, 0);
        let read = self.file.seek(SeekFrom::Start(start));
        read.and_then(|_| self.file.read_exact(codes))
            .map_err(|e| Error::io(&self.folder, "read a temporary file in", e))
    }

    /// The file, mapped.
    pub(super) fn map(self) -> Result<MappedFile> {
        MappedFile::map(&self.file, &self.folder)
            .map_err(|e| Error::io(&self.folder, "map a temporary file in", e))
    }
}

/// Space to read and change packed ids in, and the file that some of them are in.
pub(super) struct Workbench<'a> {
    file: &'a Mutex<Option<IdFile>>,
    codes: Vec<u8>,
    tokens: Vec<u32>,
}

impl<'a> Workbench<'a> {
    pub(super) fn new(file: &'a Mutex<Option<IdFile>>) -> Self {
        Self {
            file,
            codes: Vec::new(),
            tokens: Vec::new(),
        }
    }

    /// The tokens of `ids`.
    pub(super) fn read(&mut self, ids: &Ids) -> Result<&[u32]> {
        let codes = codes(ids, self.file, &mut self.codes)?;
        unpack(codes, ids.tokens, &mut self.tokens);
        Ok(&self.tokens)
    }

    /// Changes tokens; they may become fewer.
    pub(super) fn change(
        &mut self,
        ids: &mut Ids,
        change: impl FnOnce(&mut Vec<u32>),
    ) -> Result<()> {
        self.read(ids)?;
        change(&mut self.tokens);
        ids.tokens = self.tokens.len();
        match &mut ids.place {
            Place::Memory(codes) => pack(&self.tokens, codes),
            Place::File { start, length } => {
                pack(&self.tokens, &mut self.codes);
                let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(file) = file.as_mut() {
                    ids.place = file.replace(*start, *length, &self.codes)?;
                }
            }
        }
        Ok(())
    }
}

/// The codes of `ids`; those in the file are read into `space`.
fn codes<'c>(
    ids: &'c Ids,
    file: &Mutex<Option<IdFile>>,
    space: &'c mut Vec<u8>,
) -> Result<&'c [u8]> {
    match &ids.place {
        Place::Memory(codes) => Ok(codes),
        Place::File { start, length } => {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(file) = file.as_mut() {
                file.read(*start, *length, space)?;
            }
            Ok(space)
        }
    }
}

/// The temporary file of all runs of words: one, for a process may open few.
#[derive(Debug)]
struct WordFile {
    file: Mutex<Option<File>>,
    folder: PathBuf,
}

/// Words with their counts and ids in the file, sorted by word.
#[derive(Debug)]
pub(super) struct WordRun {
    file: Arc<WordFile>,
    /// Where it begins, in bytes.
    start: u64,
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

impl WordFile {
    /// Writes a run behind the others.
    fn append(self: &Arc<Self>, words: &Interner) -> Result<WordRun> {
        let mut order: Vec<u32> = (0..words.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| words.word(a).cmp(words.word(b)));
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *file {
            Some(file) => file,
            none => none.insert(temporary(&self.folder)?),
        };
        let write = || {
            let start = file.seek(SeekFrom::End(0))?;
            let mut out = BufWriter::with_capacity(CHUNK, file);
            for id in order {
                let word = words.word(id);
                out.write_all(&(word.len() as u32).to_le_bytes())?;
                out.write_all(&words.count(id).to_le_bytes())?;
                out.write_all(&id.to_le_bytes())?;
                out.write_all(word.as_bytes())?;
            }
            out.flush()?;
            Ok(start)
        };
        let start = write().map_err(|e| Error::io(&self.folder, "write a temporary file in", e))?;
        Ok(WordRun {
            file: Arc::clone(self),
            start,
            types: words.len(),
        })
    }
}

impl WordRun {
    /// Reads the run from its start, so many bytes at once; up to [`CHUNK`].
    pub(super) fn reader(&self, at_once: usize) -> RunReader<'_> {
        let bytes = RunBytes {
            file: &self.file,
            at: self.start,
        };
        RunReader {
            run: self,
            left: self.types,
            reader: BufReader::with_capacity(at_once.min(CHUNK), bytes),
        }
    }
}

/// The bytes of the file from a place on.
#[derive(Debug)]
struct RunBytes<'a> {
    file: &'a WordFile,
    at: u64,
}

impl Read for RunBytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut file = (self.file.file.lock()).unwrap_or_else(PoisonError::into_inner);
        let Some(file) = &mut *file else {
            return Ok(0);
        };
        file.seek(SeekFrom::Start(self.at))?;
        let read = file.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Reads the words of a run in order.
pub(super) struct RunReader<'a> {
    run: &'a WordRun,
    left: usize,
    reader: BufReader<RunBytes<'a>>,
}

impl RunReader<'_> {
    /// Replaces `word` by the next one; false at the end.
    pub(super) fn next(&mut self, word: &mut RunWord) -> Result<bool> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        self.read(word)
            .map_err(|e| Error::io(&self.run.file.folder, "read a temporary file in", e))?;
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
