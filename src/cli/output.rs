//! Results on standard output, for people or as JSON.

use std::io::{BufWriter, StdoutLock, Write};

use serde::Serialize;
use w2v::query::Neighbor;

use super::Failure;

/// How results are written.
#[derive(Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// One JSON object a line, for programs
    #[arg(long)]
    json: bool,
}

/// Standard output, locked and buffered.
pub(crate) struct Output {
    json: bool,
    out: BufWriter<StdoutLock<'static>>,
}

/// One question with its answers, as a line of JSON.
#[derive(Serialize)]
struct Answer<'a> {
    query: &'a [&'a str],
    neighbors: Vec<Row<'a>>,
}

/// One neighbour in JSON.
#[derive(Serialize)]
struct Row<'a> {
    word: &'a str,
    similarity: f32,
}

/// A question without an answer, as a line of JSON.
#[derive(Serialize)]
struct Refusal<'a> {
    query: &'a [&'a str],
    error: String,
}

impl Output {
    /// Takes standard output.
    pub(crate) fn new(args: &OutputArgs) -> Self {
        Self {
            json: args.json,
            out: BufWriter::new(std::io::stdout().lock()),
        }
    }

    /// Whether programs read the results.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Writes text of a command's own shape.
    pub(crate) fn write(
        &mut self,
        text: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), Failure> {
        text(&mut self.out).map_err(Failure::Stdout)
    }

    /// Writes the answers to `query`; `title` heads them where there are several questions.
    pub(crate) fn neighbors(
        &mut self,
        query: &[&str],
        title: Option<&str>,
        neighbors: &[Neighbor],
    ) -> Result<(), Failure> {
        if self.json {
            let neighbors = neighbors
                .iter()
                .map(|n| Row {
                    word: &n.word,
                    similarity: n.similarity,
                })
                .collect();
            return self.line(&Answer { query, neighbors });
        }
        self.text(title, neighbors).map_err(Failure::Stdout)
    }

    /// In JSON, every question gets its line, also one without an answer.
    pub(crate) fn refusal(
        &mut self,
        query: &[&str],
        error: &dyn std::error::Error,
    ) -> Result<(), Failure> {
        if self.json {
            return self.line(&Refusal {
                query,
                error: error.to_string(),
            });
        }
        Ok(())
    }

    /// Writes out what is still held.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Failure::Stdout)
    }

    fn text(&mut self, title: Option<&str>, neighbors: &[Neighbor]) -> std::io::Result<()> {
        if let Some(title) = title {
            writeln!(self.out, "{title}")?;
        }
        let indent = if title.is_some() { "  " } else { "" };
        for neighbor in neighbors {
            writeln!(
                self.out,
                "{indent}{:.4}  {}",
                neighbor.similarity, neighbor.word
            )?;
        }
        Ok(())
    }

    /// Writes a line of JSON.
    pub(crate) fn line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.out, value)
            .map_err(|error| Failure::Stdout(error.into()))?;
        writeln!(self.out).map_err(Failure::Stdout)
    }
}
