//! The lines nearest to a text.

use rayon::prelude::*;

use super::{Composer, LineVectors, component};
use crate::embeddings::inverse_norm;
use crate::error::{QueryError, Result};
use crate::kernels::Kernel;

/// A line and how near it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearLine {
    /// The line, from 0.
    pub line: usize,
    /// Cosine, -1 to 1.
    pub similarity: f32,
}

impl LineVectors {
    /// The `top` lines nearest to `text` by cosine, the nearest first, of equals the earlier. What
    /// was taken out of the lines is taken out of the text as well.
    ///
    /// # Errors
    /// A text of which no word is known, a damaged model.
    pub fn nearest(
        &self,
        composer: &Composer<'_>,
        text: &str,
        top: usize,
    ) -> Result<Vec<NearLine>> {
        let (mut query, _) = composer.text(text)?;
        if let Some(component) = self.component() {
            component::take_out(component, &mut query);
        }
        let scale = inverse_norm(&query);
        if scale == 0.0 {
            let what = format!("{text:?}");
            return Err(QueryError::NoDirection { what }.into());
        }
        let (kernel, dim) = (Kernel::best(), query.len());
        let rows = self.vectors.as_slice().unwrap_or_default();
        let rows = rows.par_chunks_exact(dim).enumerate();
        let mut all: Vec<NearLine> = rows
            .filter_map(|(line, row)| {
                let of_row = inverse_norm(row);
                let similarity = kernel.dot(&query, row) * scale * of_row;
                (of_row > 0.0).then_some(NearLine { line, similarity })
            })
            .collect();
        all.sort_unstable_by(|a, b| {
            let nearer = b.similarity.total_cmp(&a.similarity);
            nearer.then(a.line.cmp(&b.line))
        });
        all.truncate(top);
        Ok(all)
    }
}
