//! What a run says while it works, on standard error: bars on a terminal, a few lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use console::{Term, measure_text_width};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use w2v::corpus::ScanProgress;
use w2v::train::TrainProgress;

use super::eta::Eta;
use super::human;
use super::log::{Mean, RunLog};
use super::spark;

/// How many times a second a bar is drawn at most.
const DRAWS_A_SECOND: u8 = 10;
/// Columns for the name, the shortest bar, the percentage and the spaces between.
const BAR_COLUMNS: usize = 27;
/// Points of the curve of losses beside the bar.
const LOSS_POINTS: usize = 10;
/// Steps of a bar for shares.
const PARTS: u64 = 1000;

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

/// The voice of a run: to people here, to programs through its log.
#[derive(Debug)]
pub(crate) struct Talk {
    manner: Manner,
    bar: Option<ProgressBar>,
    began: Instant,
    epochs: Epochs,
    losses: [Mean; LOSS_POINTS],
    eta: Eta,
    pub(crate) log: RunLog,
}

impl Talk {
    /// Bars when standard error is a terminal, lines when it is not, nothing when `quiet`.
    pub(crate) fn new(quiet: bool, log: RunLog) -> Self {
        let manner = match quiet {
            true => Manner::Quiet,
            false if std::io::stderr().is_terminal() => Manner::Bars,
            false => Manner::Lines,
        };
        Self {
            manner,
            bar: None,
            began: Instant::now(),
            epochs: Epochs::default(),
            losses: Default::default(),
            eta: Eta::default(),
            log,
        }
    }

    /// Says one line.
    pub(crate) fn line(&self, text: &str) {
        if self.manner != Manner::Quiet {
            self.warning(text);
        }
    }

