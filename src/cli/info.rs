//! `w2v info`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};
use w2v::embeddings::{Dtype, Embeddings, Metadata};
use w2v::format::{self, Format, ReadOptions};

use super::failure::Failure;
use super::human;
use super::model::DEFAULT_PATH;
use super::output::{Output, OutputArgs, Shape};

const EXAMPLES: &str = "\
Examples:
  w2v info
  w2v info vectors.w2v --verify --json | jq .training.lr
  w2v info --format tsv | grep '^words'     a line `name<TAB>value` for all that JSON has, the names of
                                            what is within others after a dot: training.lr";

/// Letters shown of a value of many lines.
const SHOWN: usize = 40;

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
    file: String,
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
        file: args.file.to_string_lossy().into_owned(),
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
    match output.shape() {
        Shape::Json | Shape::Jsonl => output.line(&info)?,
        Shape::Tsv => rows(&mut output, "", &json!(info))?,
        Shape::Table => output.write(|out| info.print(out))?,
    }
    output.finish()
}

fn size(path: &Path) -> Option<u64> {
    let about = std::fs::metadata(path).ok();
    about.filter(std::fs::Metadata::is_file).map(|a| a.len())
}

/// Writes a row for each value of `value`, whose own name is `name`.
fn rows(output: &mut Output, name: &str, value: &Value) -> Result<(), Failure> {
    match value {
        Value::Object(fields) => fields.iter().try_for_each(|(field, value)| {
            let dot = if name.is_empty() { "" } else { "." };
            rows(output, &format!("{name}{dot}{field}"), value)
        }),
        Value::Array(values) => values
            .iter()
            .try_for_each(|value| rows(output, name, value)),
        Value::Null => Ok(()),
        Value::String(text) => output.row([name, text]),
        Value::Bool(_) | Value::Number(_) => output.row([name, &value.to_string()]),
    }
}

/// A value in one line: of several lines their number, and how they begin.
fn brief(value: &str) -> String {
    let lines = value.lines().count();
    if lines < 2 {
        return value.to_owned();
    }
    let all = value.replace('\n', ", ");
    let mut shown: String = all.chars().take(SHOWN).collect();
    if shown.len() < all.len() {
        shown.push_str("...");
    }
    format!("({lines}: {shown})")
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
        line("file", &self.file)?;
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
            pairs(map.iter().map(|(k, v)| (k, brief(v))).collect())
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
