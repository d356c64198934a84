//! One question with its answer, in every shape.

use std::io::{self, Write};

use serde_json::{Map, Value, json};
use w2v::query::Neighbor;

use super::Failure;
use super::output::{Output, Shape};

/// An answer to a question.
pub(crate) enum Answer {
    /// Words with scores, the best first.
    Neighbors(Vec<Neighbor>),
    /// Cosine of two words.
    Similarity(f32),
    /// Rank, neighbours in all, cosine.
    Rank(w2v::query::Rank),
    /// Each word with its nearness to the mean, the odd one by its place.
    Odd(Vec<(String, f32)>, usize),
    /// A vector.
    Vector(Vec<f32>),
    /// Words with their counts.
    Words(Vec<(String, u64)>),
}

/// The f64 that is written with as few digits as the f32.
fn short(x: f32) -> f64 {
    x.to_string().parse().unwrap_or(f64::NAN)
}

impl Answer {
    /// The fields of the object that JSON has for it.
    fn fields(&self) -> Map<String, Value> {
        let value = match self {
            Self::Neighbors(found) => {
                let row =
                    |n: &Neighbor| json!({ "word": n.word, "similarity": short(n.similarity) });
                json!({ "neighbors": found.iter().map(row).collect::<Vec<_>>() })
            }
            Self::Similarity(cosine) => json!({ "similarity": short(*cosine) }),
            Self::Rank(rank) => {
                json!({ "rank": rank.rank, "of": rank.of, "similarity": short(rank.similarity) })
            }
            Self::Odd(words, odd) => {
                let words: Vec<Value> = words
                    .iter()
                    .map(|(word, similarity)| json!({ "word": word, "similarity": short(*similarity) }))
                    .collect();
                json!({ "odd": words.get(*odd).map(|w| &w["word"]), "words": words })
            }
            Self::Vector(vector) => {
                json!({ "vector": vector.iter().map(|x| short(*x)).collect::<Vec<_>>() })
            }
            Self::Words(words) => {
                let words = words.iter();
                let words = words.map(|(word, count)| json!({ "word": word, "count": count }));
                json!({ "words": words.collect::<Vec<_>>() })
            }
        };
        match value {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// The lines that a table has for it.
    fn lines(&self) -> Vec<String> {
        match self {
            Self::Neighbors(found) => {
                let line = |n: &Neighbor| format!("{:.4}  {}", n.similarity, n.word);
                found.iter().map(line).collect()
            }
            Self::Similarity(cosine) => vec![format!("{cosine:.4}")],
            Self::Rank(rank) => vec![format!(
                "{} of {}  (cosine {:.4})",
                rank.rank, rank.of, rank.similarity
            )],
            Self::Odd(words, odd) => {
                let mark = |i| {
                    if i == *odd {
                        "  <- does not belong"
                    } else {
                        ""
                    }
                };
                let line =
                    |(i, (word, x)): (usize, &(String, f32))| format!("{x:.4}  {word}{}", mark(i));
                words.iter().enumerate().map(line).collect()
            }
            Self::Vector(vector) => {
                let numbers: Vec<String> = vector.iter().map(f32::to_string).collect();
                vec![numbers.join(" ")]
            }
            Self::Words(words) => {
                let line = |(word, count): &(String, u64)| format!("{count:>10}  {word}");
                words.iter().map(line).collect()
            }
        }
    }

    /// The fields of the rows that a file of tabs has for it, the question's left out.
    fn rows(&self) -> Vec<Vec<String>> {
        match self {
            Self::Neighbors(found) => {
                let row = |n: &Neighbor| vec![n.word.clone(), n.similarity.to_string()];
                found.iter().map(row).collect()
            }
            Self::Similarity(cosine) => vec![vec![cosine.to_string()]],
            Self::Rank(rank) => vec![vec![
                rank.rank.to_string(),
                rank.of.to_string(),
                rank.similarity.to_string(),
            ]],
            Self::Odd(words, odd) => {
                let row = |(i, (word, x)): (usize, &(String, f32))| {
                    vec![word.clone(), x.to_string(), (i == *odd).to_string()]
                };
                words.iter().enumerate().map(row).collect()
            }
            Self::Vector(vector) => vec![vector.iter().map(f32::to_string).collect()],
            Self::Words(words) => {
                let row = |(word, count): &(String, u64)| vec![word.clone(), count.to_string()];
                words.iter().map(row).collect()
            }
        }
    }
}

impl Output {
    /// Writes the answer to `query`; in a table `titled` says that there are several.
    pub(crate) fn answer(
        &mut self,
        query: &[String],
        titled: bool,
        answer: &Answer,
    ) -> Result<(), Failure> {
        let title = query.join(" ");
        match self.shape() {
            Shape::Json | Shape::Jsonl => {
                let mut fields = Map::new();
                fields.insert("query".into(), json!(query));
                fields.extend(answer.fields());
                self.line(&fields)
            }
            Shape::Tsv => {
                let rows = answer.rows().into_iter();
                let mut rows = rows.map(|row| std::iter::once(title.clone()).chain(row));
                rows.try_for_each(|row| self.row(row))
            }
            Shape::Table => {
                self.write(|out| table(out, titled.then_some(title.as_str()), &answer.lines()))
            }
        }
    }

    /// Marks a question that has no answer. A table of one question shows nothing: the message
    /// goes to standard error.
    pub(crate) fn refusal(
        &mut self,
        (query, title): (Value, &str),
        titled: bool,
        error: &dyn std::error::Error,
    ) -> Result<(), Failure> {
        match self.shape() {
            Shape::Json | Shape::Jsonl => {
                self.line(&json!({ "query": query, "error": error.to_string() }))
            }
            Shape::Tsv => self.row([title, "", &format!("# {error}")]),
            Shape::Table if titled => {
                let line = format!("# {error}");
                self.write(|out| table(out, Some(title), &[line]))
            }
            Shape::Table => Ok(()),
        }
    }
}

fn table(out: &mut dyn Write, title: Option<&str>, lines: &[String]) -> io::Result<()> {
    if let Some(title) = title {
        writeln!(out, "{title}")?;
    }
    let indent = if title.is_some() { "  " } else { "" };
    lines
        .iter()
        .try_for_each(|line| writeln!(out, "{indent}{line}"))
}
