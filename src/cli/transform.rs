//! `w2v transform`.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use w2v::Error;
use w2v::compose::TableVectors;
use w2v::corpus::ScanFacts;
use w2v::format::{self, AtomicFile};
use w2v::text::{Input, SourceCounters, SourceOptions, TableReader};

use super::Failure;
use super::human;
use super::interrupt::Interrupt;
use super::model::{ModelArgs, note};
use super::output::stdout;
use super::paths::{check_apart, named};
use super::scan::of_replaced;
use super::text_args::encoding;
use super::trainer_args::choice;

/// Categories that are named where there is no vector for them, a column.
const NAMED: usize = 3;

const EXAMPLES: &str = "\
Examples:
  w2v train table.csv --input table --except label -o table.w2v
  w2v transform table.csv -m table.w2v -o numbers.csv
  w2v transform new.csv -m table.w2v -o new.npy

Each column that the model knows becomes so many columns as its vectors have numbers (age_0, age_1,
...); the others stay as they are. A NumPy array holds the vectors only. A category that the model
does not have gets the mean vector of its column's cells, and is counted.";

/// A table with vectors in the place of its categories
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The table (CSV, TSV) with a header line, or `-` for standard input; plain or compressed
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// Where to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How: csv; tsv; npy, a NumPy array [default: by the end of FILE's name, else csv]
    #[arg(long, value_parser = choice(Shape::ALL, Shape::name))]
    format: Option<Shape>,
    /// Keep the categories beside their vectors
    #[arg(long)]
    keep: bool,
    /// Leave out rows with too few or too many columns instead of stopping
    #[arg(long)]
    skip_bad_lines: bool,
    /// Character encoding, such as latin1 or gb18030 [default: UTF-8; UTF-16 with its mark]
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    encoding: Option<String>,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    model: ModelArgs,
}

/// How the table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Csv,
    Tsv,
    Npy,
}

impl Shape {
    const ALL: &'static [Self] = &[Self::Csv, Self::Tsv, Self::Npy];

    fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Npy => "npy",
        }
    }

    fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        Self::ALL.iter().copied().find(|s| s.name() == extension)
    }
}

/// Reads, looks up, writes.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let by_name = || args.output.as_deref().and_then(Shape::of);
    let shape = args.format.or_else(by_name).unwrap_or(Shape::Csv);
    if args.keep && shape == Shape::Npy {
        return Err(Failure::NoNames);
    }
    check_apart(
        &named("--output", args.output.as_slice()),
        &[("the table", args.table.clone()), args.model.named()],
    )?;
    Interrupt::install_at_once()?;
    if let Some(path) = &args.output {
        format::probe_output(path)?;
    }
    let model = args.model.open()?.embeddings;
    let counters = Arc::new(SourceCounters::default());
    let mut work = Work {
        table: args.open(&counters)?,
        vectors: TableVectors::new(&model)?,
        shape,
        keep: args.keep,
        rows: 0,
        unseen: BTreeMap::new(),
    };
    match &args.output {
        None => {
            let mut out = BufWriter::new(stdout());
            work.write(&mut out, Failure::Stdout)?;
            out.flush().map_err(Failure::Stdout)?;
        }
        Some(path) => {
            let mut file = AtomicFile::create(path)?;
            work.write(&mut file, |e| Error::io(path, "write", e).into())?;
            file.commit()?;
        }
    }
    if !args.quiet {
        work.tell(&counters);
    }
    Ok(())
}

impl Args {
    fn open(&self, counters: &Arc<SourceCounters>) -> Result<TableReader, Failure> {
        let input = match self.table.as_os_str() == "-" {
            true => Input::Stdin,
            false => Input::Path(self.table.clone()),
        };
        let sources = SourceOptions {
            encoding: self.encoding.clone(),
            skip_bad_lines: self.skip_bad_lines,
            ..SourceOptions::default()
        };
        let table = TableReader::open(&input, &sources, counters)?;
        table.ok_or_else(|| Failure::NoHeader(self.table.clone()))
    }
}

/// A table on its way.
struct Work<'e> {
    table: TableReader,
    vectors: TableVectors<'e>,
    shape: Shape,
    keep: bool,
    rows: usize,
    /// For each column the cells without a vector of their own, and some of their categories.
    unseen: BTreeMap<usize, (u64, Vec<String>)>,
}

