//! What a run says while it works, on standard error: bars on a terminal, a few lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use w2v::corpus::ScanProgress;
use w2v::train::TrainProgress;

use super::human;

/// How many times a second a bar is drawn at most.
const DRAWS_A_SECOND: u8 = 10;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Nothing.
    Quiet,
    /// A line for each thing that is done.
    Lines,
    /// The same, and a bar while something is being done.
    Bars,
}

/// The voice of a run.
#[derive(Debug)]
pub(crate) struct Talk {
    manner: Manner,
    bar: Option<ProgressBar>,
    began: Instant,
    epoch: usize,
}

impl Talk {
    /// Bars when standard error is a terminal, lines when it is not, nothing when `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let manner = match quiet {
            true => Manner::Quiet,
            false if std::io::stderr().is_terminal() => Manner::Bars,
            false => Manner::Lines,
        };
        Self {
            manner,
            bar: None,
            began: Instant::now(),
            epoch: 0,
        }
    }

    /// Says one line.
    pub(crate) fn line(&self, text: &str) {
        if self.manner != Manner::Quiet {
            // A run goes on when nobody listens.
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Shows how far the scan has come.
    pub(crate) fn scanning(&mut self, progress: &ScanProgress) {
        if self.manner != Manner::Bars {
            return;
        }
        let read = human::bytes(progress.bytes_read);
        let rate = progress.bytes_read as f64 / self.began.elapsed().as_secs_f64().max(1e-3);
        let tokens = human::short(progress.tokens as f64);
        let rate = human::bytes(rate as u64);
        let bar = self.bar("scan", progress.bytes_total);
        bar.set_position(progress.bytes_read);
        bar.set_message(match progress.bytes_total {
            Some(total) => {
                let total = human::bytes(total);
                format!("{read} of {total}  {rate}/s  {tokens} tokens")
            }
            None => format!("{read}  {rate}/s  {tokens} tokens"),
        });
    }

    /// Shows how far the training has come; without a terminal, one line after each epoch but the
    /// last.
    pub(crate) fn training(&mut self, progress: &TrainProgress, epochs: usize) {
        match self.manner {
            Manner::Quiet => {}
            Manner::Lines if progress.epoch == self.epoch => {}
            Manner::Lines => {
                if self.epoch > 0 {
                    let done = self.epoch;
                    self.line(&format!(
                        "  epoch {done}/{epochs}: {}",
                        training_facts(progress)
                    ));
                }
                self.epoch = progress.epoch;
            }
            Manner::Bars => {
                let epoch = progress.epoch.min(epochs);
                let bar = self.bar("train", Some(progress.tokens_total));
                bar.set_position(progress.tokens);
                bar.set_message(format!(
                    "epoch {epoch}/{epochs}  {}",
                    training_facts(progress)
                ));
            }
        }
    }

    /// Takes the bar away and returns how long this part took.
    pub(crate) fn done(&mut self) -> Duration {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        let took = self.began.elapsed();
        self.began = Instant::now();
        took
    }

    /// The bar on the screen, a new one at the start of each part.
    fn bar(&mut self, name: &'static str, total: Option<u64>) -> &ProgressBar {
        self.bar.get_or_insert_with(|| {
            let target = ProgressDrawTarget::stderr_with_hz(DRAWS_A_SECOND);
            let bar = ProgressBar::with_draw_target(total, target).with_prefix(name);
            let template = match total {
                Some(_) => "{prefix:5} [{wide_bar}] {percent:>3} %  {msg}",
                None => "{prefix:5} {spinner} {wide_msg}",
            };
            // An invalid template is caught by the test below; the default would do.
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar
        })
    }
}

impl Drop for Talk {
    /// Leaves the terminal clean on errors and interruptions too.
    fn drop(&mut self) {
        self.done();
    }
}

/// Speed, loss and time left.
fn training_facts(progress: &TrainProgress) -> String {
    let seconds = progress.elapsed.as_secs_f64();
    let rate = progress.tokens as f64 / seconds.max(1e-3);
    let mut text = format!("{} words/s  lr {:.4}", human::short(rate), progress.lr);
    if let Some(loss) = progress.loss {
        text.push_str(&format!("  loss {loss:.3}"));
    }
    if progress.tokens > 0 {
        let left = progress.tokens_total.saturating_sub(progress.tokens) as f64 / rate.max(1e-9);
        let left = Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX);
        text.push_str(&format!("  {} left", human::duration_round(left)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_of_training_are_wall_clock() {
        let progress = TrainProgress {
            tokens: 2_000_000,
            tokens_total: 8_000_000,
            epoch: 2,
            lr: 0.0375,
            loss: Some(2.5),
            elapsed: Duration::from_secs(1),
        };
        assert_eq!(
            training_facts(&progress),
            "2.00 M words/s  lr 0.0375  loss 2.500  3 s left"
        );
    }

    #[test]
    fn the_templates_are_valid() {
        for total in [Some(10), None] {
            let mut talk = Talk::new(true);
            talk.bar("scan", total).set_message("message");
        }
    }
}
