//! The map as a drawing for papers.

use std::io::Write;

use super::WordMap;
use super::labels::{LETTERS, Room, baseline, beside, legible, width};
use super::page::{escape, unit_places};

/// Width and height of the drawing, and its margin.
const SIZE: f32 = 1000.0;
const MARGIN: f32 = 30.0;
/// Space between a dot and its label.
const GAP: f32 = 2.0;
/// Okabe and Ito's colours, told apart with any kind of sight; the last is for the rest.
const PALETTE: [&str; 9] = [
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#8c7a00", "#7a5195",
    "#9a9a94",
];

/// Begins a drawing with a white ground.
pub(super) fn open(out: &mut dyn Write, size: [f32; 2], title: &str) -> std::io::Result<()> {
    let [width, height] = size;
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"{LETTERS}\">\n\
         <title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>",
        escape(&legible(title))
    )
}

/// Begins a group of labels, legible above lines and dots.
pub(super) const LABELS: &str =
    "<g fill=\"#111\" stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\">";

/// Writes the drawing: a dot for each word, and the labels that have room, the most frequent
/// words' first.
///
/// # Errors
/// What `out` refuses.
pub fn write_svg(map: &WordMap, title: &str, out: &mut dyn Write) -> std::io::Result<()> {
    open(out, [SIZE, SIZE], title)?;
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
    writeln!(out, "{LABELS}")?;
    let mut room = Room::new([SIZE, SIZE]);
    legend(map, &mut room, out)?;
    for (row, point) in places.into_iter().enumerate() {
        let label = legible(map.word(row));
        let wanted = beside(point, width(&label), radius + GAP);
        if let Some(place) = room.first_free(wanted) {
            let ([x, y], label) = (baseline(place), escape(&label));
            writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\">{label}</text>")?;
        }
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

/// Names the colours of categories, the largest first.
fn legend(map: &WordMap, room: &mut Room, out: &mut dyn Write) -> std::io::Result<()> {
    let (left, step) = (14.0, 18.0);
    for (at, name) in map.categories.names.iter().enumerate() {
        if at + 1 == PALETTE.len() {
            break;
        }
        let (y, label) = (left + step * at as f32, legible(name));
        room.take([
            0.0,
            y - step / 2.0,
            left + 10.0 + width(&label),
            y + step / 2.0,
        ]);
        writeln!(
            out,
            "<circle cx=\"{left}\" cy=\"{y}\" r=\"5\" stroke=\"none\" fill=\"{}\"/>\
             <text x=\"{}\" y=\"{:.1}\">{}</text>",
            PALETTE[at],
            left + 10.0,
            y + 0.35 * LETTERS,
            escape(&label)
        )?;
    }
    Ok(())
}
