//! The one table of options: help, docs and stored metadata are made from it.

/// One option: its name, meaning and limits, said once.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name as typed, without dashes: "dim".
    pub name: &'static str,
    /// One line on what it is, with its unit.
    pub help: &'static str,
    /// The allowed range, for people: "1 to 65,536".
    pub range: &'static str,
    /// Where it comes from: paper and section.
    pub source: &'static str,
}

/// Every option of the trainer.
pub const SETTINGS: &[Setting] = &[];
