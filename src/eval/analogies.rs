//! Analogies: a is to b as c is to what?

use std::path::Path;

use super::{Lexicon, Protocol, read_text};
use crate::embeddings::Embeddings;
use crate::error::{EvalError, Result};
use crate::query::{Hit, Method, Space, Target};

/// Answers looked at: the first of them that is no word of the question counts.
const ANSWERS: usize = 5;

/// Questions in sections, as in word2vec's `questions-words.txt`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnalogySet {
    /// The sections in the order of the file.
    pub sections: Vec<Section>,
    /// Lines that are no question: not four words.
    pub invalid: usize,
}

/// Questions under one heading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub name: String,
    /// The three words of each question and its answer.
    pub questions: Vec<[String; 4]>,
}

/// What a section asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Meaning.
    Semantic,
    /// Grammar: by convention the names begin with "gram".
    Syntactic,
}

/// Questions by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accuracy {
    /// Answered as expected.
    pub correct: usize,
    /// All four words are known.
    pub seen: usize,
    /// Not asked, because a word is unknown.
    pub skipped: usize,
}

/// The score of one section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionReport {
    /// The heading.
    pub name: String,
    /// What it asks for.
    pub kind: Kind,
    /// Its questions.
    pub accuracy: Accuracy,
}

/// The score of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalogyReport {
    /// The sections in the order of the file.
    pub sections: Vec<SectionReport>,
}

impl AnalogySet {
    /// Reads `path`: a line `: name` opens a section, a line of four words is a question.
    ///
    /// # Errors
    /// A file that cannot be read or holds no question.
    pub fn read(path: &Path) -> Result<Self> {
        let text = read_text(path)?;
        let set = Self::parse(&text);
        if set.sections.iter().all(|s| s.questions.is_empty()) {
            return Err(EvalError::NoQuestions {
                path: path.to_path_buf(),
                expected: "four words, under headings that begin with \": \"",
                lines: text.lines().count(),
            }
            .into());
        }
        Ok(set)
    }

    /// As [`AnalogySet::read`], from `text`. Questions before any heading get an unnamed section.
    pub fn parse(text: &str) -> Self {
        let mut set = Self::default();
        for line in text.split('\n') {
            if let Some(name) = line.strip_prefix(": ") {
                set.sections.push(Section {
                    name: name.trim_start_matches([':', ' ']).trim_end().to_owned(),
                    questions: Vec::new(),
                });
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [] => {}
                [a, b, c, answer] => set.add([a, b, c, answer]),
                _ => set.invalid += 1,
            }
        }
        set
    }

    fn add(&mut self, question: [&str; 4]) {
        if self.sections.is_empty() {
            self.sections.push(Section::default());
        }
        if let Some(section) = self.sections.last_mut() {
            section.questions.push(question.map(str::to_owned));
        }
    }
}

impl Accuracy {
    /// Share of the questions asked that were answered as expected; NaN when none was asked.
    pub fn share(&self) -> f64 {
        self.correct as f64 / self.seen as f64
    }
}

impl std::iter::Sum for Accuracy {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |a, b| Self {
            correct: a.correct + b.correct,
            seen: a.seen + b.seen,
            skipped: a.skipped + b.skipped,
        })
    }
}

impl AnalogyReport {
    /// All sections together.
    pub fn total(&self) -> Accuracy {
        self.sections.iter().map(|s| s.accuracy).sum()
    }

    /// The sections of one kind together.
    pub fn total_of(&self, kind: Kind) -> Accuracy {
        let sections = self.sections.iter().filter(|s| s.kind == kind);
        sections.map(|s| s.accuracy).sum()
    }
}

/// A question whose words are known: rows, and the section it counts for.
struct Asked {
    section: usize,
    words: [u32; 3],
    expected: u32,
}

/// Scores `set`, all questions in one batch.
///
/// # Errors
/// A damaged file.
pub fn score_analogies(
    embeddings: &Embeddings,
    set: &AnalogySet,
    protocol: Protocol,
) -> Result<AnalogyReport> {
    let lexicon = Lexicon::new(embeddings, protocol)?;
    let mut sections: Vec<SectionReport> = set.sections.iter().map(blank).collect();
    let (mut asked, mut targets) = (Vec::new(), Vec::new());
    for (i, section) in set.sections.iter().enumerate() {
        for question in &section.questions {
            let accuracy = &mut sections[i].accuracy;
            let [Some(a), Some(b), Some(c), Some(expected)] =
                question.each_ref().map(|word| lexicon.find(word))
            else {
                accuracy.skipped += 1;
                continue;
            };
            accuracy.seen += 1;
            // Without a direction there is no answer: seen, and wrong.
            if let Some(target) = target(&lexicon, [a, b, c])? {
                targets.push(target);
                asked.push(Asked {
                    section: i,
                    words: [a, b, c],
                    expected,
                });
            }
        }
    }
    let answers = Space::new(embeddings, protocol.restrict).scan(&targets, ANSWERS)?;
    for (asked, hits) in asked.iter().zip(answers) {
        if predicted(&lexicon, asked, &hits) == Some(asked.expected) {
            sections[asked.section].accuracy.correct += 1;
        }
    }
    Ok(AnalogyReport { sections })
}

fn blank(section: &Section) -> SectionReport {
    SectionReport {
        name: section.name.clone(),
        kind: if section.name.starts_with("gram") {
            Kind::Syntactic
        } else {
            Kind::Semantic
        },
        accuracy: Accuracy::default(),
    }
}

fn target(lexicon: &Lexicon, [a, b, c]: [u32; 3]) -> Result<Option<Target>> {
    let units = (lexicon.unit(a)?, lexicon.unit(b)?, lexicon.unit(c)?);
    let (Some(ua), Some(ub), Some(uc)) = units else {
        return Ok(None);
    };
    let excluded = vec![a, b, c];
    Ok(match lexicon.protocol.method {
        Method::Add => Target::sum(&[ub, uc], &[ua], excluded),
        Method::Mul => Target::product(vec![ub, uc], vec![ua], excluded),
    })
}

/// The first answer whose name is none of the question's (another spelling of one may be left),
/// or else the last one.
fn predicted(lexicon: &Lexicon, asked: &Asked, hits: &[Hit]) -> Option<u32> {
    let names = hits.iter().map(|hit| lexicon.stands_for(hit.id));
    let mut last = None;
    for name in names {
        last = name;
        if name.is_some_and(|id| !asked.words.contains(&id)) {
            break;
        }
    }
    last
}
