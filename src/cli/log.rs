//! What happened in a run, for programs: `--log` writes it as JSON, one object a line.
//!
//! The names of events and fields are stable: new ones may come, none goes or changes its meaning.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use w2v::corpus::{Corpus, ScanProgress};
use w2v::train::TrainProgress;

use super::Failure;
use super::scores::Score;

/// A line for every hundredth of the time so far, at least and at most so long after the last.
const INTERVAL: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(60));

/// A line of the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Wall time since the run began.
    pub(crate) seconds: f64,
    #[serde(flatten)]
    pub(crate) event: Event,
}

/// What can happen.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(crate) enum Event {
    /// The configuration, all of it.
    Start {
        version: String,
        inputs: Vec<String>,
        output: String,
        text: BTreeMap<String, String>,
        training: BTreeMap<String, String>,
    },
    /// The text is being read; bytes as they lie on disk.
    Scanning {
        bytes: u64,
        bytes_total: Option<u64>,
        tokens: u64,
        /// Once all is read: the share of the search for phrases that is done.
        #[serde(skip_serializing_if = "Option::is_none")]
        phrases: Option<f64>,
    },
    /// The text has been read; bytes after decompression.
    Scanned {
        bytes: u64,
        lines: u64,
        tokens: u64,
        types: u64,
        words: u64,
        kept_tokens: u64,
        replaced: u64,
        skipped: u64,
        /// As asked, or as the text was seen to need.
        #[serde(default)]
        tokenizer: String,
        /// Ranks, from 1, and counts of words, each rank about a fifth above the last.
        zipf: Vec<(u64, u64)>,
    },
    /// What the text has in common with the vectors that training begins with.
    Given {
        shared: usize,
        text_words: usize,
        given_words: usize,
        shared_tokens: f64,
        frozen: usize,
    },
    /// The run goes on from a checkpoint.
    Resumed { checkpoint: String, tokens: u64 },
    /// The run has been kept.
    Checkpoint {
        checkpoint: String,
        tokens: u64,
        /// How long the workers waited for it.
        stalled_seconds: f64,
        write_seconds: f64,
    },
    /// The run could not be kept; it goes on.
    #[serde(rename = "checkpoint_failed")]
    CheckpointFailed { error: String },
    /// Training goes on; speed, rate and loss are those since the last line.
    Training {
        epoch: usize,
        tokens: u64,
        tokens_total: u64,
        words_per_second: f64,
        lr: f64,
        loss: Option<f64>,
        seconds_left: Option<f64>,
        /// Of training, so far.
        #[serde(default)]
        train_seconds: Option<f64>,
    },
    /// Training has ended; the mean loss of each epoch, nats a pair.
    Trained {
        train_seconds: f64,
        words_per_second: f64,
        loss: Vec<f64>,
    },
    /// The vectors lie in their file.
    Saved {
        output: String,
        bytes: u64,
        words: u64,
        dim: u64,
    },
    /// The score of the vectors at the end of an epoch, while training goes on.
    Scoring {
        epoch: usize,
        #[serde(flatten)]
        score: Score,
    },
    /// The vectors' score on a set: percent of analogies, or a correlation of word pairs.
    Scored(Score),
    /// The words nearest to a word, with their cosines.
    Neighbors {
        word: String,
        neighbors: Vec<(String, f32)>,
    },
    /// The run has ended without vectors.
    Failed { error: String },
}

/// Where records go: a file, memory, both or nowhere.
#[derive(Debug)]
pub(crate) struct RunLog {
    file: Option<File>,
    kept: Option<Vec<Record>>,
    began: Instant,
    due: Duration,
    /// Seconds of training and tokens at the last line, and the loss since then.
    last: (f64, u64),
    loss: Mean,
}

/// A mean in the making.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    pub(crate) fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    pub(crate) fn get(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

impl RunLog {
    /// Records nothing.
    pub(crate) fn none() -> Self {
        Self {
            file: None,
            kept: None,
            began: Instant::now(),
            due: Duration::ZERO,
            last: (0.0, 0),
            loss: Mean::default(),
        }
    }

    /// Records into a file `path`, a new one unless the run is `resumed`, and in memory where `keep`.
    pub(crate) fn create(path: Option<&Path>, keep: bool, resumed: bool) -> Result<Self, Failure> {
        path.map_or(Ok(()), w2v::format::check_name)?;
        let mut options = File::options();
        options.create(true).write(true);
        options.append(resumed).truncate(!resumed);
        let create = |path: &Path| {
            let torn = resumed && ends_within_a_line(path);
            let mut file = options.open(path)?;
            if torn {
                file.write_all(b"\n")?;
            }
            Ok(file)
        };
        let create = |path| create(path).map_err(|e| w2v::Error::io(path, "write", e));
        Ok(Self {
            file: path.map(create).transpose()?,
            kept: keep.then(Vec::new),
            ..Self::none()
        })
    }

    /// Takes what was kept in memory.
    pub(crate) fn take(&mut self) -> Option<Vec<Record>> {
        self.kept.take()
    }

