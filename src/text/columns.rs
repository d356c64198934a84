//! Columns of a table, and which category each of their cells is.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// What stands for a cell without a value: `age=?`.
const MISSING: &str = "?";

/// Cells that hold no value, beside empty ones; capital letters or small.
const NOTHING: [&str; 8] = ["?", "na", "n/a", "#n/a", "<na>", "nan", "null", "none"];

/// A column and how its cells become categories. Stored in the model, so that a table is read later
/// as the one was that taught it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    name: String,
    kind: Kind,
}

/// What the cells of a column are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Names, each a category.
    Names,
    /// Numbers, each a category: `2` and `2.0` are one.
    Numbers,
    /// Numbers in bins: where each bin but the first begins, ascending and finite. Infinite numbers
    /// belong to the bins at the ends.
    Bins(Vec<f64>),
}

impl Column {
    pub(super) fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
        }
    }

    /// Its name in the header.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name in one line, as its categories begin.
    pub fn label(&self) -> String {
        let mut label = String::new();
        put_in_line(&self.name, &mut label);
        label
    }

    /// Into how many bins its numbers go, where they do.
    pub fn bins(&self) -> Option<usize> {
        match &self.kind {
            Kind::Bins(starts) => Some(starts.len() + 1),
            _ => None,
        }
    }

    /// Appends the category of `cell`: the column's name, `=`, and the value, the bounds of its bin
    /// (`30..45` is 30 or more and below 45) or `?` where there is none; in one line.
    pub fn category(&self, cell: &str, out: &mut String) {
        put_in_line(&self.name, out);
        out.push('=');
        let cell = cell.trim();
        // Writing to a string does not fail.
        let _ = match (&self.kind, value(cell)) {
            (_, Value::Missing) => out.write_str(MISSING),
            (Kind::Numbers, Value::Number(x)) => write!(out, "{x}"),
            (Kind::Bins(starts), Value::Number(x)) => bin(starts, x, out),
            _ => {
                put_in_line(cell, out);
                Ok(())
            }
        };
    }

    /// As it is stored: a line of JSON.
    pub fn store(&self) -> String {
        // A name and floats: nothing that JSON could refuse.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// What is in a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    Missing,
    Number(f64),
    Name,
}

/// What is in a cell without white space around it.
pub(super) fn value(cell: &str) -> Value {
    if cell.is_empty() || NOTHING.iter().any(|no| no.eq_ignore_ascii_case(cell)) {
        return Value::Missing;
    }
    match cell.parse::<f64>() {
        // With a sign, too.
        Ok(x) if x.is_nan() => Value::Missing,
        // Minus nought is nought.
        Ok(x) => Value::Number(x + 0.0),
        Err(_) => Value::Name,
    }
}

/// Appends `text`, its line ends as blanks.
fn put_in_line(text: &str, out: &mut String) {
    for (at, line) in text.split(['\n', '\r']).enumerate() {
        if at > 0 {
            out.push(' ');
        }
        out.push_str(line);
    }
}

fn bin(starts: &[f64], x: f64, out: &mut String) -> std::fmt::Result {
    let above = starts.partition_point(|start| *start <= x);
    if let Some(start) = above.checked_sub(1).and_then(|at| starts.get(at)) {
        write!(out, "{start}")?;
    }
    out.push_str("..");
    match starts.get(above) {
        Some(end) => write!(out, "{end}"),
        None => Ok(()),
    }
}
