//! Events of users: read from tables, grouped by user and sorted by time, in memory or out of it.

use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;

use super::dates::{FORMS, put_date};
use super::runs::{Sorted, Sorter};
use super::table::put_item;
use super::{Input, SourceCounters, SourceOptions, TableReader};
use crate::error::Result;

/// The memory that sorting takes where none is given.
const USUAL_MEMORY: u64 = 1 << 30;

/// Bytes after which a user's line is cut: lines of more than a block would be cut anywhere.
const LONGEST: usize = 1 << 19;

/// Which columns tell what, and with what memory events are sorted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventOptions {
    /// Name of the column of users.
    pub user: String,
    /// Name of the column of items.
    pub item: String,
    /// Name of the column of times: all numbers, or all dates, which begin with the year and go on with
    /// ever smaller parts of time, then AM or PM and a zone where there are such (UTC where there is none).
    pub time: String,
    /// Bytes of memory to keep to; what goes beyond is sorted in temporary files.
    pub memory: Option<u64>,
    /// The folder of temporary files; the system's when there is none.
    pub temp_dir: Option<PathBuf>,
}

/// The events of all `inputs`, sorted: a line of items a user.
pub(super) fn sort(
    inputs: &[Input],
    (sources, options): (&SourceOptions, &EventOptions),
    counters: &Arc<SourceCounters>,
) -> Result<EventLines> {
    let memory = options.memory.unwrap_or(USUAL_MEMORY);
    let folder = options.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
    let mut sorter = Sorter::new(memory / 2, folder);
    let mut times = None;
    for input in inputs {
        if let Some(mut rows) = TableReader::open(input, sources, counters)? {
            read(&mut rows, options, (&mut sorter, &mut times))?;
        }
    }
    Ok(EventLines {
        events: sorter.finish()?,
        user: Vec::new(),
        ready: Vec::new(),
        at: 0,
        line: 0,
    })
}

/// Reads one table's events; their times are as those before.
fn read(
    rows: &mut TableReader,
    options: &EventOptions,
    (sorter, times): (&mut Sorter, &mut Option<Time>),
) -> Result<()> {
    let names = [&options.user, &options.item, &options.time];
    let mut at = [0; 3];
    for (at, name) in at.iter_mut().zip(names) {
        *at = rows.column(name)?;
    }
    let least = at.iter().max().map_or(0, |last| last + 1);
    let mut key = Vec::new();
    while rows.next(least)? {
        let [user, item, time] = at.map(|at| rows.cell(at));
        let empty = [&user, &item, &time]
            .iter()
            .position(|cell| cell.is_empty());
        if let Some(column) = empty {
            rows.bad(format!("nothing in column {:?}", names[column]))?;
            continue;
        }
        key.clear();
        put_user(user.as_bytes(), &mut key);
        let user_len = key.len();
        let Some(kind) = put_time(&time, &mut key) else {
            rows.bad(format!(
                "the time {time:?} is neither a number nor a date such as {FORMS}"
            ))?;
            continue;
        };
        let before = *times.get_or_insert(kind);
        if kind != before {
            rows.bad(format!(
                "the time {time:?} is a {}, those before are {}s",
                kind.name(),
                before.name()
            ))?;
            continue;
        }
        sorter.add(&key, user_len, item.as_bytes())?;
    }
    Ok(())
}

/// A user so that no user's bytes begin another's: an end, and NUL bytes told from it.
fn put_user(user: &[u8], key: &mut Vec<u8>) {
    for byte in user {
        key.push(*byte);
        if *byte == 0 {
            key.push(1);
        }
    }
    key.extend_from_slice(&[0, 0]);
}

/// How a time is written.
#[derive(Clone, Copy, PartialEq)]
enum Time {
    Number,
    Text,
}

impl Time {
    fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Text => "text",
        }
    }
}

/// A time as bytes that sort as times do; `None` where it is none.
fn put_time(time: &str, key: &mut Vec<u8>) -> Option<Time> {
    if let Ok(number) = time.parse::<f64>() {
        // The order of floats is that of their bits, but for the sign.
        let bits = (number + 0.0).to_bits();
        let flip = if bits >> 63 == 1 { u64::MAX } else { 1 << 63 };
        key.extend_from_slice(&(bits ^ flip).to_be_bytes());
        return number.is_finite().then_some(Time::Number);
    }
    put_date(time, key).map(|()| Time::Text)
}

/// A line a user: the items in their order, as the `items` tokenizer reads them.
pub(super) struct EventLines {
    events: Sorted,
    user: Vec<u8>,
    ready: Vec<u8>,
    at: usize,
    /// Bytes of the line at hand.
    line: usize,
}

impl EventLines {
    /// The next event into `ready`; false at the end.
    fn next(&mut self) -> std::io::Result<bool> {
        self.ready.clear();
        self.at = 0;
        let Some(event) = self.events.next()? else {
            return Ok(false);
        };
        if event.user() != self.user || self.line > LONGEST {
            if self.line > 0 {
                self.ready.push(b'\n');
            }
            self.line = 0;
            self.user.clear();
            self.user.extend_from_slice(event.user());
        }
        let before = self.ready.len();
        put_item(&String::from_utf8_lossy(event.item()), &mut self.ready);
        self.line += self.ready.len() - before;
        Ok(true)
    }
}

impl Read for EventLines {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.ready.len() && !self.next()? {
            return Ok(0);
        }
        let rest = &self.ready[self.at..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

/// The lines in larger pieces.
pub(super) fn buffered(lines: EventLines) -> Box<dyn Read + Send> {
    Box::new(BufReader::with_capacity(1 << 16, lines))
}
