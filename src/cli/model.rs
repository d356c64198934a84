//! The model that a question is put to.

use std::cell::RefCell;
use std::io::Write;
use std::path::{Path, PathBuf};

use w2v::embeddings::Embeddings;
use w2v::format::ReadOptions;
use w2v::text::{Lookup, TextOptions};

use super::Failure;
use super::paths::Named;

/// Where `train` writes and questions read when nobody says otherwise.
pub(crate) const DEFAULT_PATH: &str = "vectors.w2v";

/// Which model to ask.
#[derive(Debug, clap::Args)]
pub(crate) struct ModelArgs {
    /// File of vectors to ask [default: vectors.w2v]
    #[arg(short, long, value_name = "FILE")]
    model: Option<PathBuf>,
}

/// Vectors, and what their text's words were.
pub(crate) struct Model {
    pub(crate) embeddings: Embeddings,
    /// The file.
    pub(crate) file: Named,
    lookup: RefCell<Lookup>,
}

/// Tells something on standard error that is no failure.
pub(crate) fn note(text: &str) {
    // With standard error gone there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}

impl ModelArgs {
    /// The model in a file.
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            model: Some(path.to_path_buf()),
        }
    }

    /// Whether the user named a file.
    pub(crate) fn is_named(&self) -> bool {
        self.model.is_some()
    }

    /// The file that is asked.
    pub(crate) fn path(&self) -> &Path {
        self.model.as_deref().unwrap_or(Path::new(DEFAULT_PATH))
    }

    /// The same, and what it is.
    pub(crate) fn named(&self) -> Named {
        ("the model", self.path().to_path_buf())
    }

    /// Opens the model.
    pub(crate) fn open(&self) -> Result<Model, Failure> {
        let (embeddings, report) = w2v::format::read(self.path(), &ReadOptions::default())?;
        report.notes().iter().for_each(|text| note(text));
        let text = TextOptions::from_map(&embeddings.metadata().text)?;
        let lookup = RefCell::new(Lookup::new(&text));
        Ok(Model {
            embeddings,
            file: self.named(),
            lookup,
        })
    }
}

impl Model {
    /// `word` as the model has it: as typed when it is there, else treated as the text was.
    pub(crate) fn word(&self, word: &str) -> Result<String, Failure> {
        let known = |word: &str| self.embeddings.id(word).is_some();
        if known(word) {
            return Ok(word.to_owned());
        }
        let words = self.lookup.borrow_mut().words(word, known)?;
        Ok(match <[String; 1]>::try_from(words) {
            Ok([token]) => token,
            Err(_) => word.to_owned(),
        })
    }

    /// The rows of the words that begin with `prefix`, in their order: as typed when some do, else treated as the text was.
    pub(crate) fn with_prefix(&self, prefix: &str) -> Vec<u32> {
        let found = self.embeddings.with_prefix(prefix);
        match found.is_empty() {
            true => (self.embeddings).with_prefix(&self.lookup.borrow_mut().whole(prefix)),
            false => found,
        }
    }
}
