//! `w2v convert`.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use w2v::Error;
use w2v::embeddings::Embeddings;
use w2v::format::{self, Format, ReadOptions, Stored, WriteOptions, folder_of, word_of_bytes};

use super::ask::BYTE_ORDER_MARK;
use super::failure::Failure;
use super::human;
use super::interrupt::Interrupt;
use super::loss;
use super::model::note;
use super::paths::{check_apart, named};
use super::written_args::{WrittenArgs, losses};

const EXAMPLES: &str = "\
Examples:
  w2v convert GoogleNews-vectors-negative300.bin.gz news.w2v
  w2v convert vectors.w2v vectors.txt --limit 50000 --normalize
  w2v convert vectors.w2v vectors.npy --padding-row --unknown-row     for a network
  w2v convert vectors.w2v small.w2v --dtype i8

The format of IN is told by its content; gzip and zstd are unpacked. The format of OUT is told by
the end of its name (.w2v .bin .txt .vec .glove .npy .safetensors .fifu .tsv) or by --format.
The words of .npy and .safetensors stand beside them in OUT's name with .vocab.txt, one a line;
those of .tsv (TensorBoard) in metadata.tsv.";

/// Any format of vectors into any other
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// File of vectors to read
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// File to write
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Only the N most frequent words (the first ones of a file without counts)
    #[arg(short, long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// Only the words in FILE, one a line
    #[arg(short, long, value_name = "FILE")]
    words: Option<PathBuf>,
    /// Scale every vector to length 1
    #[arg(short, long)]
    normalize: bool,
    /// Put a row of zeros first, as networks want it for padding
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_missing_value = "<pad>")]
    padding_row: Option<String>,
    /// Put a row for unknown words first (behind that for padding): the vector of NAME, or
    /// where there is none the mean of those that are written, rows of zeros left out
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_missing_value = "<unk>")]
    unknown_row: Option<String>,
    #[command(flatten)]
    written: WrittenArgs,
    /// Leave out words that OUT's format cannot hold, instead of refusing
    #[arg(long)]
    skip_unwritable: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

impl Args {
    /// Refuses to write over what is read. IN itself may be replaced: what is written takes its name when all of it
    /// is there.
    fn check_paths(&self, format: Format, words_in: &Option<PathBuf>) -> Result<(), Failure> {
        let lists = named("--words", self.words.as_slice());
        let words = named("the words of IN", words_in.as_slice());
        let beside = named("the file beside OUT", &format.beside(&self.output));
        let input = ("IN", self.input.clone());
        check_apart(&beside, &[&lists[..], &[input]].concat())?;
        check_apart(
            &[("OUT", self.output.clone())],
            &[&lists[..], &words].concat(),
        )?;
        // Matrices of one folder may share their words: whether these stay as they are is seen where they are written.
        let folder = |path: &Path| folder_of(path).canonicalize().ok();
        match folder(&self.input) == folder(&self.output) {
            true => Ok(()),
            false => check_apart(&beside, &words),
        }
    }
}

/// Reads, chooses and writes.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let format = args.written.format(&args.output);
    let format = format.ok_or_else(|| Failure::NoFormat(args.output.clone()))?;
    let numbers = args.written.numbers(format)?;
    let interrupt = Interrupt::install_at_once()?;
    format::probe_output(&args.output)?;
    let list = args.words.as_deref().map(read_list).transpose()?;
    let mut options = WriteOptions {
        limit: args.limit.map(NonZeroUsize::get),
        words: None,
        normalize: args.normalize,
        padding_row: args.padding_row.clone(),
        unknown_row: args.unknown_row.clone(),
        skip_unwritable: args.skip_unwritable,
        numbers,
    };
    options.check()?;
    // Words that are asked for by name may stand anywhere.
    let by_name = list.is_some() || options.unknown_row.is_some();
    let limit = options.limit.filter(|_| !by_name);
    let reading = ReadOptions {
        limit: limit.unwrap_or(usize::MAX),
        in_place: true,
    };
    let (embeddings, report) = format::read(&args.input, &reading)?;
    args.check_paths(format, &report.words_in)?;
    options.words = list.map(|list| listed(&list, &embeddings));
    let words = options.words.iter().flatten();
    let missing = words.filter(|w| embeddings.id(w).is_none()).count();
    let written = format::save_as(&args.output, format, &embeddings, &options)?;
    interrupt.wrote(&args.output);
    if args.quiet {
        return Ok(());
    }
    report.notes().iter().for_each(|text| note(text));
    if options.numbers != Stored::default()
        && let Some(line) = loss::measured(&embeddings, &args.output)?
    {
        note(&line);
    }
    if missing > 0 {
        note(&format!("{missing} of the words asked for are not there"));
    }
    let losses = losses(&written, format, numbers);
    losses.iter().for_each(|line| note(line));
    let size = std::fs::metadata(&args.output).map_or(0, |about| about.len());
    note(&format!(
        "wrote {}: {} words x {} as {format}, {}",
        args.output.display(),
        human::count(written.words as u64),
        embeddings.dim(),
        human::bytes(size)
    ));
    Ok(())
}

fn read_list(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(std::fs::read(path).map_err(|e| Error::io(path, "read", e))?)
}

/// The words that the lines of a list name. A line may spell a word's bytes, no UTF-8 perhaps, or the word as it is
/// shown, with characters in the place of such bytes.
fn listed(list: &[u8], model: &Embeddings) -> HashSet<String> {
    let list = list.strip_prefix(BYTE_ORDER_MARK).unwrap_or(list);
    let lines = list.split(|&byte| byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let word = |line: &[u8]| match std::str::from_utf8(line) {
        Ok(shown) if model.id(shown).is_some() => shown.to_owned(),
        _ => word_of_bytes(line).into_owned(),
    };
    lines.filter(|line| !line.is_empty()).map(word).collect()
}
