//! The vectors of a table's cells.

use crate::embeddings::Embeddings;
use crate::error::{QueryError, Result};
use crate::text::{Column, TextOptions};

/// The vectors of a table's categories, by column.
#[derive(Debug)]
pub struct TableVectors<'e> {
    embeddings: &'e Embeddings,
    columns: Vec<Column>,
    /// Mean vector of each column's cells, which stands for categories that the model does not have.
    means: Vec<Vec<f32>>,
}

impl<'e> TableVectors<'e> {
    /// Those of a model of a table. All of it is read and checked.
    ///
    /// # Errors
    /// A model of something else, a damaged file.
    pub fn new(embeddings: &'e Embeddings) -> Result<Self> {
        embeddings.verify()?;
        let columns = TextOptions::from_map(&embeddings.metadata().text)?.table()?;
        if columns.is_empty() {
            return Err(QueryError::NoTable.into());
        }
        let means = columns.iter().map(|column| mean(embeddings, column));
        Ok(Self {
            means: means.collect(),
            embeddings,
            columns,
        })
    }

    /// The columns, in the order in which they were learnt.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Length of a cell's vector.
    pub fn dim(&self) -> usize {
        self.embeddings.dim()
    }

    /// Appends the vector of a cell of column `at` to `out`: the column's mean when the model does not
    /// have the cell's category. `category` then holds its name. Returns whether it was there.
    ///
    /// # Panics
    /// When there is no such column.
    pub fn cell(&self, at: usize, cell: &str, category: &mut String, out: &mut Vec<f32>) -> bool {
        category.clear();
        self.columns[at].category(cell, category);
        let id = self.embeddings.id(category);
        match id {
            Some(id) => out.extend_from_slice(&self.embeddings.vector(id)),
            None => out.extend_from_slice(&self.means[at]),
        }
        id.is_some()
    }
}

/// The mean vector of the cells of `column`.
fn mean(embeddings: &Embeddings, column: &Column) -> Vec<f32> {
    let label = column.label();
    let of_column = |id: &u32| {
        let rest = embeddings.word(*id).strip_prefix(label.as_str());
        rest.is_some_and(|rest| rest.starts_with('='))
    };
    let mut sum = vec![0.0_f64; embeddings.dim()];
    let mut cells = 0.0_f64;
    for id in (0..embeddings.len() as u32).filter(of_column) {
        // Files of other tools have no counts.
        let count = embeddings.count(id).max(1) as f64;
        cells += count;
        let row = embeddings.vector(id);
        sum.iter_mut()
            .zip(row.iter())
            .for_each(|(sum, x)| *sum += count * f64::from(*x));
    }
    sum.iter().map(|x| (x / cells.max(1.0)) as f32).collect()
}
