//! What the columns of a table hold: one pass over its rows, before they are turned into items.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::columns::{Column, Kind, Value, value};
use super::{Input, SourceCounters, SourceOptions, TableReader, expand};
use crate::error::{Result, TextError};

/// Numbers of a column that are kept to cut bins by; of more, every second is kept, every fourth...
const SAMPLE: usize = 1 << 18;

/// Rows between two calls of the callback.
const OFTEN: u64 = 1 << 12;

/// Which columns, and how numbers are binned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableOptions {
    /// These columns; all when there are none.
    pub columns: Vec<String>,
    /// Not these.
    pub except: Vec<String>,
    /// Columns whose numbers are names, each a category.
    pub names: Vec<String>,
    /// Bins of about as many rows each, for columns of more different numbers.
    pub bins: usize,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            except: Vec::new(),
            names: Vec::new(),
            bins: 10,
        }
    }
}

/// What the columns of a table hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Learnt {
    /// Those that say something, in the order asked for or else of the header.
    pub columns: Vec<Column>,
    /// Labels of those that have one value only, which says nothing.
    pub constant: Vec<String>,
    /// Rows that were read.
    pub rows: u64,
}

/// Reads tables, the first one's header first, and finds out what their columns hold. `watch` is
/// given the bytes read and may stop it.
///
/// # Errors
/// A table that cannot be read, has not the columns or no rows; an interruption.
pub fn learn_columns(
    inputs: &[Input],
    sources: &SourceOptions,
    options: &TableOptions,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<Learnt> {
    let counters = Arc::new(SourceCounters::default());
    let files = expand(inputs, sources)?;
    let names: Vec<String> = files.iter().map(Input::to_string).collect();
    let tables = names.join(", ");
    let (mut seen, mut rows) = (Vec::new(), 0);
    for input in &files {
        let Some(mut table) = TableReader::open(input, sources, &counters)? else {
            continue;
        };
        if seen.is_empty() {
            seen = chosen(table.names(), options, &input.to_string())?;
        }
        for column in &mut seen {
            column.at = table.column(&column.name)?;
        }
        let least = seen.iter().map(|column| column.at + 1).max().unwrap_or(0);
        while table.next(least)? {
            for column in &mut seen {
                column.see(&table.cell(column.at), options.bins);
            }
            rows += 1;
            let read = || counters.bytes_read.load(Ordering::Relaxed);
            if rows % OFTEN == 1 && !watch(read()) {
                return Err(TextError::Interrupted.into());
            }
        }
    }
    finish(seen, rows, options.bins).map_err(|problem| TextError::Table { tables, problem }.into())
}

fn finish(seen: Vec<Seen>, rows: u64, bins: usize) -> std::result::Result<Learnt, String> {
    if rows == 0 {
        return Err("no row below the header".to_owned());
    }
    let (constant, varied): (Vec<Seen>, Vec<Seen>) = seen.into_iter().partition(|c| !c.varies);
    let label = |column: &Seen| Column::new(&column.name, Kind::Names).label();
    let constant: Vec<String> = constant.iter().map(label).collect();
    if varied.is_empty() {
        let columns = constant.join(", ");
        return Err(format!("each column has one value only ({columns})"));
    }
    Ok(Learnt {
        columns: varied.into_iter().map(|c| c.finish(bins)).collect(),
        constant,
        rows,
    })
}

/// The columns that were asked for.
fn chosen(header: &[String], options: &TableOptions, table: &str) -> Result<Vec<Seen>> {
    let asked = [&options.columns, &options.except, &options.names];
    for name in asked.into_iter().flatten() {
        if !header.contains(name) {
            return Err(TextError::NoColumn {
                name: table.to_owned(),
                column: name.clone(),
                columns: header.join(", "),
            }
            .into());
        }
    }
    let all = match options.columns.is_empty() {
        true => header,
        false => &options.columns,
    };
    let refuse = |problem| {
        let tables = table.to_owned();
        Err(TextError::Table { tables, problem }.into())
    };
    let mut seen: Vec<Seen> = Vec::new();
    for name in all.iter().filter(|name| !options.except.contains(name)) {
        if seen.iter().any(|other| other.name == *name) {
            return refuse(match options.columns.is_empty() {
                true => format!("two columns are called {name:?}"),
                false => format!("--columns names {name:?} twice"),
            });
        }
        if let Some(other) = seen.iter().find(|other| may_meet(&other.name, name)) {
            let other = &other.name;
            return refuse(format!(
                "categories of {other:?} and {name:?} may have one name"
            ));
        }
        seen.push(Seen::new(name, options.names.contains(name)));
    }
    if seen.is_empty() {
        let all = all.join(", ");
        return refuse(format!("--except leaves none of the columns ({all})"));
    }
    Ok(seen)
}

/// Whether categories of two columns may have one name: `a=b=c` is one of `a` and one of `a=b`.
fn may_meet(one: &str, other: &str) -> bool {
    let begins = |long: &str, short: &str| {
        let rest = long.strip_prefix(short);
        rest.is_some_and(|rest| rest.starts_with('='))
    };
    begins(one, other) || begins(other, one)
}

/// A column as far as it was read.
struct Seen {
    name: String,
    /// Where it stands in the table at hand.
    at: usize,
    /// Whether its values are names, whatever they look like.
    names: bool,
    first: Option<String>,
    varies: bool,
    /// Different numbers, up to one more than there are bins.
    different: HashSet<u64>,
    numbers: Vec<f64>,
    /// Every so many numbers one is kept.
    stride: u64,
    count: u64,
}

impl Seen {
    fn new(name: &str, names: bool) -> Self {
        Self {
            name: name.to_owned(),
            at: 0,
            names,
            first: None,
            varies: false,
            different: HashSet::new(),
            numbers: Vec::new(),
            stride: 1,
            count: 0,
        }
    }

    fn see(&mut self, cell: &str, bins: usize) {
        let found = value(cell);
        if !self.varies {
            // What is one category must be one value here, too.
            let mut category = String::new();
            Column::new("", self.kind_of_equal()).category(cell, &mut category);
            match &self.first {
                None => self.first = Some(category),
                Some(first) => self.varies = *first != category,
            }
        }
        match found {
            Value::Name => self.names = true,
            // Nothing begins at an infinite number: it belongs to the bin at its end.
            Value::Number(x) if !self.names && x.is_finite() => self.number(x, bins),
            _ => {}
        }
    }

    fn kind_of_equal(&self) -> Kind {
        match self.names {
            true => Kind::Names,
            false => Kind::Numbers,
        }
    }

    fn number(&mut self, x: f64, bins: usize) {
        if self.different.len() <= bins {
            self.different.insert(x.to_bits());
        }
        if self.count.is_multiple_of(self.stride) {
            if self.numbers.len() == SAMPLE {
                self.numbers = self.numbers.iter().copied().step_by(2).collect();
                self.stride *= 2;
            }
            if self.count.is_multiple_of(self.stride) {
                self.numbers.push(x);
            }
        }
        self.count += 1;
    }

    fn finish(mut self, bins: usize) -> Column {
        let kind = if self.names {
            Kind::Names
        } else if self.different.len() <= bins {
            Kind::Numbers
        } else {
            self.numbers.sort_unstable_by(f64::total_cmp);
            Kind::Bins(starts(&self.numbers, bins))
        };
        Column::new(&self.name, kind)
    }
}

/// Where each bin but the first begins: at the quantiles of sorted numbers, each once. Where the least
/// number fills whole bins it has one to itself.
fn starts(sorted: &[f64], bins: usize) -> Vec<f64> {
    let least = sorted.first().copied().unwrap_or_default();
    let second = sorted.get(sorted.partition_point(|x| *x <= least));
    let quantiles = (1..bins).filter_map(|i| sorted.get(i * sorted.len() / bins));
    let quantiles = quantiles.filter_map(|x| if *x > least { Some(x) } else { second });
    let mut starts: Vec<f64> = quantiles.copied().collect();
    starts.dedup();
    starts
}
