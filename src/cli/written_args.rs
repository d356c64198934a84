//! In what vectors are written, as typed.

use std::path::Path;

use w2v::embeddings::Dtype;
use w2v::format::{Format, Stored, Written};

use super::Failure;
use super::human;
use super::trainer_args::choice;

/// The format and the numbers of an output.
#[derive(Debug, clap::Args)]
pub(crate) struct WrittenArgs {
    /// Format of the output, whatever its name
    #[arg(short, long, value_name = "FORMAT", value_parser = format_names())]
    format: Option<String>,
    /// Numbers of 4 bytes (f32), 2 (f16) or 1 (i8, with a factor for each row); only the native format
    /// (.w2v) has the choice. What the smaller ones lose is measured and told
    #[arg(long, value_name = "TYPE", default_value = "f32")]
    #[arg(value_parser = choice(&Dtype::ALL, Dtype::name), hide_possible_values = true)]
    dtype: Dtype,
    /// Keep the numbers and write them as i8 besides: single questions are then answered
    /// faster; only the native format (.w2v) can
    #[arg(long)]
    quick: bool,
}

fn format_names() -> clap::builder::PossibleValuesParser {
    Format::writable()
        .map(Format::name)
        .collect::<Vec<_>>()
        .into()
}

impl WrittenArgs {
    /// The format that was asked for, by name or by the end of the output's.
    pub(crate) fn format(&self, output: &Path) -> Option<Format> {
        let asked = self.format.as_deref().and_then(Format::from_name);
        asked.or_else(|| Format::from_path(output))
    }

    /// The numbers, where `format` has the choice.
    pub(crate) fn numbers(&self, format: Format) -> Result<Stored, Failure> {
        let numbers = Stored {
            dtype: self.dtype,
            quick: self.quick,
        };
        if format != Format::Native && numbers != Stored::default() {
            return Err(Failure::NoDtype(format));
        }
        Ok(numbers)
    }
}

/// What is to be said about words and numbers that could not be written as they are.
pub(crate) fn losses(written: &Written, format: Format, numbers: Stored) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(first) = written.left_out.first() {
        let count = written.left_out.len();
        lines.push(format!(
            "{count} words that {format} cannot hold were left out, {first:?} first"
        ));
    }
    if written.beyond > 0 {
        let (rows, dtype) = (human::count(written.beyond as u64), numbers.dtype.name());
        lines.push(format!(
            "{rows} vectors hold numbers beyond what {dtype} can; its largest stands for them"
        ));
    }
    if written.output_left_out {
        lines.push(
            "the output rows were left out: they belong to vectors as they were trained, not to those \
             of length 1; recommend and train --continue want them"
                .to_owned(),
        );
    }
    lines
}
