//! Scores of fresh vectors on the sets of `train --eval`.

use std::path::PathBuf;

use w2v::Error;
use w2v::embeddings::Embeddings;
use w2v::eval::{AnalogySet, PairSet, Protocol, score_analogies, score_pairs};

use super::log::Event;

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
    pub(crate) fn score(&self, model: &Embeddings) -> w2v::Result<Event> {
        let set = self.name.clone();
        let finite = |score: f64| score.is_finite().then_some(score);
        Ok(match &self.questions {
            Questions::Analogies(questions) => {
                let total = score_analogies(model, questions, Protocol::default())?.total();
                Event::Scored {
                    set,
                    percent: finite(100.0 * total.share()),
                    spearman: None,
                    seen: total.seen,
                    skipped: total.skipped,
                }
            }
            Questions::Pairs(questions) => {
                let report = score_pairs(model, questions, Protocol::default())?;
                Event::Scored {
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

/// Whether the first line heads a section or has the four words of a question.
fn holds_analogies(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
    first.is_some_and(|line| line.starts_with(':') || line.split_whitespace().count() == 4)
}

/// A score in a line, for people.
pub(crate) fn line(event: &Event) -> Option<String> {
    let Event::Scored {
        set,
        percent,
        spearman,
        seen,
        ..
    } = event
    else {
        return None;
    };
    let score = percent.map(|p| format!("{p:.2} %"));
    let score = score.or_else(|| spearman.map(|s| format!("Spearman {s:.4}")));
    let score = score.unwrap_or_else(|| "no score".to_owned());
    Some(format!("  {set}: {score}, {seen} questions asked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_tells_the_kind() {
        assert!(holds_analogies(": family\nman woman king queen\n"));
        assert!(holds_analogies("\nman woman king queen\n"));
        assert!(!holds_analogies("tiger\tcat\t7.35\n"));
        assert!(!holds_analogies(""));
    }
}
