//! Scores of fresh vectors on the sets of `train --eval`.

use std::cell::RefCell;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use w2v::Error;
use w2v::embeddings::Embeddings;
use w2v::eval::{AnalogySet, PairSet, Protocol, score_analogies, score_pairs};
use w2v::train::Look;

use super::human;
use super::log::Event;
use super::progress::Talk;

/// A set of questions, and its name.
pub(crate) struct Set {
    name: String,
    questions: Questions,
}

enum Questions {
    Analogies(AnalogySet),
    Pairs(PairSet),
}

impl Set {
    /// Reads a set; its first line tells its kind.
    pub(crate) fn read(path: &PathBuf) -> w2v::Result<Self> {
        let text = std::fs::read(path).map_err(|e| Error::io(path, "read", e))?;
        let questions = match holds_analogies(&String::from_utf8_lossy(&text)) {
            true => Questions::Analogies(AnalogySet::read(path)?),
            false => Questions::Pairs(PairSet::read(path)?),
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: name.into_owned(),
            questions,
        })
    }

    /// The score of `model`, as `w2v eval` gives it by default.
    pub(crate) fn score(&self, model: &Embeddings) -> w2v::Result<Score> {
        let set = self.name.clone();
        let finite = |score: f64| score.is_finite().then_some(score);
        Ok(match &self.questions {
            Questions::Analogies(questions) => {
                let total = score_analogies(model, questions, Protocol::default())?.total();
                Score {
                    set,
                    percent: finite(100.0 * total.share()),
                    spearman: None,
                    seen: total.seen,
                    skipped: total.skipped,
                }
            }
            Questions::Pairs(questions) => {
                let report = score_pairs(model, questions, Protocol::default())?;
                Score {
                    set,
                    percent: None,
                    spearman: finite(report.spearman),
                    seen: report.seen,
                    skipped: report.skipped,
                }
            }
        })
    }
}

/// A score on a set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Score {
    /// The set's name.
    pub(crate) set: String,
    /// Of analogies, those that are right.
    pub(crate) percent: Option<f64>,
    /// Of word pairs, the correlation with people's judgement.
    pub(crate) spearman: Option<f64>,
    pub(crate) seen: usize,
    pub(crate) skipped: usize,
}

impl Score {
    /// The number, percent or correlation.
    pub(crate) fn value(&self) -> Option<f64> {
        self.percent.or(self.spearman)
    }

    /// The number with its unit.
    pub(crate) fn text(&self) -> Option<String> {
        let percent = self.percent.map(|p| format!("{p:.2} %"));
        percent.or_else(|| self.spearman.map(|s| format!("Spearman {s:.4}")))
    }
}

/// Scores the vectors of every epoch but the last, which is scored when they are saved.
pub(crate) fn look<'a>(sets: &'a [Set], talk: &'a RefCell<&mut Talk>) -> Option<Look<'a>> {
    if sets.is_empty() {
        return None;
    }
    Some(Box::new(move |epoch, vectors| {
        let mut talk = talk.borrow_mut();
        talk.busy();
        let scored = vectors.and_then(|v| sets.iter().map(|set| set.score(&v)).collect());
        let scored: Vec<Score> = match scored {
            Ok(scored) => scored,
            Err(error) => return talk.line(&format!("note: no scores of epoch {epoch}: {error}")),
        };
        let text = |score: &Score| Some(format!("{} {}", score.set, score.text()?));
        let texts: Vec<String> = scored.iter().filter_map(text).collect();
        let title = format!("  scores of epoch {epoch}");
        talk.line(&human::list(&title, texts.iter().map(String::as_str)));
        for score in scored {
            talk.log.record(Event::Scoring { epoch, score });
        }
    }))
}

/// Whether the first line that is no comment heads a section or has the four words of a question. Between the tabs of
/// a pair there may be names with spaces.
fn holds_analogies(text: &str) -> bool {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let first = lines.map(str::trim).find(|line| !line.is_empty());
    first.is_some_and(|line| {
        let fields = match line.contains('\t') {
            true => line.split('\t').count(),
            false => line.split_whitespace().count(),
        };
        line.starts_with(':') || fields == 4
    })
}

/// A score in a line, for people.
pub(crate) fn line(score: &Score) -> String {
    let text = score.text().unwrap_or_else(|| "no score".to_owned());
    format!("  {}: {text}, {} questions asked", score.set, score.seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_tells_the_kind() {
        assert!(holds_analogies(": family\nman woman king queen\n"));
        assert!(holds_analogies("\nman woman king queen\n"));
        assert!(!holds_analogies("tiger\tcat\t7.35\n"));
        assert!(holds_analogies("man\twoman\tking\tqueen\n"));
        assert!(!holds_analogies("ice cream\tsnow\t5\n"));
        assert!(!holds_analogies(
            "# word1\tword2\tscore\ntiger\tcat\t7.35\n"
        ));
        assert!(holds_analogies("# four words of old\n: family\n"));
        assert!(!holds_analogies(""));
    }
}
