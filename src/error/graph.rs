//! Failures of graphs.

/// Failures of graphs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// A line that is no edge.
    #[error("{name}, line {line}: {problem}; write two nodes a line, and a weight if there is one")]
    Line {
        /// The source, as the user named it.
        name: String,
        /// The line, from 1.
        line: u64,
        /// What was found.
        problem: String,
    },
    /// A list without an edge.
    #[error(
        "{name}: no edge between two nodes; write two nodes a line, and a weight if there is one"
    )]
    NoEdges {
        /// The source, as the user named it.
        name: String,
    },
    /// An option of walks out of range.
    #[error("--{name} must be {range}, found {found}")]
    Option {
        /// Its name, without dashes.
        name: &'static str,
        /// The allowed range.
        range: &'static str,
        /// The value found.
        found: f64,
    },
}
