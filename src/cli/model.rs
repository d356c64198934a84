//! The model that a question is put to.

use std::path::{Path, PathBuf};

use w2v::embeddings::Embeddings;
use w2v::error::FormatError;

use super::Failure;

/// Where `train` writes and questions read when nobody says otherwise.
pub(crate) const DEFAULT_PATH: &str = "vectors.w2v";

/// Which model to ask.
#[derive(Debug, clap::Args)]
pub(crate) struct ModelArgs {
    /// File of vectors to ask
    #[arg(short, long, value_name = "FILE", default_value = DEFAULT_PATH)]
    model: PathBuf,
}

impl ModelArgs {
    /// Opens the model.
    pub(crate) fn open(&self) -> Result<Embeddings, Failure> {
        w2v::format::open(&self.model).map_err(|error| match error {
            w2v::Error::Format(FormatError::NotFound(_))
                if self.model == Path::new(DEFAULT_PATH) =>
            {
                Failure::NoModel(self.model.clone())
            }
            other => Failure::Library(other),
        })
    }
}
