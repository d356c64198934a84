//! A run as its log tells it.

use std::path::Path;

use super::super::Failure;
use super::super::log::{Event, Record};

/// Marks the log within a report.
pub(super) const LOG_BEGINS: &str = "<script type=\"application/x-ndjson\" id=\"log\">\n";
pub(super) const LOG_ENDS: &str = "</script>";

/// A run and its name.
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) records: Vec<Record>,
}

impl Run {
    /// Reads a log, or the log in a report.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read(path).map_err(|e| w2v::Error::io(path, "read", e))?;
        let text = String::from_utf8_lossy(&text);
        let log = match text.split_once(LOG_BEGINS) {
            Some((_, rest)) => rest.split(LOG_ENDS).next().unwrap_or_default(),
            None => &text,
        };
        let mut records = Vec::new();
        for (number, line) in log.lines().enumerate() {
            match serde_json::from_str(line) {
                Ok(record) => records.push(record),
                // Where a full disk or a crash cut the log; a run that went on began a new line.
                Err(cut) if cut.is_eof() => {}
                Err(source) => {
                    return Err(Failure::NotALog {
                        path: path.to_path_buf(),
                        line: number + 1,
                        source,
                    });
                }
            }
        }
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if records.is_empty() {
            return Err(Failure::EmptyLog(path.to_path_buf()));
        }
        Ok(Self { name, records })
    }

    /// What `pick` takes from the last event that it takes something from.
    pub(super) fn last<'a, T>(&'a self, pick: impl Fn(&'a Event) -> Option<T>) -> Option<T> {
        self.records
            .iter()
            .rev()
            .find_map(|record| pick(&record.event))
    }

    /// A line of the training's records: seconds of training, and what `pick` takes.
    pub(super) fn curve(&self, pick: impl Fn(&Event) -> Option<f64>) -> Vec<(f64, f64)> {
        let scanned = self
            .records
            .iter()
            .find(|r| matches!(r.event, Event::Scanned { .. }));
        let began = scanned.map_or(0.0, |record| record.seconds);
        let points = self.records.iter().filter_map(|record| {
            let value = pick(&record.event)?;
            // Old logs tell the time since the run began only.
            let at = match record.event {
                Event::Training { train_seconds, .. } => train_seconds,
                _ => None,
            };
            Some((at.unwrap_or(record.seconds - began), value))
        });
        points.collect()
    }

    /// By how much the time left was wrong, in percent of the training's real time.
    pub(super) fn eta_errors(&self) -> Vec<(f64, f64)> {
        let trained = |event: &Event| match event {
            Event::Trained { train_seconds, .. } => Some(*train_seconds),
            _ => None,
        };
        let Some(real) = self.last(trained) else {
            return Vec::new();
        };
        let left = self.curve(|event| match event {
            Event::Training { seconds_left, .. } => *seconds_left,
            _ => None,
        });
        let error = |(at, left): (f64, f64)| (at, 100.0 * (at + left - real) / real.max(1e-9));
        left.into_iter().map(error).collect()
    }

    /// The largest of these errors after the first tenth of the training.
    pub(super) fn eta_error(&self) -> Option<f64> {
        let all = self.eta_errors();
        let end = all.last()?.0;
        let later = all.into_iter().filter(|(at, _)| *at >= end / 10.0);
        later.map(|(_, error)| error.abs()).reduce(f64::max)
    }

    /// The score on `set` at the end of each epoch.
    pub(super) fn scores(&self, set: &str) -> Vec<(f64, f64)> {
        let epochs = self.last(|event| match event {
            Event::Trained { loss, .. } => Some(loss.len()),
            _ => None,
        });
        let points = self.records.iter().filter_map(|record| {
            let (epoch, score) = match &record.event {
                Event::Scoring { epoch, score } => (*epoch, score),
                Event::Scored(score) => (epochs?, score),
                _ => return None,
            };
            (score.set == set).then_some((epoch as f64, score.value()?))
        });
        points.collect()
    }
}
