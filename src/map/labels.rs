//! Words on drawings: what is shown of them, how wide that is, and where there is room for it.

/// Height of letters, and of a line.
pub(super) const LETTERS: f32 = 13.0;
const LINE: f32 = 15.0;
/// Characters of a label at most.
const LONGEST: usize = 40;
/// Widths of the characters from space to `~` in hundredths of the letters' height: those of DejaVu
/// Sans, one of the widest fonts that a drawing may meet.
const WIDTHS: [u8; 95] = [
    32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75,
    79, 61, 79, 70, 64, 62, 74, 69, 99, 69, 62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36,
    64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,
];

/// Left, top, right, bottom.
pub(super) type Rectangle = [f32; 4];

/// Text without what XML forbids, on one line and not too long.
pub(super) fn legible(text: &str) -> String {
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

/// How wide a label is at most: letters without a known width are taken for wide ones, those of
/// scripts whose letters fill a square for squares.
pub(super) fn width(label: &str) -> f32 {
    let letter = |c: char| match (c as usize).checked_sub(32).and_then(|at| WIDTHS.get(at)) {
        Some(hundredths) => f32::from(*hundredths) / 100.0,
        None if c < '\u{1100}' => 0.8,
        None => 1.05,
    };
    LETTERS * label.chars().map(letter).sum::<f32>()
}

/// Where the line of a label in `place` stands.
pub(super) fn baseline(place: Rectangle) -> [f32; 2] {
    [place[0], (place[1] + place[3]) / 2.0 + 0.35 * LETTERS]
}

/// Places for a label beside a point, the best first.
pub(super) fn beside([x, y]: [f32; 2], width: f32, gap: f32) -> [Rectangle; 8] {
    let (half, near) = (LINE / 2.0, 0.7 * gap);
    let starts = [
        [x + gap, y - half],
        [x - gap - width, y - half],
        [x - width / 2.0, y - gap - LINE],
        [x - width / 2.0, y + gap],
        [x + near, y - near - LINE],
        [x + near, y + near],
        [x - near - width, y - near - LINE],
        [x - near - width, y + near],
    ];
    starts.map(|[left, top]| [left, top, left + width, top + LINE])
}

/// A drawing's area, and what of it is taken.
#[derive(Debug)]
pub(super) struct Room {
    size: [f32; 2],
    taken: Vec<Rectangle>,
}

impl Room {
    /// All of a drawing is free.
    pub(super) fn new(size: [f32; 2]) -> Self {
        Self {
            size,
            taken: Vec::new(),
        }
    }

    /// Keeps a place from labels.
    pub(super) fn take(&mut self, place: Rectangle) {
        self.taken.push(place);
    }

    /// Takes the first of `places` that is free.
    pub(super) fn first_free(
        &mut self,
        places: impl IntoIterator<Item = Rectangle>,
    ) -> Option<Rectangle> {
        let [width, height] = self.size;
        let free = |place: &Rectangle| {
            let [left, top, right, bottom] = *place;
            let inside = left >= 0.0 && top >= 0.0 && right <= width && bottom <= height;
            inside && !self.taken.iter().any(|other| overlap(place, other))
        };
        let found = places.into_iter().find(free)?;
        self.taken.push(found);
        Some(found)
    }
}

fn overlap(a: &Rectangle, b: &Rectangle) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_overlap() {
        let mut room = Room::new([1000.0, 1000.0]);
        let placed: Vec<Rectangle> = (0..400)
            .filter_map(|i| {
                let point = [(i * 37 % 1000) as f32, (i * 101 % 997) as f32];
                room.first_free(beside(point, width(&format!("word{i}")), 4.0))
            })
            .collect();
        assert!(placed.len() > 100, "{}", placed.len());
        for (i, a) in placed.iter().enumerate() {
            assert!(placed[..i].iter().all(|b| !overlap(a, b)), "{a:?}");
            assert!(a.iter().all(|side| (0.0..=1000.0).contains(side)), "{a:?}");
        }
    }

    #[test]
    fn labels_are_legible() {
        assert_eq!(legible("a\nb\u{0}c"), "a b\u{FFFD}c");
        assert_eq!(legible(&"x".repeat(200)).chars().count(), LONGEST + 1);
    }

    /// Advances of DejaVu Sans 2.37 in units of 2048 by fontTools:
    /// `f = TTFont("DejaVuSans.ttf"); [f["hmtx"][f.getBestCmap()[ord(c)]][0] for c in "king"]`
    #[test]
    fn a_label_is_as_wide_as_in_a_wide_font() {
        let real = (1186 + 569 + 1298 + 1300) as f32 / 2048.0 * LETTERS;
        let found = width("king");
        assert!(found >= real && found < 1.02 * real, "{found} {real}");
        assert!(width("國王") > 2.0 * LETTERS);
    }
}