impl Work<'_> {
    /// Writes the table; `failed` makes a failure of what the output says.
    fn write(
        &mut self,
        out: &mut dyn Write,
        failed: impl Fn(io::Error) -> Failure,
    ) -> Result<(), Failure> {
        let places = self.places()?;
        match self.shape {
            Shape::Npy => self.array(&places, out, &failed),
            Shape::Csv => self.text((&places, b','), out, &failed),
            Shape::Tsv => self.text((&places, b'\t'), out, &failed),
        }
    }

    /// For each column of the table which of the model's it is.
    fn places(&self) -> Result<Vec<Option<usize>>, Failure> {
        let mut places = vec![None; self.table.names().len()];
        for (at, column) in self.vectors.columns().iter().enumerate() {
            places[self.table.column(column.name())?] = Some(at);
        }
        Ok(places)
    }

    /// The names of what is written: columns that stay, and numbers of vectors.
    fn header(&self, places: &[Option<usize>]) -> Result<Vec<String>, Failure> {
        let columns = || self.table.names().iter().zip(places);
        let stay = |at: &Option<usize>| at.is_none() || self.keep;
        let staying = columns().filter(|(_, at)| stay(at)).map(|(name, _)| name);
        let staying: HashSet<&String> = staying.collect();
        let mut header = Vec::new();
        for (name, at) in columns() {
            if stay(at) {
                header.push(name.clone());
            }
            for number in 0..at.map_or(0, |_| self.vectors.dim()) {
                let column = format!("{name}_{number}");
                if staying.contains(&column) {
                    let name = name.clone();
                    return Err(Failure::SameColumn { column, name });
                }
                header.push(column);
            }
        }
        Ok(header)
    }

    fn array(
        &mut self,
        places: &[Option<usize>],
        out: &mut dyn Write,
        failed: &impl Fn(io::Error) -> Failure,
    ) -> Result<(), Failure> {
        let mut all = Vec::new();
        while self.table.next(places.len())? {
            self.rows += 1;
            for (place, at) in places.iter().enumerate() {
                if let Some(at) = at {
                    self.cell(*at, place, &mut all);
                }
            }
        }
        let columns = self.vectors.columns().len() * self.vectors.dim();
        let write = |out: &mut dyn Write| {
            out.write_all(&format::npy_header(self.rows, columns))?;
            let mut bytes = all.iter().map(|x| x.to_le_bytes());
            bytes.try_for_each(|bytes| out.write_all(&bytes))
        };
        write(out).map_err(failed)
    }

    fn text(
        &mut self,
        (places, delimiter): (&[Option<usize>], u8),
        out: &mut dyn Write,
        failed: &impl Fn(io::Error) -> Failure,
    ) -> Result<(), Failure> {
        let failed = |error: csv::Error| match error.into_kind() {
            csv::ErrorKind::Io(error) => failed(error),
            other => failed(io::Error::other(format!("{other:?}"))),
        };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .from_writer(out);
        writer.write_record(self.header(places)?).map_err(failed)?;
        let mut vector = Vec::new();
        while self.table.next(places.len())? {
            self.rows += 1;
            for (place, at) in places.iter().enumerate() {
                if at.is_none() || self.keep {
                    writer.write_field(self.table.raw(place)).map_err(failed)?;
                }
                vector.clear();
                if let Some(at) = at {
                    self.cell(*at, place, &mut vector);
                }
                for x in &vector {
                    writer.write_field(x.to_string()).map_err(failed)?;
                }
            }
            writer.write_record(None::<&[u8]>).map_err(failed)?;
        }
        writer.flush().map_err(|e| failed(e.into()))
    }

    /// Appends the vector of a cell, and counts it where it has none of its own.
    fn cell(&mut self, at: usize, place: usize, out: &mut Vec<f32>) {
        let mut category = String::new();
        let cell = self.table.cell(place);
        if self.vectors.cell(at, &cell, &mut category, out) {
            return;
        }
        let (count, named) = self.unseen.entry(at).or_default();
        *count += 1;
        if named.len() < NAMED && !named.contains(&category) {
            named.push(category);
        }
    }

    /// Says what was odd.
    fn tell(&self, counters: &SourceCounters) {
        let facts = ScanFacts {
            bytes: counters.bytes_of_text.load(Ordering::Relaxed),
            replaced: counters.replaced.load(Ordering::Relaxed),
            ..ScanFacts::default()
        };
        of_replaced(&facts).iter().for_each(|text| note(text));
        let skipped = counters.skipped.load(Ordering::Relaxed);
        if skipped > 0 {
            let rows = human::count(skipped);
            note(&format!(
                "note: left out {rows} rows with too few or too many columns"
            ));
        }
        for (at, (count, named)) in &self.unseen {
            note(&format!(
                "note: {} of {} cells of {} are not in the model ({}...) and got the column's mean",
                human::count(*count),
                human::count(self.rows as u64),
                self.vectors.columns()[*at].label(),
                named.join(", "),
            ));
        }
    }
}
