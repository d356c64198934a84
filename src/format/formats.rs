//! The list of formats: a new one is a file of its own and one line in [`TABLE`].

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::atomic::{AtomicFile, probe_output};
use super::beside::Beside;
use super::select::Selection;
use super::source::Source;
use super::{ReadOptions, ReadReport};
use super::{fasttext, finalfusion, native, npy, safetensors, tensorboard, text};
use super::{word2vec_binary, wordlist};
use crate::embeddings::Embeddings;
use crate::error::{FormatError, Result};

/// A kind of file that holds embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// This program's own: opened in constant time, checksummed.
    Native,
    /// word2vec's binary file.
    Word2vecBinary,
    /// word2vec's text file; fastText's `.vec` is the same.
    Word2vecText,
    /// GloVe's text file: no header.
    Glove,
    /// fastText's model; read only.
    FastTextModel,
    /// NumPy's array, with the words in `NAME.vocab.txt`.
    Npy,
    /// safetensors, with the words in `NAME.vocab.txt`.
    Safetensors,
    /// finalfusion's chunks.
    Finalfusion,
    /// TensorBoard's projector: numbers, `metadata.tsv` and `projector_config.pbtxt`.
    TensorBoard,
}

type Read = fn(&mut Source, &ReadOptions) -> Result<(Embeddings, ReadReport)>;

/// How a format is written.
enum Writer {
    /// Not at all.
    None,
    /// As one file.
    File(Body),
    /// As one file and others beside it.
    Files(Body, Beside),
}

type Body = fn(&Selection, &mut dyn Write) -> Result<()>;

/// Everything there is to know about a format.
struct Entry {
    format: Format,
    /// As typed after `--format`.
    name: &'static str,
    /// Ends of file names that ask for it.
    extensions: &'static [&'static str],
    /// `None` where opening goes another way.
    read: Option<Read>,
    write: Writer,
    cannot_hold: fn(&str) -> bool,
    why: &'static str,
}

const ANY: fn(&str) -> bool = |_| false;

const TABLE: &[Entry] = &[
    Entry {
        format: Format::Native,
        name: "w2v",
        extensions: &["w2v"],
        read: None,
        write: Writer::File(native::write),
        cannot_hold: ANY,
        why: "",
    },
    Entry {
        format: Format::Word2vecBinary,
        name: "word2vec-binary",
        extensions: &["bin"],
        read: Some(word2vec_binary::read),
        write: Writer::File(word2vec_binary::write),
        cannot_hold: word2vec_binary::cannot_hold,
        why: "ends a word at a space",
    },
    Entry {
        format: Format::Word2vecText,
        name: "word2vec-text",
        extensions: &["txt", "vec"],
        read: Some(text::read),
        write: Writer::File(text::write),
        cannot_hold: text::cannot_hold,
        why: "parts fields at spaces and tabs",
    },
    Entry {
        format: Format::Glove,
        name: "glove",
        extensions: &["glove"],
        read: Some(text::read),
        write: Writer::File(text::write_rows),
        cannot_hold: text::cannot_hold,
        why: "parts fields at spaces and tabs",
    },
    Entry {
        format: Format::FastTextModel,
        name: "fasttext-model",
        extensions: &[],
        read: Some(fasttext::read),
        write: Writer::None,
        cannot_hold: ANY,
        why: "",
    },
    Entry {
        format: Format::Npy,
        name: "npy",
        extensions: &["npy"],
        read: Some(npy::read),
        write: Writer::Files(npy::write, wordlist::BESIDE),
        cannot_hold: wordlist::cannot_hold,
        why: "has one word a line",
    },
    Entry {
        format: Format::Safetensors,
        name: "safetensors",
        extensions: &["safetensors"],
        read: Some(safetensors::read),
        write: Writer::Files(safetensors::write, wordlist::BESIDE),
        cannot_hold: wordlist::cannot_hold,
        why: "has one word a line",
    },
    Entry {
        format: Format::Finalfusion,
        name: "finalfusion",
        extensions: &["fifu"],
        read: Some(finalfusion::read),
        write: Writer::File(finalfusion::write),
        cannot_hold: ANY,
        why: "",
    },
    Entry {
        format: Format::TensorBoard,
        name: "tensorboard",
        extensions: &["tsv"],
        read: Some(tensorboard::read),
        write: Writer::Files(tensorboard::write, tensorboard::BESIDE),
        cannot_hold: tensorboard::cannot_hold,
        why: "parts fields at tabs",
    },
];

impl Format {
    /// All formats.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|entry| entry.format)
    }

    /// The formats that can be written.
    pub fn writable() -> impl Iterator<Item = Self> {
        let writable = |entry: &&Entry| !matches!(entry.write, Writer::None);
        TABLE.iter().filter(writable).map(|entry| entry.format)
    }

    /// The name, as typed.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The format of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|e| e.name == name).map(|e| e.format)
    }

    /// The format that the end of a file's name asks for.
    pub fn from_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        let asked = |e: &&Entry| e.extensions.contains(&extension.as_str());
        TABLE.iter().find(asked).map(|e| e.format)
    }

    pub(super) fn cannot_hold(self, word: &str) -> bool {
        (self.entry().cannot_hold)(word)
    }

    pub(super) fn cannot_hold_why(self) -> &'static str {
        self.entry().why
    }

    pub(super) fn read(
        self,
        source: &mut Source,
        options: &ReadOptions,
    ) -> Result<(Embeddings, ReadReport)> {
        match self.entry().read {
            Some(read) => read(source, options),
            None => unreachable!("the native format is opened before it comes to reading"),
        }
    }

    /// Checks that a file of this format, and those beside it, can be written at `path` and take no
    /// other's place: to be called before hours of work.
    ///
    /// # Errors
    /// What the system would refuse; files beside it that belong to another one.
    pub fn probe(self, path: &Path) -> Result<()> {
        probe_output(path)?;
        match &self.entry().write {
            Writer::Files(_, beside) => beside.probe(path),
            Writer::File(_) | Writer::None => Ok(()),
        }
    }

    /// The files beside the one at `path` that are written with it.
    pub fn beside(self, path: &Path) -> Vec<PathBuf> {
        match &self.entry().write {
            Writer::Files(_, beside) => (beside.paths)(path),
            Writer::File(_) | Writer::None => Vec::new(),
        }
    }

    pub(super) fn write(self, path: &Path, selection: &Selection) -> Result<()> {
        match &self.entry().write {
            Writer::File(write) => {
                let mut file = AtomicFile::create(path)?;
                write(selection, &mut file)?;
                file.commit()
            }
            Writer::Files(write, beside) => {
                let mut others = beside.write(selection)?;
                let mut file = AtomicFile::create(path)?;
                write(selection, &mut file)?;
                // None of them before all of them.
                file.settle()?;
                others.iter_mut().try_for_each(AtomicFile::settle)?;
                others.into_iter().try_for_each(AtomicFile::commit)?;
                file.commit()
            }
            Writer::None => {
                let writable: Vec<&str> = Self::writable().map(Self::name).collect();
                Err(FormatError::ReadOnly {
                    path: path.to_path_buf(),
                    format: self.name(),
                    writable: writable.join(", "),
                }
                .into())
            }
        }
    }

    fn entry(self) -> &'static Entry {
        let entry = TABLE.iter().find(|entry| entry.format == self);
        entry.unwrap_or_else(|| unreachable!("every format has its line in the table"))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
