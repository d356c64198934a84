//! A few words and how they lie to each other, for papers: neighbours around their word, an analogy
//! as arrows. The plane is that of the two principal axes of the words concerned, so lines that are
//! parallel among the vectors are parallel on paper.

use std::io::Write;

use ndarray::{Array1, Array2, Axis, concatenate};

use super::labels::{LETTERS, Rectangle, Room, baseline, beside, legible, width};
use super::page::escape;
use super::pca::Axes;
use super::svg::{LABELS, open};
use super::{LEAST, directions, plane};
use crate::embeddings::Embeddings;
use crate::error::{MapError, Result};
use crate::query::{self, Neighbor, Question};

/// Width and height of the drawing, and what is left free for labels on all sides.
const SIZE: [f32; 2] = [900.0, 640.0];
const MARGIN: [f32; 2] = [110.0, 50.0];
/// Radius of a dot, and the distances from it at which a label is tried.
const DOT: f32 = 4.0;
const GAPS: [f32; 5] = [7.0, 14.0, 24.0, 40.0, 64.0];
/// A label farther from its dot than this is tied to it by a line.
const TIED: f32 = 20.0;
/// Length and half the width of an arrow's head.
const HEAD: [f32; 2] = [11.0, 4.5];

/// A drawing of a few words.
#[derive(Debug)]
pub struct Plot {
    title: String,
    marks: Vec<Mark>,
    lines: Vec<Line>,
    /// The share of the words' variance that the plane shows.
    share: f64,
}

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A word of the question.
    Asked,
    /// A word of the answer.
    Found,
    /// The sum that the answer is nearest to.
    Sum,
}

#[derive(Debug)]
struct Mark {
    place: [f32; 2],
    label: String,
    /// The cosine of an answer.
    note: String,
    role: Role,
}

/// How two marks are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Join {
    Near,
    Arrow,
    Wish,
}

/// A line from one mark to another, by their places.
#[derive(Debug)]
struct Line {
    ends: [usize; 2],
    join: Join,
}

/// Words in the making of a plot: rows with their notes and roles.
#[derive(Default)]
struct Cast {
    ids: Vec<u32>,
    notes: Vec<String>,
    roles: Vec<Role>,
}

impl Cast {
    /// The place of a word, which is added where it is new.
    fn place(&mut self, id: u32, role: Role, note: String) -> usize {
        if let Some(at) = self.ids.iter().position(|known| *known == id) {
            if role == Role::Asked {
                self.roles[at] = role;
                self.notes[at] = note;
            }
            return at;
        }
        self.ids.push(id);
        self.roles.push(role);
        self.notes.push(note);
        self.ids.len() - 1
    }

    /// Places of the answers; a word without a direction has none.
    fn answers(&mut self, embeddings: &Embeddings, answers: &[Neighbor]) -> Vec<usize> {
        let norms = embeddings.inverse_norms();
        let known = answers.iter().filter(|near| norms[near.id as usize] != 0.0);
        let place = |near: &Neighbor| {
            let note = format!("{:.2}", near.similarity);
            self.place(near.id, Role::Found, note)
        };
        known.map(place).collect()
    }

    fn asked(&mut self, embeddings: &Embeddings, words: &[&str]) -> Result<Vec<usize>> {
        let mut place = |word: &&str| {
            let id = query::find(embeddings, word)?;
            Ok(self.place(id, Role::Asked, String::new()))
        };
        words.iter().map(&mut place).collect()
    }

    /// The plot of these words; `sum` is a weighted sum of their directions and its name.
    fn plot(
        self,
        embeddings: &Embeddings,
        (title, lines): (String, Vec<Line>),
        sum: Option<(&[(usize, f32)], &str)>,
    ) -> Result<Plot> {
        let words = directions(embeddings, &self.ids)?;
        if words.len() < LEAST {
            let found = words.len();
            return Err(MapError::TooFew {
                least: LEAST,
                found,
            }
            .into());
        }
        let axes = Axes::of(words.matrix(), 2);
        let mut rows = words.matrix().to_owned();
        let share = share(&axes, &rows);
        if let Some((terms, _)) = sum {
            let mut total = Array1::<f32>::zeros(rows.ncols());
            for (at, weight) in terms {
                total.scaled_add(*weight, &rows.row(*at));
            }
            let total = total.insert_axis(Axis(0));
            rows = concatenate![Axis(0), rows, total];
        }
        let mut places = plane(&axes, rows.view());
        fit(&mut places);
        let known = self.ids.iter().zip(self.notes).zip(self.roles);
        let named = known.map(|((id, note), role)| (embeddings.word(*id), note, role));
        let sum = sum.map(|(_, name)| (name, String::new(), Role::Sum));
        let marks = places
            .into_iter()
            .zip(named.chain(sum))
            .map(|(place, (word, note, role))| Mark {
                place,
                label: legible(word),
                note,
                role,
            });
        Ok(Plot {
            title,
            marks: marks.collect(),
            lines,
            share,
        })
    }
}

