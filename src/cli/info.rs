//! `w2v info`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use w2v::embeddings::{Dtype, Embeddings, Metadata};
use w2v::format::{self, Format, ReadOptions};

use super::failure::Failure;
use super::human;
use super::model::DEFAULT_PATH;
use super::output::{Output, OutputArgs};

const EXAMPLES: &str = "\
Examples:
  w2v info
  w2v info vectors.w2v --verify --json | jq .training.lr";

/// What a file of vectors is: format, size, where it comes from
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// File of vectors
    #[arg(value_name = "FILE", default_value = DEFAULT_PATH)]
    file: PathBuf,
    /// Read all of it and check every checksum
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Info {
    file: PathBuf,
    format: &'static str,
    packed: Option<&'static str>,
    /// Of a pipe nobody knows.
    bytes: Option<u64>,
    words: usize,
    dim: usize,
    numbers: String,
    /// Whether the rows of the prediction side are there, too.
    output_rows: bool,
    /// "right", "header right" or "none in this format".
    checksums: &'static str,
    notes: Vec<String>,
    #[serde(flatten)]
    metadata: Metadata,
}

/// Opens the file, verifies it if asked, and tells.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let (embeddings, report) = format::read(&args.file, &ReadOptions::default())?;
    if args.verify {
        embeddings.verify()?;
    }
    let checksums = match (report.format, args.verify) {
        (Format::Native, true) => "right",
        (Format::Native, false) => "of the header right, others not read (--verify)",
        _ => "none in this format",
    };
    let info = Info {
        bytes: size(&args.file),
        file: args.file,
        format: report.format.name(),
        packed: report.packed,
        words: embeddings.len(),
        dim: embeddings.dim(),
        numbers: numbers(&embeddings),
        output_rows: embeddings.has_output(),
        checksums,
        notes: report.notes(),
        metadata: embeddings.metadata().clone(),
    };
    let mut output = Output::new(&args.output);
    if output.is_json() {
        output.line(&info)?;
    } else {
        output.write(|out| info.print(out))?;
    }
    output.finish()
}

fn size(path: &Path) -> Option<u64> {
    let about = std::fs::metadata(path).ok();
    about.filter(std::fs::Metadata::is_file).map(|a| a.len())
}

/// "f32", or what else there is.
fn numbers(embeddings: &Embeddings) -> String {
    let stored = embeddings.dtype();
    match (stored, embeddings.has_quick()) {
        (Dtype::F32, true) => format!("{} and i8", stored.name()),
        _ => stored.name().to_owned(),
    }
}

impl Info {
    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let packed = self
            .packed
            .map_or(String::new(), |p| format!(", packed by {p}"));
        let output = match self.output_rows {
            true => ", with output rows to train on",
            false => "",
        };
        let mut line = |name: &str, value: &str| writeln!(out, "{name:<10}  {value}");
        line("file", &self.file.display().to_string())?;
        line("format", &format!("{}{packed}", self.format))?;
        if let Some(bytes) = self.bytes {
            line("size", &human::bytes(bytes))?;
        }
        line("words", &human::count(self.words as u64))?;
        line(
            "vectors",
            &format!("{} numbers, {}{output}", self.dim, self.numbers),
        )?;
        line("checksums", self.checksums)?;
        for note in &self.notes {
            line("note", note)?;
        }
        let Metadata {
            tool,
            text,
            training,
            corpus,
            loss,
        } = &self.metadata;
        if !tool.is_empty() {
            line("tool", tool)?;
        }
        let pairs = |map: Vec<(&String, String)>| {
            let pairs: Vec<String> = map.iter().map(|(k, v)| format!("{k} {v}")).collect();
            pairs.join(", ")
        };
        let strings = |map: &std::collections::BTreeMap<String, String>| {
            pairs(map.iter().map(|(k, v)| (k, v.clone())).collect())
        };
        let counts = corpus.iter().map(|(k, v)| (k, human::count(*v))).collect();
        let loss: Vec<String> = loss.iter().map(|x| format!("{x:.3}")).collect();
        let rest = [
            ("text", strings(text)),
            ("training", strings(training)),
            ("corpus", pairs(counts)),
            ("loss", loss.join(" ")),
        ];
        let known = rest.iter().filter(|(_, value)| !value.is_empty());
        known
            .into_iter()
            .try_for_each(|(name, value)| line(name, value))
    }
}
