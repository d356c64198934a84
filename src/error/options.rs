//! Failures of what the user asked for.

/// Options out of range or at odds with each other.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// A number outside its range.
    #[error("--{name}: expected {range}, found {found}")]
    OutOfRange {
        /// The option, without dashes.
        name: &'static str,
        /// What is allowed, for people.
        range: &'static str,
        /// What was given.
        found: f64,
    },
    /// An option that only means something beside another.
    #[error("--{name}: means something only with {needs}: add that, or leave it out")]
    Needs {
        /// The option, without dashes.
        name: &'static str,
        /// The other, as typed.
        needs: &'static str,
    },
    /// Two rows by one name.
    #[error(
        "--padding-row and --unknown-row: expected two names, found {0:?} for both; choose another for one of them"
    )]
    SameName(String),
    /// An output named as standard input is.
    #[error(
        "-: expected the name of a file to write; give /dev/stdout for standard output, ./- for a file of this name"
    )]
    Dash,
    /// Combined vectors are no input rows.
    #[error(
        "--{name}: expected the vectors as they were trained, found --vectors combined; leave one of the two out"
    )]
    Combined {
        /// The option, without dashes.
        name: &'static str,
    },
    /// This processor does not run the kernels that were asked for.
    #[error("--kernel: this processor does not run {found}; expected one of {available}")]
    Kernel {
        /// What was given.
        found: &'static str,
        /// What there is, for people.
        available: String,
    },
}