impl Plot {
    /// Words with their neighbours, each word tied to its own.
    ///
    /// # Errors
    /// A word that is not there, fewer than three words in all, a damaged file.
    pub fn nearest(embeddings: &Embeddings, asked: &[(&str, &[Neighbor])]) -> Result<Self> {
        let mut cast = Cast::default();
        let mut lines = Vec::new();
        for (word, answers) in asked {
            let from = cast.asked(embeddings, &[word])?[0];
            let tied = cast.answers(embeddings, answers).into_iter();
            lines.extend(tied.map(|to| Line {
                ends: [from, to],
                join: Join::Near,
            }));
        }
        let words: Vec<&str> = asked.iter().map(|(word, _)| *word).collect();
        let title = format!("nearest to {}", words.join(", "));
        cast.plot(embeddings, (title, lines), None)
    }

    /// A question with its answers: arrows where it is an analogy, and the sum that it asks for.
    ///
    /// # Errors
    /// A word that is not there, fewer than three words in all, a damaged file.
    pub fn question(
        embeddings: &Embeddings,
        question: &Question<'_>,
        answers: &[Neighbor],
    ) -> Result<Self> {
        let mut cast = Cast::default();
        let positive = cast.asked(embeddings, &question.positive)?;
        let negative = cast.asked(embeddings, &question.negative)?;
        let found = cast.answers(embeddings, answers);
        let mut title = question.positive.join(" + ");
        if let ([b, c], [a]) = (&question.positive[..], &question.negative[..]) {
            title = format!("{b} - {a} + {c}");
        } else {
            let less = question.negative.iter().map(|word| format!(" - {word}"));
            title.extend(less);
        }
        let sum = cast.ids.len();
        let mut lines = Vec::new();
        let mut line = |from, to, join| {
            lines.push(Line {
                ends: [from, to],
                join,
            });
        };
        if let ([b, c], [a]) = (&positive[..], &negative[..]) {
            line(*a, *b, Join::Arrow);
            line(*c, sum, Join::Wish);
            if let Some(best) = found.first() {
                line(*c, *best, Join::Arrow);
            }
        }
        let terms = positive.iter().map(|at| (*at, 1.0));
        let terms = terms.chain(negative.iter().map(|at| (*at, -1.0)));
        let terms: Vec<(usize, f32)> = terms.collect();
        cast.plot(embeddings, (title.clone(), lines), Some((&terms, &title)))
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        let words = self.marks.iter().filter(|mark| mark.role != Role::Sum);
        words.count()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The share of the words' variance that the plane shows.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// Writes the drawing.
    ///
    /// # Errors
    /// What `out` refuses.
    pub fn write_svg(&self, out: &mut dyn Write) -> std::io::Result<()> {
        open(out, SIZE, &self.title)?;
        for line in &self.lines {
            self.line(line, out)?;
        }
        for Mark { place, role, .. } in &self.marks {
            let [x, y] = *place;
            match role {
                Role::Sum => writeln!(
                    out,
                    "<path d=\"M{:.1} {:.1}l10 10m0 -10l-10 10\" stroke=\"#444\" stroke-width=\"2\"/>",
                    x - 5.0,
                    y - 5.0
                )?,
                Role::Asked => dot([x, y], DOT + 1.0, "#d55e00", out)?,
                Role::Found => dot([x, y], DOT, "#0072b2", out)?,
            }
        }
        self.labels(out)?;
        let [_, height] = SIZE;
        writeln!(
            out,
            "<text x=\"12\" y=\"{}\" fill=\"#666\" font-size=\"11\">the two principal axes of \
             these {} words: {:.0} % of their variance</text>\n</svg>",
            height - 10.0,
            self.len(),
            100.0 * self.share
        )
    }

    /// Start, neck and tip of an arrow that is long enough to have a head.
    fn arrow(&self, line: &Line) -> Option<[[f32; 2]; 3]> {
        let [from, to] = line.ends.map(|at| self.marks[at].place);
        let along = [to[0] - from[0], to[1] - from[1]];
        let length = along[0].hypot(along[1]);
        if line.join == Join::Near || length < 2.0 * DOT + HEAD[0] {
            return None;
        }
        let unit = along.map(|x| x / length);
        let at = |point: [f32; 2], far: f32| [point[0] + far * unit[0], point[1] + far * unit[1]];
        let tip = at(to, -DOT - 3.0);
        Some([at(from, DOT + 3.0), at(tip, -HEAD[0]), tip])
    }

    fn line(&self, line: &Line, out: &mut dyn Write) -> std::io::Result<()> {
        let [from, to] = line.ends.map(|at| self.marks[at].place);
        if line.join == Join::Near {
            return straight(from, to, "stroke=\"#bbb\"", out);
        }
        let Some([start, neck, tip]) = self.arrow(line) else {
            return Ok(());
        };
        let (colour, dashes) = match line.join {
            Join::Wish => ("#444", " stroke-dasharray=\"5 4\""),
            _ => ("#d55e00", ""),
        };
        let style = format!("stroke=\"{colour}\" stroke-width=\"2\"{dashes}");
        straight(start, neck, &style, out)?;
        let part = HEAD[1] / HEAD[0];
        let side = [(neck[1] - tip[1]) * part, (tip[0] - neck[0]) * part];
        writeln!(
            out,
            "<path d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}z\" fill=\"{colour}\"/>",
            tip[0],
            tip[1],
            neck[0] + side[0],
            neck[1] + side[1],
            neck[0] - side[0],
            neck[1] - side[1]
        )
    }

    /// The labels that have room; those of the question first.
    fn labels(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let mut room = Room::new([SIZE[0], SIZE[1] - 2.0 * LETTERS]);
        for Mark { place, .. } in &self.marks {
            let [x, y] = *place;
            room.take([x - DOT, y - DOT, x + DOT, y + DOT]);
        }
        let heads = self.lines.iter().filter_map(|line| self.arrow(line));
        heads.for_each(|[_, neck, tip]| room.take(around(neck, tip)));
        let mut order: Vec<&Mark> = self.marks.iter().collect();
        order.sort_by_key(|mark| mark.role == Role::Found);
        writeln!(out, "{LABELS}")?;
        for mark in order {
            let space = if mark.note.is_empty() { "" } else { " " };
            let wide = width(&format!("{}{space}{}", mark.label, mark.note));
            let places = GAPS.map(|gap| beside(mark.place, wide, gap));
            let Some(found) = room.first_free(places.into_iter().flatten()) else {
                continue;
            };
            let near = [
                mark.place[0].clamp(found[0], found[2]),
                mark.place[1].clamp(found[1], found[3]),
            ];
            if (near[0] - mark.place[0]).hypot(near[1] - mark.place[1]) > TIED {
                straight(
                    mark.place,
                    near,
                    "stroke=\"#999\" stroke-width=\"0.7\"",
                    out,
                )?;
            }
            let ([x, y], label) = (baseline(found), escape(&mark.label));
            let weight = match mark.role {
                Role::Asked => " fill=\"#a34700\"",
                _ => "",
            };
            let note = match mark.note.as_str() {
                "" => String::new(),
                // A space at the start would be left out.
                note => format!("<tspan dx=\"4\" fill=\"#767676\">{note}</tspan>"),
            };
            writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{y:.1}\"{weight}>{label}{note}</text>"
            )?;
        }
        writeln!(out, "</g>")
    }
}

