//! The table at the end of a run.

use std::path::Path;
use std::time::Duration;

use w2v::train::Trained;

use super::human;
use super::spark;

/// What a run did and how long each part took.
pub(crate) struct Summary<'a> {
    pub(crate) output: &'a Path,
    pub(crate) bytes: u64,
    pub(crate) trained: &'a Trained,
    /// Bytes of text.
    pub(crate) text: u64,
    /// Tokens trained on, over all epochs.
    pub(crate) tokens: f64,
    pub(crate) scan: Duration,
    pub(crate) save: Duration,
    pub(crate) total: Duration,
}

impl std::fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rate = |amount: f64, time: Duration| amount / time.as_secs_f64().max(1e-6);
        let per_second =
            |amount: u64, time| format!("{}/s", human::bytes(rate(amount as f64, time) as u64));
        let speed = human::short(rate(self.tokens, self.trained.elapsed));
        row(f, "scan", self.scan, &per_second(self.text, self.scan))?;
        row(
            f,
            "train",
            self.trained.elapsed,
            &format!("{speed} words/s"),
        )?;
        row(f, "save", self.save, &human::bytes(self.bytes))?;
        row(f, "total", self.total, "")?;
        writeln!(f, "  loss   {}", losses(&self.trained.loss))?;
        let vectors = &self.trained.embeddings;
        let (words, dim) = (human::count(vectors.len() as u64), vectors.dim());
        write!(f, "wrote {}: {words} words x {dim}", self.output.display())
    }
}

fn row(
    f: &mut std::fmt::Formatter<'_>,
    name: &str,
    time: Duration,
    what: &str,
) -> std::fmt::Result {
    let line = format!("  {name:5} {:>12}  {what}", human::duration(time));
    writeln!(f, "{}", line.trim_end())
}

/// The loss of the first and last epochs, and the curve of all.
fn losses(losses: &[f64]) -> String {
    const SHOWN: usize = 6;
    let text = |losses: &[f64]| {
        let texts: Vec<String> = losses.iter().map(|loss| format!("{loss:.3}")).collect();
        texts.join(" ")
    };
    let mut line = match losses {
        [first, .., last] if losses.len() > SHOWN => format!("{first:.3} ... {last:.3}"),
        all => text(all),
    };
    if losses.len() > 1 && spark::is_shown() {
        let step = losses.len().div_ceil(20);
        let some: Vec<f64> = losses.iter().copied().step_by(step).collect();
        line = format!("{line}  {}", spark::spark(&some));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_epochs_are_cut_short() {
        let shown = |n: u32| {
            losses(
                &(0..n)
                    .map(|i| 3.0 - f64::from(i) / 10.0)
                    .collect::<Vec<_>>(),
            )
        };
        assert!(shown(1) == "3.000", "{}", shown(1));
        assert!(shown(3).starts_with("3.000 2.900 2.800"), "{}", shown(3));
        assert!(shown(20).starts_with("3.000 ... 1.100"), "{}", shown(20));
    }
}