    /// Says one line, also to those who want to hear of errors alone.
    pub(crate) fn warning(&self, text: &str) {
        // A run goes on when nobody listens.
        let say = || drop(writeln!(std::io::stderr(), "{text}"));
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    /// Shows how far the scan has come.
    pub(crate) fn scanning(&mut self, progress: &ScanProgress) {
        self.log.scanning(progress);
        if let Some(done) = progress.phrases {
            self.part("phrases", done);
            return;
        }
        if self.manner != Manner::Bars {
            return;
        }
        let read = human::bytes(progress.bytes_read);
        let rate = progress.bytes_read as f64 / self.began.elapsed().as_secs_f64().max(1e-3);
        let rate = format!("{}/s", human::bytes(rate as u64));
        let tokens = format!("{} tokens", human::short(progress.tokens as f64));
        let read = match progress.bytes_total {
            Some(total) => format!("{read} of {}", human::bytes(total)),
            None => read,
        };
        let message = fitting(&[(1, read), (2, tokens), (0, rate)], columns());
        let bar = self.bar("scan", progress.bytes_total);
        bar.set_position(progress.bytes_read);
        bar.set_message(message);
    }

    /// Shows how far the training has come; without a terminal, one line after each epoch but the
    /// last.
    pub(crate) fn training(&mut self, progress: &TrainProgress, epochs: usize) {
        let left = self.eta.left(progress);
        self.log.training(progress, left);
        if let Some(loss) = progress.loss {
            let done = progress.tokens as f64 / progress.tokens_total.max(1) as f64;
            let point = (done * LOSS_POINTS as f64) as usize;
            self.losses[point.min(LOSS_POINTS - 1)].add(loss);
        }
        match self.manner {
            Manner::Quiet => {}
            Manner::Lines => {
                if let Some(done) = self.epochs.ended(progress) {
                    let facts = facts(&done, left).into_iter().map(|fact| fact.1);
                    let facts = facts.collect::<Vec<_>>().join("  ");
                    self.line(&format!("  epoch {} of {epochs}: {facts}", done.epoch));
                }
            }
            Manner::Bars => {
                let message = fitting(
                    &self.facts_on_a_bar(facts(progress, left), (progress.epoch, epochs)),
                    columns(),
                );
                let bar = self.bar("train", Some(progress.tokens_total));
                bar.set_position(progress.tokens);
                bar.set_message(message);
            }
        }
    }

    /// Counts the time until training is shown again as the training's.
    pub(crate) fn busy(&mut self) {
        self.eta.busy();
    }

    /// Shows what share of a part is done.
    pub(crate) fn part(&mut self, name: &'static str, done: f64) {
        if self.manner == Manner::Bars {
            let bar = self.bar(name, Some(PARTS));
            bar.set_position((done * PARTS as f64) as u64);
        }
    }

    /// The facts of training, the epoch before and the curve of losses among them.
    fn facts_on_a_bar(&self, mut all: Vec<Fact>, (epoch, epochs): (usize, usize)) -> Vec<Fact> {
        all.insert(0, (3, format!("epoch {}/{epochs}", epoch.min(epochs))));
        let losses: Vec<f64> = self.losses.iter().filter_map(|mean| mean.get()).collect();
        if losses.len() > 1 && spark::is_shown() {
            let last = all.len() - 1;
            all.insert(last, (4, spark::spark(&losses)));
        }
        all
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
        let other = self.bar.take_if(|bar| bar.prefix() != name);
        other.inspect(ProgressBar::finish_and_clear);
        self.bar.get_or_insert_with(|| {
            let target = ProgressDrawTarget::stderr_with_hz(DRAWS_A_SECOND);
            let bar = ProgressBar::with_draw_target(total, target).with_prefix(name);
            let template = match total {
                Some(_) => "{prefix:5} {wide_bar} {percent:>3} %  {msg}",
                None => "{prefix:5} {spinner} {wide_msg}",
            };
            let characters = if spark::is_shown() {
                "━╸─"
            } else {
                "=> "
            };
            // An invalid template is caught by the test below; the default would do.
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars(characters));
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

/// The epoch at work, 0 before any, and the loss since the last one ended.
#[derive(Debug, Default)]
struct Epochs {
    current: usize,
    loss: Mean,
}

impl Epochs {
    /// The progress at the end of an epoch, with its mean loss, if `progress` is the first of the next one.
    fn ended(&mut self, progress: &TrainProgress) -> Option<TrainProgress> {
        if let Some(loss) = progress.loss {
            self.loss.add(loss);
        }
        let epoch = std::mem::replace(&mut self.current, progress.epoch);
        if epoch == 0 || epoch == progress.epoch {
            return None;
        }
        let loss = std::mem::take(&mut self.loss).get();
        Some(TrainProgress {
            epoch,
            loss,
            ..*progress
        })
    }
}

/// Columns for the facts beside a bar.
fn columns() -> usize {
    let (_, columns) = Term::stderr().size();
    usize::from(columns).saturating_sub(BAR_COLUMNS)
}

/// The facts that have room in `columns`, in their order; those of the highest number go first.
fn fitting(facts: &[Fact], columns: usize) -> String {
    let joined = |most: u8| {
        let kept = facts.iter().filter(|(number, _)| *number <= most);
        let kept: Vec<&str> = kept.map(|(_, text)| text.as_str()).collect();
        kept.join("  ")
    };
    let most = facts.iter().map(|(number, _)| *number).max().unwrap_or(0);
    let all = (0..=most).rev().map(joined);
    let mut fits = all.skip_while(|text| measure_text_width(text) > columns);
    fits.next().unwrap_or_default()
}

/// A number and a text: what has the highest number can be left out first.
type Fact = (u8, String);

/// Speed, learning rate, loss and time left.
fn facts(progress: &TrainProgress, left: Option<f64>) -> Vec<Fact> {
    let seconds = progress.elapsed.as_secs_f64();
    let rate = progress.tokens as f64 / seconds.max(1e-3);
    let mut all = vec![
        (1, format!("{} words/s", human::short(rate))),
        (5, format!("lr {:.4}", progress.lr)),
    ];
    if let Some(loss) = progress.loss {
        all.push((2, format!("loss {loss:.3}")));
    }
    if let Some(left) = left {
        let left = Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX);
        all.push((0, format!("{} left", human::duration_round(left))));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> TrainProgress {
        TrainProgress {
            tokens: 2_000_000,
            tokens_total: 8_000_000,
            epoch: 2,
            lr: 0.0375,
            loss: Some(2.5),
            elapsed: Duration::from_secs(1),
        }
    }

    #[test]
    fn the_facts_of_training_are_wall_clock() {
        let facts = facts(&progress(), Some(3.0));
        let facts: Vec<String> = facts.into_iter().map(|fact| fact.1).collect();
        assert_eq!(
            facts,
            ["2.00 M words/s", "lr 0.0375", "loss 2.500", "3 s left"]
        );
    }

    #[test]
    fn an_epoch_that_has_ended_has_the_mean_of_its_losses() {
        let mut epochs = Epochs::default();
        let mut ended = |epoch, loss| {
            let done = epochs.ended(&TrainProgress {
                epoch,
                loss,
                ..progress()
            });
            done.map(|done| (done.epoch, done.loss))
        };
        assert_eq!(ended(1, None), None);
        assert_eq!(ended(1, Some(5.0)), None);
        assert_eq!(ended(1, Some(3.0)), None);
        assert_eq!(ended(2, Some(1.0)), Some((1, Some(3.0))));
        assert_eq!(ended(2, Some(2.0)), None);
        assert_eq!(ended(3, None), Some((2, Some(2.0))));
        assert_eq!(ended(4, None), Some((3, None)));
    }

    #[test]
    fn a_narrow_terminal_keeps_what_matters_most() {
        let talk = Talk::new(true, RunLog::none());
        let facts = talk.facts_on_a_bar(facts(&progress(), Some(3.0)), (2, 5));
        let wide = "epoch 2/5  2.00 M words/s  lr 0.0375  loss 2.500  3 s left";
        assert_eq!(fitting(&facts, 80), wide);
        assert_eq!(
            fitting(&facts, 60 - BAR_COLUMNS),
            "2.00 M words/s  3 s left"
        );
        assert_eq!(
            fitting(&facts, 48),
            "epoch 2/5  2.00 M words/s  loss 2.500  3 s left"
        );
        assert_eq!(fitting(&facts, 10), "3 s left");
        assert_eq!(fitting(&facts, 3), "");
    }

    #[test]
    fn the_templates_are_valid() {
        for total in [Some(10), None] {
            let mut talk = Talk::new(true, RunLog::none());
            talk.bar("scan", total).set_message("message");
        }
    }
}
