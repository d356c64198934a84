//! Tables whose rows are sets of categories, as typed.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use tempfile::NamedTempFile;
use w2v::Error;
use w2v::corpus::{ScanOptions, ScanProgress};
use w2v::error::TextError;
use w2v::format::Registration;
use w2v::text::{Column, Input, Learnt, SourceOptions, TableOptions, TextFormat, learn_columns};

use super::Failure;
use super::human;
use super::interrupt::Interrupt;
use super::progress::Talk;
use super::scan::or_interrupted;

/// The table's columns.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Tables (--input table)")]
pub(crate) struct TableArgs {
    /// Columns whose categories get vectors [default: all]
    #[arg(long, value_name = "A,B,...", value_parser = names)]
    columns: Option<Names>,
    /// Columns to leave out: the label, say
    #[arg(long, value_name = "A,B,...", value_parser = names)]
    except: Option<Names>,
    /// Columns of numbers that are names (postal codes), each a category
    #[arg(long, value_name = "A,B,...", value_parser = names)]
    names: Option<Names>,
    /// Bins of about as many rows each, for the numbers of a column with more different ones; an
    /// infinite number goes to the bin at its end, NaN counts as no value [default: 10]
    #[arg(long, value_name = "N")]
    bins: Option<NonZeroUsize>,
}

/// Names with commas between.
#[derive(Debug, Clone, Default)]
struct Names(Vec<String>);

fn names(typed: &str) -> Result<Names, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(typed.as_bytes());
    let first = reader.records().next();
    let first = first.ok_or("expected names of columns, with commas between")?;
    let first = first.map_err(|error| error.to_string())?;
    Ok(Names(first.iter().map(|n| n.trim().to_owned()).collect()))
}

/// A scan of a table, and the copy of standard input that it reads.
pub(crate) struct TableScan {
    pub(crate) scan: ScanOptions,
    _copy: Option<StdinCopy>,
}

/// A file that goes away with this, or when the process ends itself.
type StdinCopy = (NamedTempFile, Registration);

impl TableArgs {
    fn options(&self) -> TableOptions {
        let list = |names: &Option<Names>| names.clone().unwrap_or_default().0;
        let usual = TableOptions::default();
        TableOptions {
            columns: list(&self.columns),
            except: list(&self.except),
            names: list(&self.names),
            bins: self.bins.map_or(usual.bins, NonZeroUsize::get),
        }
    }

    /// Names and values, as asked for.
    pub(crate) fn describe(&self) -> BTreeMap<String, String> {
        let options = self.options();
        let lists = [
            ("columns", options.columns),
            ("except", options.except),
            ("names", options.names),
        ];
        let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
        let lists = lists.map(|(name, list)| (name, list.join(",")));
        let all = lists.chain([("bins", options.bins.to_string())]);
        all.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Finds out what the columns hold, unless the model that is trained further knows, and turns rows
    /// into items.
    pub(crate) fn learn(
        &self,
        scan: &ScanOptions,
        talk: &mut Talk,
        interrupt: &Interrupt,
    ) -> Result<TableScan, Failure> {
        let mut scan = scan.clone();
        let mut columns = scan.text.table()?;
        let mut copy = None;
        if columns.is_empty() {
            if scan.inputs.contains(&Input::Stdin) {
                copy = Some(copied(&mut scan)?);
            }
            let learnt = self.look(&scan, talk, interrupt)?;
            tell(&learnt, talk);
            if let [only] = learnt.columns.as_slice() {
                let tables: Vec<String> = scan.inputs.iter().map(Input::to_string).collect();
                let problem = format!(
                    "only one column has more than one value ({}), so no two categories stand together in a row",
                    only.label()
                );
                let tables = tables.join(", ");
                return Err(Error::from(TextError::Table { tables, problem }).into());
            }
            columns = learnt.columns;
        }
        scan.sources.format = TextFormat::Categories { columns };
        Ok(TableScan { scan, _copy: copy })
    }

    fn look(
        &self,
        scan: &ScanOptions,
        talk: &mut Talk,
        interrupt: &Interrupt,
    ) -> Result<Learnt, Failure> {
        let sources: &SourceOptions = &scan.sources;
        let learnt = learn_columns(&scan.inputs, sources, &self.options(), &mut |bytes_read| {
            talk.scanning(&ScanProgress {
                bytes_read,
                ..ScanProgress::default()
            });
            !interrupt.asked()
        });
        talk.done();
        or_interrupted(learnt, interrupt)
    }
}

/// Standard input in a file, for it is read twice.
fn copied(scan: &mut ScanOptions) -> Result<StdinCopy, Failure> {
    let folder = scan.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
    let copy = || {
        let mut copy = NamedTempFile::new_in(&folder)?;
        let registration = Registration::new(copy.path());
        std::io::copy(&mut std::io::stdin().lock(), &mut copy)?;
        Ok((copy, registration))
    };
    let copy = copy().map_err(|e| Error::io(&folder, "copy standard input to", e))?;
    for input in &mut scan.inputs {
        if *input == Input::Stdin {
            *input = Input::Path(copy.0.path().to_path_buf());
        }
    }
    Ok(copy)
}

fn tell(learnt: &Learnt, talk: &Talk) {
    let binned: Vec<String> = (learnt.columns.iter())
        .filter(|column| column.bins().is_some())
        .map(Column::label)
        .collect();
    talk.line(&format!(
        "table of {} rows; {} {} of categories{}",
        human::count(learnt.rows),
        learnt.columns.len(),
        match learnt.columns.len() {
            1 => "column",
            _ => "columns",
        },
        match binned.is_empty() {
            true => String::new(),
            false => format!(
                ", {} of numbers in bins: {}",
                binned.len(),
                binned.join(", ")
            ),
        }
    ));
    if !learnt.constant.is_empty() {
        talk.line(&format!(
            "note: left out, since all rows are alike there: {}",
            learnt.constant.join(", ")
        ));
    }
}
