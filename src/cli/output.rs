//! Results on standard output, for people or for programs.

use std::borrow::Cow;
use std::io::{BufWriter, Error, ErrorKind, Result as Written, StdoutLock, Write};

use clap::ValueEnum;
use serde::Serialize;

use super::Failure;

/// How results are written.
#[derive(Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// One JSON object a line, for programs; the same as --format jsonl
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// How results are written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Shape,
}

/// A shape of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// For people
    Table,
    /// Fields parted by tabs; a tab or line end within one is a space
    Tsv,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
}

/// Standard output, locked. Where the process was given none, what is written is not lost without a word.
pub(crate) struct Stdout(StdoutLock<'static>);

/// Takes standard output.
pub(crate) fn stdout() -> Stdout {
    Stdout(std::io::stdout().lock())
}

/// Writes all of `bytes` to standard output; what it has not taken by the end of the process would be lost without a
/// word.
pub(crate) fn write_whole(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = stdout();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.map_err(Failure::Stdout)
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> Written<usize> {
        check_open()?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> Written<()> {
        self.0.flush()
    }
}

fn check_open() -> Written<()> {
    match w2v::memory::stdout_was_closed() {
        true => Err(Error::new(
            ErrorKind::NotConnected,
            "it is closed; open it, or send it to /dev/null",
        )),
        false => Ok(()),
    }
}

/// Writes what the command line itself answers: help, the version.
pub(crate) fn show(answer: &clap::Error) -> Result<(), Failure> {
    let shown = check_open().and_then(|()| answer.print());
    let shown = shown.and_then(|()| std::io::stdout().flush());
    shown.map_err(Failure::Stdout)
}

/// Standard output, locked and buffered.
pub(crate) struct Output {
    shape: Shape,
    out: BufWriter<Stdout>,
    /// Objects written so far, for the commas of an array.
    objects: usize,
}

impl Output {
    /// Takes standard output.
    pub(crate) fn new(args: &OutputArgs) -> Self {
        Self {
            shape: if args.json { Shape::Jsonl } else { args.format },
            out: BufWriter::new(stdout()),
            objects: 0,
        }
    }

    /// The shape asked for.
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Whether results are objects of JSON.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.shape, Shape::Json | Shape::Jsonl)
    }

    /// Writes text of a command's own shape.
    pub(crate) fn write(
        &mut self,
        text: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), Failure> {
        text(&mut self.out).map_err(Failure::Stdout)
    }

    /// Writes an object: a line, or an element of the one array.
    pub(crate) fn line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let before = match (self.shape, self.objects) {
            (Shape::Json, 0) => "[",
            (Shape::Json, _) => ",\n",
            _ => "",
        };
        self.objects += 1;
        write!(self.out, "{before}").map_err(Failure::Stdout)?;
        serde_json::to_writer(&mut self.out, value)
            .map_err(|error| Failure::Stdout(error.into()))?;
        if self.shape != Shape::Json {
            writeln!(self.out).map_err(Failure::Stdout)?;
        }
        Ok(())
    }

    /// Writes fields parted by tabs as a line.
    pub(crate) fn row<S: AsRef<str>>(
        &mut self,
        fields: impl IntoIterator<Item = S>,
    ) -> Result<(), Failure> {
        self.write(|out| {
            for (at, field) in fields.into_iter().enumerate() {
                let before = if at == 0 { "" } else { "\t" };
                write!(out, "{before}{}", unbroken(field.as_ref()))?;
            }
            writeln!(out)
        })
    }

    /// Writes out what is held so far, for a reader at the other end of a pipe.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Failure::Stdout)
    }

    /// Ends the results.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        if self.shape == Shape::Json {
            let end = if self.objects == 0 { "[]\n" } else { "]\n" };
            write!(self.out, "{end}").map_err(Failure::Stdout)?;
        }
        self.flush()
    }

    /// Ends results that a failure cuts short: an array that was begun is closed.
    pub(crate) fn break_off(self) -> Result<(), Failure> {
        match self.objects {
            0 => Ok(()),
            _ => self.finish(),
        }
    }
}

/// `field` with spaces in place of what would end it.
fn unbroken(field: &str) -> Cow<'_, str> {
    const ENDS: [char; 3] = ['\t', '\n', '\r'];
    match field.contains(ENDS) {
        true => field.replace(ENDS, " ").into(),
        false => field.into(),
    }
}
