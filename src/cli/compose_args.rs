//! How vectors of lines are made, as typed.

use std::path::PathBuf;

use w2v::compose::{Composer, LineVectors, Weights, embed_lines};
use w2v::embeddings::Embeddings;
use w2v::text::{Input, SourceOptions};

use super::Failure;
use super::human;
use super::model::{ModelArgs, note};
use super::paths::{Named, named};
use super::text_args::{TextArgs, threads};
use super::trainer_args::choice;

/// The lines, and how the words of one are put together.
#[derive(Debug, clap::Args)]
pub(crate) struct ComposeArgs {
    #[command(flatten)]
    input: TextArgs,
    /// How much words count: sif, the frequent ones less; mean, all alike
    #[arg(long, value_parser = choice(Weights::ALL, Weights::name), default_value = "sif")]
    weights: Weights,
    /// Worker threads; 0 = one a core
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    model: ModelArgs,
}

impl ComposeArgs {
    /// Whether the lines come from standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.input.inputs().contains(&Input::Stdin)
    }

    /// The files that are read.
    pub(crate) fn files(&self) -> Vec<Named> {
        let mut files = named("the text", self.input.paths());
        files.push(self.model.named());
        files
    }

    /// Whether the lines come from more than one file, or from a folder.
    pub(crate) fn reads_several(&self) -> bool {
        let paths = self.input.paths();
        paths.len() > 1 || paths.iter().any(|path| path.is_dir())
    }

    /// The model whose words have vectors.
    pub(crate) fn open(&self) -> Result<Embeddings, Failure> {
        Ok(self.model.open()?.embeddings)
    }

    /// What makes the vectors.
    pub(crate) fn composer<'e>(&self, model: &'e Embeddings) -> Result<Composer<'e>, Failure> {
        Ok(Composer::new(model, self.weights)?)
    }

    /// The vectors of all lines, to be written to `output` perhaps; says what is odd about them.
    pub(crate) fn lines(
        &self,
        composer: &Composer<'_>,
        keep: bool,
        output: Option<&PathBuf>,
    ) -> Result<LineVectors, Failure> {
        let inputs = self.input.inputs();
        let ours = output
            .into_iter()
            .cloned()
            .chain([self.model.path().to_path_buf()]);
        let sources = SourceOptions {
            without: ours.collect(),
            ..self.input.source_options()
        };
        let lines = embed_lines(composer, (&inputs, &sources), keep, threads(self.threads))?;
        let count = |n: usize| human::count(n as u64);
        let without = lines.words().iter().filter(|words| **words == 0).count();
        if without > 0 && !self.quiet {
            note(&format!(
                "note: {} of {} lines have no word that the model knows: their vectors are zeros",
                count(without),
                count(lines.words().len())
            ));
        }
        if self.weights == Weights::Sif && lines.component().is_none() && !self.quiet {
            note("note: so few lines do not tell what they have in common; nothing was taken out");
        }
        Ok(lines)
    }
}