    /// Records `event` now.
    pub(crate) fn record(&mut self, event: Event) {
        let seconds = thousandths(self.began.elapsed().as_secs_f64());
        let record = Record { seconds, event };
        if let Some(file) = &mut self.file {
            // Whole lines at once, so that whoever follows the file never sees half of one.
            let line = serde_json::to_string(&record).map(|line| line + "\n");
            let written = line
                .map_err(Into::into)
                .and_then(|l| file.write_all(l.as_bytes()));
            if let Err(error) = written {
                // Hours of training are worth more than their log.
                let _ = writeln!(std::io::stderr(), "note: the log ends here: {error}");
                self.file = None;
            }
        }
        if let Some(kept) = &mut self.kept {
            kept.push(record);
        }
    }

    /// Records how far the scan has come, when it is time.
    pub(crate) fn scanning(&mut self, progress: &ScanProgress) {
        if self.is_due() {
            self.record(Event::Scanning {
                bytes: progress.bytes_read,
                bytes_total: progress.bytes_total,
                tokens: progress.tokens,
                phrases: progress.phrases,
            });
        }
    }

    /// Records what the text held.
    pub(crate) fn scanned(&mut self, corpus: &Corpus) {
        if self.is_off() {
            return;
        }
        // The first news of the training is due at once.
        self.due = Duration::ZERO;
        let (facts, vocab) = (corpus.facts(), corpus.vocab());
        self.record(Event::Scanned {
            bytes: facts.bytes,
            lines: facts.lines,
            tokens: facts.tokens,
            types: facts.types,
            words: vocab.len() as u64,
            kept_tokens: corpus.tokens(),
            replaced: facts.replaced,
            skipped: facts.skipped,
            tokenizer: corpus.text().tokenizer.name().to_owned(),
            zipf: zipf(vocab.counts()),
        });
    }

    /// Records how far training has come and the seconds left, when it is time.
    pub(crate) fn training(&mut self, progress: &TrainProgress, left: Option<f64>) {
        if let Some(loss) = progress.loss {
            self.loss.add(loss);
        }
        if progress.tokens == self.last.1 || !self.is_due() {
            return;
        }
        let seconds = progress.elapsed.as_secs_f64();
        let (before, tokens_before) = self.last;
        let tokens = progress.tokens.saturating_sub(tokens_before) as f64;
        self.record(Event::Training {
            epoch: progress.epoch,
            tokens: progress.tokens,
            tokens_total: progress.tokens_total,
            words_per_second: (tokens / (seconds - before).max(1e-3)).round(),
            lr: progress.lr,
            loss: self.loss.get(),
            seconds_left: left.map(thousandths),
            train_seconds: Some(thousandths(seconds)),
        });
        self.last = (seconds, progress.tokens);
        self.loss = Mean::default();
    }

    /// Whether nobody would see a record.
    pub(crate) fn is_off(&self) -> bool {
        self.file.is_none() && self.kept.is_none()
    }

    fn is_due(&mut self) -> bool {
        let now = self.began.elapsed();
        if self.is_off() || now < self.due {
            return false;
        }
        self.due = now + (now / 100).clamp(INTERVAL.0, INTERVAL.1);
        true
    }
}

/// Whether the last line of the file at `path` was not written to its end: the disk was full, say.
fn ends_within_a_line(path: &Path) -> bool {
    let last = || {
        if !std::fs::metadata(path)?.is_file() {
            return Ok(b'\n');
        }
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        Ok::<_, std::io::Error>(last[0])
    };
    // An empty file has no last byte.
    last().is_ok_and(|byte| byte != b'\n')
}

fn thousandths(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

/// Points of the curve of counts by rank.
fn zipf(counts: &[u64]) -> Vec<(u64, u64)> {
    let mut points = Vec::new();
    let mut rank = 1;
    while let Some(&count) = counts.get(rank - 1) {
        points.push((rank as u64, count));
        rank += (rank / 5).max(1);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_of_counts_starts_at_the_most_frequent_word() {
        assert_eq!(zipf(&[]), []);
        assert_eq!(zipf(&[9, 4, 4, 1]), [(1, 9), (2, 4), (3, 4), (4, 1)]);
        let points = zipf(&vec![1; 100_000]);
        assert!(points.len() < 80);
        assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_record_survives_its_line() {
        let event = Event::Training {
            epoch: 1,
            tokens: 10,
            tokens_total: 50,
            words_per_second: 5.0,
            lr: 0.05,
            loss: None,
            seconds_left: Some(8.0),
            train_seconds: Some(2.0),
        };
        let line = serde_json::to_string(&Record {
            seconds: 2.0,
            event,
        })
        .unwrap();
        assert!(
            line.starts_with(r#"{"seconds":2.0,"event":"training","epoch":1"#),
            "{line}"
        );
        let read: Record = serde_json::from_str(&line).unwrap();
        assert!(matches!(
            read.event,
            Event::Training {
                tokens: 10,
                loss: None,
                ..
            }
        ));
    }
}
