//! How long training will still take.
//!
//! The speed is that of the second half of the time so far: it forgets what was slow at the start, or
//! what other programs took of the machine then, and is yet no mood of the moment. While the process was stopped
//! (Ctrl-Z) no time went by.

use std::collections::VecDeque;

use w2v::train::TrainProgress;

/// Time between two points that are kept, as a share of the time so far.
const STEP: f64 = 0.01;

/// Seconds from one look to the next, usually a tenth of one, from which on the process may have been stopped.
const LATE: f64 = 5.0;

/// Seconds of training at most that lie between two looks when it was: what its workers did before and after.
const BRIEF: f64 = 1.0;

/// What was seen since the run began, or went on.
#[derive(Debug, Default)]
pub(crate) struct Eta {
    /// Seconds and tokens when it was first seen.
    began: Option<(f64, u64)>,
    /// The same when it was last seen, unless other work has come in between.
    last: Option<(f64, u64)>,
    /// Seconds for which the process was stopped.
    stopped: f64,
    /// Seconds and tokens at some points of the second half of the time since then, the first of them a
    /// little before.
    past: VecDeque<(f64, u64)>,
}

impl Eta {
    /// Seconds left, as `progress` and what came before it tell.
    pub(crate) fn left(&mut self, progress: &TrainProgress) -> Option<f64> {
        let tokens = progress.tokens;
        let (began, now) = self.running(progress.elapsed.as_secs_f64(), tokens);
        let half = (began + now) / 2.0;
        while self.past.get(1).is_some_and(|second| second.0 <= half) {
            self.past.pop_front();
        }
        let front = self.past.front().copied();
        // Without a past, the average of the whole run has to do.
        let (began, before) = front.filter(|front| front.1 < tokens).unwrap_or_default();
        let last = self.past.back();
        if last.is_none_or(|last| now >= last.0 + STEP * (now - began)) {
            self.past.push_back((now, tokens));
        }
        let done = tokens.saturating_sub(before);
        let left = progress.tokens_total.saturating_sub(tokens) as f64;
        (done > 0).then(|| (now - began) * left / done as f64)
    }

    /// Other work of this thread counts however long it takes, for it comes again.
    pub(crate) fn busy(&mut self) {
        self.last = None;
    }

    /// Seconds when it was first seen and seconds now, without those for which the process was stopped.
    fn running(&mut self, seconds: f64, tokens: u64) -> (f64, f64) {
        let mut now = seconds - self.stopped;
        let (began, first) = *self.began.get_or_insert((now, tokens));
        if let Some((then, before)) = self.last {
            let brief = BRIEF * before.saturating_sub(first) as f64 / (then - began);
            // A look alone may come late, where a terminal is slow: then training went on.
            if now - then > LATE && (tokens.saturating_sub(before) as f64) < brief {
                self.stopped += now - then;
                now = then;
            }
        }
        self.last = Some((now, tokens));
        (began, now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn progress(seconds: f64, tokens: u64, tokens_total: u64) -> TrainProgress {
        TrainProgress {
            tokens,
            tokens_total,
            epoch: 1,
            lr: 0.05,
            loss: None,
            elapsed: Duration::from_secs_f64(seconds),
        }
    }

    #[test]
    fn an_even_speed_leaves_no_doubt() {
        let mut eta = Eta::default();
        assert_eq!(eta.left(&progress(0.0, 0, 1000)), None);
        for i in 1..=100 {
            let left = eta
                .left(&progress(f64::from(i), 10 * i as u64, 1000))
                .unwrap();
            assert!((left - f64::from(100 - i)).abs() < 1e-9, "{i}: {left}");
        }
        assert!(eta.past.len() < 80, "{}", eta.past.len());
    }

    #[test]
    fn a_run_that_goes_on_starts_from_its_average() {
        let mut eta = Eta::default();
        assert_eq!(eta.left(&progress(50.0, 500, 1000)), Some(50.0));
        // On a machine five times as fast.
        assert_eq!(eta.left(&progress(51.0, 550, 1000)), Some(9.0));
    }

    #[test]
    fn what_was_slow_is_forgotten() {
        let mut eta = Eta::default();
        // 20 s at one token a second, then ten.
        let tokens = |t: u64| if t < 20 { t } else { 20 + 10 * (t - 20) };
        let left = (1..=50).map(|t| eta.left(&progress(t as f64, tokens(t), 1020)));
        let left = left.last().unwrap().unwrap();
        assert!((left - 70.0).abs() < 1e-9, "{left}");
    }

    /// Seconds and tokens of a recorded run.
    fn points(run: &str) -> Vec<(f64, u64)> {
        let lines = run.lines().map(|line| line.split_once('\t').unwrap());
        let numbers = lines.map(|(s, tokens)| (s.parse().unwrap(), tokens.parse().unwrap()));
        numbers.collect()
    }

    /// A real run of some 20 s that was stopped for 30 s more: afterwards the end is foretold as well as before.
    #[test]
    fn a_run_that_was_stopped_is_not_slower() {
        let recorded = include_str!("../../tests/golden/stopped.tsv");
        let points = points(recorded.split_once("\n\n").unwrap().1);
        let (end, total) = *points.last().unwrap();
        let mut eta = Eta::default();
        for (seconds, tokens) in points {
            let left = eta.left(&progress(seconds, tokens, total)).unwrap();
            let stop = if seconds < 30.0 { 30.0 } else { 0.0 };
            let error = (seconds + left + stop - end).abs();
            assert!(seconds < 3.0 || error < 4.0, "{seconds}: {left}");
        }
        assert!((eta.stopped - 30.0).abs() < 0.1, "{}", eta.stopped);
    }

    #[test]
    fn a_look_that_comes_late_alone_counts() {
        let mut eta = Eta::default();
        let seconds = [0.0, 1.0, 2.0, 3.0, 13.0, 14.0];
        let left = seconds.map(|t| eta.left(&progress(t, 10 * t as u64, 1000)));
        assert_eq!(left[5], Some(86.0));
        // As long a time in which less was trained: a stop, unless scores were reckoned.
        for (busy, stopped) in [(false, 10.0), (true, 0.0)] {
            let mut eta = Eta::default();
            for second in 0..4 {
                eta.left(&progress(f64::from(second), 10 * second as u64, 1000));
            }
            if busy {
                eta.busy();
            }
            eta.left(&progress(13.0, 35, 1000));
            assert_eq!(eta.stopped, stopped);
        }
        // Held up with nobody to tell from before.
        let mut eta = Eta::default();
        assert_eq!(eta.left(&progress(0.0, 0, 1000)), None);
        assert_eq!(eta.left(&progress(20.0, 10, 1000)), Some(1980.0));
    }

    /// Real runs on a machine whose other work came and went: after the first tenth the end is foretold
    /// within a tenth of the whole time.
    #[test]
    fn recorded_runs_end_when_foretold() {
        let recorded = include_str!("../../tests/golden/progress.tsv");
        let runs: Vec<&str> = recorded.split("\n\n").skip(1).collect();
        assert_eq!(runs.len(), 2);
        for run in runs {
            let points = points(run);
            let (end, total) = *points.last().unwrap();
            let mut eta = Eta::default();
            for (seconds, tokens) in points {
                let left = eta.left(&progress(seconds, tokens, total)).unwrap();
                let error = (seconds + left - end).abs() / end;
                assert!(seconds < end / 10.0 || error < 0.1, "{seconds}: {error}");
            }
        }
    }
}
