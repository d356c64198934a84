//! The map as a table, for spreadsheets and for viewers of other people.

use std::io::Write;

use serde_json::json;

use super::WordMap;

/// A form of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Columns word, count, x, y, cluster, category; the first line names them.
    Csv,
    /// The same, parted by tabs.
    Tsv,
    /// One JSON object a line, with the neighbours besides: the rows of the nearest words from 0,
    /// and their distances, 1 - cosine.
    Jsonl,
}

impl Table {
    /// Writes the words of `map`, one a line.
    ///
    /// # Errors
    /// What `out` refuses.
    pub fn write(self, map: &WordMap, out: &mut dyn Write) -> std::io::Result<()> {
        match self {
            Self::Csv => separated(map, b',', out),
            Self::Tsv => separated(map, b'\t', out),
            Self::Jsonl => (0..map.len()).try_for_each(|row| object(map, row, out)),
        }
    }
}

fn separated(map: &WordMap, delimiter: u8, out: &mut dyn Write) -> std::io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(out);
    writer.write_record(["word", "count", "x", "y", "cluster", "category"])?;
    for (row, [x, y]) in map.points().iter().enumerate() {
        let numbers = [
            map.words().count(row as u32).to_string(),
            x.to_string(),
            y.to_string(),
        ];
        let [count, x, y] = &numbers;
        let cluster = map.clusters().of[row].to_string();
        let category = map.category(row).unwrap_or_default();
        writer.write_record([map.word(row), count, x, y, &cluster, category])?;
    }
    writer.flush()
}

fn object(map: &WordMap, row: usize, out: &mut dyn Write) -> std::io::Result<()> {
    let [x, y] = map.points()[row];
    let graph = map.graph();
    let distances = graph.cosines(row).iter().map(|cosine| 1.0 - cosine);
    let value = json!({
        "word": map.word(row),
        "count": map.words().count(row as u32),
        "x": x,
        "y": y,
        "cluster": map.clusters().of[row],
        "category": map.category(row),
        "neighbors": { "ids": graph.ids(row), "distances": distances.collect::<Vec<f32>>() },
    });
    writeln!(out, "{value}")
}
