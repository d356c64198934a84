//! A drawing as a page of PDF (ISO 32000-1). Lines, areas and letters are paths, so the page needs
//! no font and looks the same everywhere.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use resvg::tiny_skia::{PathSegment, Transform};
use resvg::usvg::{Color, FillRule, Group, LineCap, Node, Paint, PaintOrder, Path, Tree};

/// Points to an inch, as PDF counts.
const POINTS: f32 = 72.0;

/// The page of `tree`, `units` of the drawing to an inch.
pub(crate) fn pdf(tree: &Tree, units: f32) -> Vec<u8> {
    let scale = POINTS / units;
    let (width, height) = (tree.size().width() * scale, tree.size().height() * scale);
    // In a drawing y points down, on a page up.
    let page = Transform::from_row(scale, 0.0, 0.0, -scale, 0.0, height);
    let mut content = String::new();
    group(tree.root(), page, &mut content);
    let packed = packed(content.as_bytes());
    let mut file = Objects::default();
    file.add(b"<</Type/Catalog/Pages 2 0 R>>");
    file.add(b"<</Type/Pages/Kids[3 0 R]/Count 1>>");
    let leaf = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width:.2} {height:.2}]/Resources<<>>/Contents 4 0 R>>"
    );
    file.add(leaf.as_bytes());
    let head = format!("<</Length {}/Filter/FlateDecode>>\nstream\n", packed.len());
    file.add(&[head.as_bytes(), &packed, b"\nendstream"].concat());
    let producer = concat!("<</Producer(w2v ", env!("CARGO_PKG_VERSION"), ")>>");
    file.add(producer.as_bytes());
    file.finish()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // A vector takes all that is written.
    let written = encoder.write_all(bytes);
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}

/// A file in the making, and where its objects begin.
#[derive(Default)]
struct Objects {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Objects {
    fn add(&mut self, object: &[u8]) {
        if self.bytes.is_empty() {
            // Four bytes above 127 tell that the file is binary.
            self.bytes.extend(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n");
        }
        self.starts.push(self.bytes.len());
        let head = format!("{} 0 obj\n", self.starts.len());
        self.bytes.extend(head.as_bytes());
        self.bytes.extend(object);
        self.bytes.extend(b"\nendobj\n");
    }

    /// Adds the table of all objects, the first of which is the root and the last of which tells of
    /// the file.
    fn finish(mut self) -> Vec<u8> {
        let (table, count) = (self.bytes.len(), self.starts.len());
        let mut end = format!("xref\n0 {}\n0000000000 65535 f \n", count + 1);
        for start in &self.starts {
            end.push_str(&format!("{start:010} 00000 n \n"));
        }
        end.push_str(&format!(
            "trailer\n<</Size {}/Root 1 0 R/Info {count} 0 R>>\nstartxref\n{table}\n%%EOF\n",
            count + 1
        ));
        self.bytes.extend(end.as_bytes());
        self.bytes
    }
}

fn group(group: &Group, page: Transform, content: &mut String) {
    for node in group.children() {
        match node {
            Node::Group(inner) => self::group(inner, page, content),
            Node::Text(text) => self::group(text.flattened(), page, content),
            Node::Path(path) => self::path(path, page, content),
            // The library's drawings have none.
            Node::Image(_) => {}
        }
    }
}

fn path(path: &Path, page: Transform, content: &mut String) {
    let place = page.pre_concat(path.abs_transform());
    let lines = lines(path, place);
    let mut parts = [area(path, &lines), outline(path, place, &lines)];
    if path.paint_order() == PaintOrder::StrokeAndFill {
        parts.reverse();
    }
    parts.iter().for_each(|part| content.push_str(part));
}

fn area(path: &Path, lines: &str) -> String {
    let Some((fill, colour)) = path.fill().and_then(|f| Some((f, colour(f.paint())?))) else {
        return String::new();
    };
    let end = match fill.rule() {
        FillRule::NonZero => "f",
        FillRule::EvenOdd => "f*",
    };
    format!("{colour} rg\n{lines}{end}\n")
}

fn outline(path: &Path, place: Transform, lines: &str) -> String {
    let Some((stroke, colour)) = path.stroke().and_then(|s| Some((s, colour(s.paint())?))) else {
        return String::new();
    };
    let scale = place.get_scale().0;
    let width = stroke.width().get() * scale;
    let dashes: Vec<String> = (stroke.dasharray().unwrap_or_default().iter())
        .map(|dash| format!("{:.2}", dash * scale))
        .collect();
    let cap = match stroke.linecap() {
        LineCap::Butt => 0,
        LineCap::Round => 1,
        LineCap::Square => 2,
    };
    let dashes = dashes.join(" ");
    // Round joins: sharp ones would stick out of letters.
    format!("{colour} RG {width:.3} w {cap} J 1 j [{dashes}] 0 d\n{lines}S\n")
}

/// Red, green and blue, 0 to 1.
fn colour(paint: &Paint) -> Option<String> {
    let Paint::Color(Color { red, green, blue }) = paint else {
        return None;
    };
    let parts = [red, green, blue].map(|part| format!("{:.3}", f32::from(*part) / 255.0));
    Some(parts.join(" "))
}

fn lines(path: &Path, place: Transform) -> String {
    let Some(data) = path.data().clone().transform(place) else {
        return String::new();
    };
    let mut out = String::new();
    let mut last = (0.0, 0.0);
    for segment in data.segments() {
        match segment {
            PathSegment::MoveTo(p) => {
                last = (p.x, p.y);
                out.push_str(&format!("{:.2} {:.2} m\n", p.x, p.y));
            }
            PathSegment::LineTo(p) => {
                last = (p.x, p.y);
                out.push_str(&format!("{:.2} {:.2} l\n", p.x, p.y));
            }
            PathSegment::QuadTo(c, p) => {
                // The cubic curve that is the same as a quadratic one.
                let towards = |from: (f32, f32)| {
                    let part = 2.0 / 3.0;
                    (
                        from.0 + part * (c.x - from.0),
                        from.1 + part * (c.y - from.1),
                    )
                };
                let (a, b) = (towards(last), towards((p.x, p.y)));
                last = (p.x, p.y);
                out.push_str(&format!(
                    "{:.2} {:.2} {:.2} {:.2} {:.2} {:.2} c\n",
                    a.0, a.1, b.0, b.1, p.x, p.y
                ));
            }
            PathSegment::CubicTo(a, b, p) => {
                last = (p.x, p.y);
                out.push_str(&format!(
                    "{:.2} {:.2} {:.2} {:.2} {:.2} {:.2} c\n",
                    a.x, a.y, b.x, b.y, p.x, p.y
                ));
            }
            PathSegment::Close => out.push_str("h\n"),
        }
    }
    out
}
