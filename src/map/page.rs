//! The map as one page that needs no network: `page/` holds what a browser runs.

use std::io::Write;

use serde_json::json;

use super::WordMap;

const PAGE: &str = include_str!("page/map.html");
const STYLE: &str = include_str!("page/map.css");
const DRAW: &str = include_str!("page/draw.js");
const MAP: &str = include_str!("page/map.js");
const ASK: &str = include_str!("page/ask.js");

/// Bytes of vectors in a page, for analogies: those of as many words as have room.
const VECTOR_BYTES: usize = 2_400_000;

/// Writes the page.
///
/// # Errors
/// What `out` refuses.
pub fn write_page(map: &WordMap, title: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let title = escape(title);
    // In JSON `<` may be written so, and then nothing in it can end the element.
    let data = data(map).to_string().replace('<', "\\u003c");
    let parts = [
        ("style", STYLE),
        ("draw", DRAW),
        ("map", MAP),
        ("ask", ASK),
        ("title", &title),
        ("data", &data),
    ];
    let mut rest = PAGE;
    while let Some((before, after)) = rest.split_once("{{") {
        out.write_all(before.as_bytes())?;
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        let part = parts
            .iter()
            .find(|part| part.0 == name)
            .map_or("", |part| part.1);
        out.write_all(part.as_bytes())?;
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// Text as HTML and SVG show it.
pub(super) fn escape(text: &str) -> String {
    html_escape::encode_safe(text).into_owned()
}

/// What the page knows. Numbers are little-endian bytes in base 64: places have 16 bits, ids 24,
/// cosines 16 (0 is -1), vectors 8.
fn data(map: &WordMap) -> serde_json::Value {
    let (n, graph) = (map.len(), map.graph());
    let places = unit_places(map.points())
        .flatten()
        .flat_map(|x| ((x * 65535.0) as u16).to_le_bytes());
    let ids = (0..n).flat_map(|row| graph.ids(row)).flat_map(|id| {
        let [a, b, c, _] = id.to_le_bytes();
        [a, b, c]
    });
    let cosines = (0..n).flat_map(|row| graph.cosines(row));
    let cosines = cosines.flat_map(|c| (((c + 1.0) * 32767.0).round() as u16).to_le_bytes());
    let dim = map.words().dim();
    let known = n.min(VECTOR_BYTES / dim.max(1));
    let category = |row: usize| {
        map.categories
            .of
            .get(row)
            .copied()
            .flatten()
            .map_or(-1, i64::from)
    };
    json!({
        "words": (0..n).map(|row| map.word(row)).collect::<Vec<_>>(),
        "counts": (0..n as u32).map(|row| map.words().count(row)).collect::<Vec<_>>(),
        "points": base64(places),
        "degree": graph.degree(),
        "ids": base64(ids),
        "cosines": base64(cosines),
        "clusters": map.clusters().central,
        "cluster": base64(map.clusters().of.iter().copied()),
        "categories": map.categories.names,
        "category": match map.categories.names.is_empty() {
            true => Vec::new(),
            false => (0..n).map(category).collect(),
        },
        "dim": dim,
        "known": known,
        "vectors": base64((0..known as u32).flat_map(|row| to_bytes(map.words().row(row)))),
    })
}

/// Places in the unit square, with their proportions.
pub(super) fn unit_places(points: &[[f32; 2]]) -> impl Iterator<Item = [f32; 2]> {
    let bound = |axis: usize, pick: fn(f32, f32) -> f32| {
        points.iter().map(|p| p[axis]).reduce(pick).unwrap_or(0.0)
    };
    let (low, high) = (
        [0, 1].map(|a| bound(a, f32::min)),
        [0, 1].map(|a| bound(a, f32::max)),
    );
    let extent = (high[0] - low[0])
        .max(high[1] - low[1])
        .max(f32::MIN_POSITIVE);
    points.iter().map(move |p| {
        [0, 1].map(|a| (0.5 + (p[a] - (low[a] + high[a]) / 2.0) / extent).clamp(0.0, 1.0))
    })
}

/// A vector with 8 bits a number, its largest at 127.
fn to_bytes(row: &[f32]) -> Vec<u8> {
    let largest = row.iter().fold(f32::MIN_POSITIVE, |a, x| a.max(x.abs()));
    row.iter()
        .map(|x| (x / largest * 127.0).round() as i8 as u8)
        .collect()
}

fn base64(bytes: impl Iterator<Item = u8>) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = bytes.collect();
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let at = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize] as char;
            text.push(if i > three.len() { '=' } else { digit });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_64_is_that_of_the_standard() {
        // RFC 4648, section 10.
        for (text, want) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.bytes()), want);
        }
    }

    #[test]
    fn places_fill_the_square_in_proportion() {
        let places: Vec<_> = unit_places(&[[-2.0, 1.0], [2.0, 1.0], [0.0, 3.0]]).collect();
        assert_eq!(places, [[0.0, 0.25], [1.0, 0.25], [0.5, 0.75]]);
    }
}