fn dot([x, y]: [f32; 2], radius: f32, fill: &str, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(
        out,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\"/>"
    )
}

fn straight(from: [f32; 2], to: [f32; 2], style: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let ([a, b], [c, d]) = (from, to);
    writeln!(out, "<path d=\"M{a:.1} {b:.1}L{c:.1} {d:.1}\" {style}/>")
}

/// The place of an arrow's head.
fn around(neck: [f32; 2], tip: [f32; 2]) -> Rectangle {
    let (low, high) = (
        [0, 1].map(|i| neck[i].min(tip[i])),
        [0, 1].map(|i| neck[i].max(tip[i])),
    );
    let wide = HEAD[1] / 2.0;
    [low[0] - wide, low[1] - wide, high[0] + wide, high[1] + wide]
}

/// The share of the rows' variance along the axes.
fn share(axes: &Axes, rows: &Array2<f32>) -> f64 {
    let square = |m: &Array2<f32>| m.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    let mean = rows.mean_axis(Axis(0)).unwrap_or_default();
    let all = square(&(rows - &mean));
    let shown = square(&axes.project(rows.view()));
    if all > 0.0 {
        (shown / all).min(1.0)
    } else {
        1.0
    }
}

/// Moves and scales places, both axes alike, so that they fill the drawing inside its margins.
fn fit(places: &mut [[f32; 2]]) {
    let bound = |axis: usize, pick: fn(f32, f32) -> f32| {
        let along = places.iter().map(|place| place[axis]);
        along.reduce(pick).unwrap_or(0.0)
    };
    let low = [0, 1].map(|axis| bound(axis, f32::min));
    let high = [0, 1].map(|axis| bound(axis, f32::max));
    let scales = [0, 1].map(|axis| (SIZE[axis] - 2.0 * MARGIN[axis]) / (high[axis] - low[axis]));
    let scale = scales.into_iter().filter(|s| s.is_finite());
    let scale = scale.reduce(f32::min).unwrap_or(0.0);
    for place in places {
        for axis in 0..2 {
            let middle = (low[axis] + high[axis]) / 2.0;
            place[axis] = SIZE[axis] / 2.0 + scale * (place[axis] - middle);
        }
        // On paper the second axis points down.
        place[1] = SIZE[1] - place[1];
    }
}

#[cfg(test)]
mod tests;
