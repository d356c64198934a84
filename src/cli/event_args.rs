//! Events of users, as typed.

use w2v::corpus::ScanOptions;
use w2v::text::EventOptions;

/// Which columns tell what.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Events (--input events)")]
pub(crate) struct EventArgs {
    /// Column of users: each one's items are a line
    #[arg(long, value_name = "COLUMN", required_if_eq("input", "events"))]
    user: Option<String>,
    /// Column of items
    #[arg(long, value_name = "COLUMN", required_if_eq("input", "events"))]
    item: Option<String>,
    /// Column of times, by which a user's items are sorted: numbers, or dates that begin with the
    /// year, such as 2026-01-31 12:00, 2026/1/31 9:00 PM or 2026-01-31T12:00:00.5+02:00 (UTC
    /// without a zone)
    #[arg(long, value_name = "COLUMN", required_if_eq("input", "events"))]
    time: Option<String>,
}

impl EventArgs {
    pub(crate) fn options(&self, scan: &ScanOptions) -> EventOptions {
        let name = |column: &Option<String>| column.clone().unwrap_or_default();
        EventOptions {
            user: name(&self.user),
            item: name(&self.item),
            time: name(&self.time),
            memory: scan.memory,
            temp_dir: scan.temp_dir.clone(),
        }
    }
}
