//! `w2v embed`.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ndarray::ArrayView1;
use serde::Serialize;
use w2v::Error;
use w2v::compose::LineVectors;
use w2v::format::{self, AtomicFile};

use super::Failure;
use super::compose_args::ComposeArgs;
use super::interrupt::Interrupt;
use super::output::stdout;
use super::paths::{check_apart, named};
use super::trainer_args::choice;

const EXAMPLES: &str = "\
Examples:
  w2v embed reviews.txt --output reviews.npy
  zcat log.gz | w2v embed - --weights mean > vectors.tsv
  w2v embed posts.jsonl --field text --output posts.jsonl.vectors --format jsonl

A line's vector is the mean of its words' vectors. By `sif`, a word of share p of the model's text
weighs 0.001 / (0.001 + p), and what all lines have in common is taken out (Arora, Liang, Ma 2017).
A line without any known word has a vector of zeros.";

/// A vector for each line of texts
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How: npy, a NumPy array; tsv, a line each; jsonl, an object each [default: by the end of
    /// FILE's name, else tsv]
    #[arg(long, value_parser = choice(Shape::ALL, Shape::name))]
    format: Option<Shape>,
    #[command(flatten)]
    compose: ComposeArgs,
}

/// How the vectors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Npy,
    Tsv,
    Jsonl,
}

impl Shape {
    const ALL: &'static [Self] = &[Self::Npy, Self::Tsv, Self::Jsonl];

    fn name(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Tsv => "tsv",
            Self::Jsonl => "jsonl",
        }
    }

    fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        Self::ALL.iter().copied().find(|s| s.name() == extension)
    }
}

/// Reads, composes, writes.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let by_name = || args.output.as_deref().and_then(Shape::of);
    let shape = args.format.or_else(by_name).unwrap_or(Shape::Tsv);
    let output = named("--output", args.output.as_slice());
    check_apart(&output, &args.compose.files())?;
    Interrupt::install_at_once()?;
    if let Some(path) = &args.output {
        format::probe_output(path)?;
    }
    let model = args.compose.open()?;
    let composer = args.compose.composer(&model)?;
    let lines = args.compose.lines(&composer, false, args.output.as_ref())?;
    let Some(path) = &args.output else {
        let mut out = BufWriter::new(stdout());
        return write(&lines, shape, &mut out)
            .and_then(|()| out.flush())
            .map_err(Failure::Stdout);
    };
    let mut file = AtomicFile::create(path)?;
    write(&lines, shape, &mut file).map_err(|e| Error::io(path, "write", e))?;
    Ok(file.commit()?)
}

/// A line, for programs.
#[derive(Serialize)]
struct Line<'v> {
    /// From 1.
    line: usize,
    /// Words that the model has.
    words: u32,
    vector: &'v [f32],
}

fn write(lines: &LineVectors, shape: Shape, out: &mut dyn Write) -> io::Result<()> {
    let vectors = lines.vectors();
    if shape == Shape::Npy {
        out.write_all(&format::npy_header(vectors.nrows(), vectors.ncols()))?;
    }
    for (at, row) in vectors.rows().into_iter().enumerate() {
        match shape {
            Shape::Npy => {
                let bytes: Vec<u8> = row.iter().flat_map(|x| x.to_le_bytes()).collect();
                out.write_all(&bytes)?;
            }
            Shape::Tsv => write_tsv(row, out)?,
            Shape::Jsonl => {
                let line = Line {
                    line: at + 1,
                    words: lines.words()[at],
                    vector: row.to_slice().unwrap_or_default(),
                };
                serde_json::to_writer(&mut *out, &line)?;
                out.write_all(b"\n")?;
            }
        }
    }
    Ok(())
}

fn write_tsv(row: ArrayView1<'_, f32>, out: &mut dyn Write) -> io::Result<()> {
    for (at, x) in row.iter().enumerate() {
        let before = if at == 0 { "" } else { "\t" };
        write!(out, "{before}{x}")?;
    }
    out.write_all(b"\n")
}
