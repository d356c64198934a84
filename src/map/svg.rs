//! The map as a drawing for papers.

use std::io::Write;

use super::WordMap;
use super::page::{escape, unit_places};

/// Width and height of the drawing, and its margin.
const SIZE: f32 = 1000.0;
const MARGIN: f32 = 30.0;
/// Height of letters, and of a line.
const LETTERS: f32 = 13.0;
const LINE: f32 = 15.0;
/// Characters of a label at most.
const LONGEST: usize = 40;
/// Okabe and Ito's colours, told apart with any kind of sight; the last is for the rest.
const PALETTE: [&str; 9] = [
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#8c7a00", "#7a5195",
    "#9a9a94",
];

/// A rectangle: left, top, right, bottom.
type Rectangle = [f32; 4];

/// Writes the drawing: a dot for each word, and the labels that have room, the most frequent
/// words' first.
///
/// # Errors
/// What `out` refuses.
pub fn write_svg(map: &WordMap, title: &str, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SIZE} {SIZE}\" \
         width=\"{SIZE}\" height=\"{SIZE}\" font-family=\"sans-serif\" font-size=\"{LETTERS}\">\n\
         <title>{}</title>\n<rect width=\"{SIZE}\" height=\"{SIZE}\" fill=\"#fff\"/>",
        escape(&legible(title))
    )?;
    let inner = SIZE - 2.0 * MARGIN;
    let places = unit_places(map.points()).map(|p| p.map(|x| MARGIN + inner * x));
    let places: Vec<[f32; 2]> = places.collect();
    let radius = (60.0 / (map.len() as f32).sqrt()).clamp(1.0, 3.5);
    for (row, [x, y]) in places.iter().enumerate() {
        let colour = PALETTE[group(map, row).min(PALETTE.len() - 1)];
        writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"{colour}\"/>"
        )?;
    }
    writeln!(
        out,
        "<g fill=\"#111\" stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\">"
    )?;
    let labels: Vec<String> = (0..map.len()).map(|row| legible(map.word(row))).collect();
    for (row, [x, y]) in place(&labels, &places, radius) {
        writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
            escape(&labels[row])
        )?;
    }
    writeln!(out, "</g>\n</svg>")
}

/// The colour's place: of the category where there are any, else of the cluster.
fn group(map: &WordMap, row: usize) -> usize {
    if map.categories.names.is_empty() {
        return usize::from(map.clusters().of[row]);
    }
    map.categories.of[row].map_or(PALETTE.len() - 1, |place| place as usize)
}

/// Text without what XML forbids, on one line and not too long.
fn legible(text: &str) -> String {
    let plain = |c: char| match c {
        c if c.is_whitespace() => ' ',
        c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => '\u{FFFD}',
        c => c,
    };
    let mut label: String = text.chars().map(plain).take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        label.push('\u{2026}');
    }
    label
}

/// The labels that have room, each with the start of its line: right of its dot or else left.
fn place(labels: &[String], places: &[[f32; 2]], radius: f32) -> Vec<(usize, [f32; 2])> {
    let mut taken: Vec<Rectangle> = Vec::new();
    let mut placed = Vec::new();
    for (row, ([x, y], label)) in places.iter().zip(labels).enumerate() {
        let (width, gap) = (width(label), radius + 2.0);
        for left in [x + gap, x - gap - width] {
            let wanted = [left, y - LINE / 2.0, left + width, y + LINE / 2.0];
            let inside = wanted.iter().all(|side| (0.0..=SIZE).contains(side));
            if inside && !taken.iter().any(|other| overlap(&wanted, other)) {
                taken.push(wanted);
                placed.push((row, [left, y + 0.35 * LETTERS]));
                break;
            }
        }
    }
    placed
}

fn overlap(a: &Rectangle, b: &Rectangle) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// About how wide a label is, rather too wide: scripts of broad letters take a square each.
fn width(label: &str) -> f32 {
    let letter = |c: char| if c < '\u{1100}' { 0.62 } else { 1.05 };
    LETTERS * label.chars().map(letter).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_overlap() {
        let labels: Vec<String> = (0..400).map(|i| format!("word{i}")).collect();
        let places: Vec<[f32; 2]> = (0..400)
            .map(|i| [(i * 37 % 1000) as f32, (i * 101 % 997) as f32])
            .collect();
        let placed = place(&labels, &places, 2.0);
        assert!(placed.len() > 50, "{}", placed.len());
        let boxes: Vec<Rectangle> = placed
            .iter()
            .map(|(row, [x, y])| [*x, y - LETTERS, x + width(&labels[*row]), *y])
            .collect();
        for (i, a) in boxes.iter().enumerate() {
            assert!(boxes[..i].iter().all(|b| !overlap(a, b)), "{a:?}");
        }
    }

    #[test]
    fn labels_are_legible() {
        assert_eq!(legible("a\nb\u{0}c"), "a b\u{FFFD}c");
        assert_eq!(legible(&"x".repeat(200)).chars().count(), LONGEST + 1);
    }
}
