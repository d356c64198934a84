//! Line charts as SVG, readable in both themes, in print, and without colours.

use std::borrow::Cow;
use std::fmt::Write;

use super::page::escape;

/// Size of a chart and of the space around its plot, in SVG units.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 40.0;
/// Ticks of an axis, about.
const TICKS: f64 = 5.0;
/// Lines of runs that follow each other differ in colour and in their dashes.
const DASHES: [&str; 4] = ["none", "6 3", "2 3", "8 3 2 3"];
/// Colours there are in the page's style.
const COLOURS: usize = 6;

/// A line: its name and its points.
pub(super) struct Series<'a> {
    pub(super) name: &'a str,
    pub(super) points: Vec<(f64, f64)>,
}

/// What is drawn against what.
pub(super) struct Chart<'a> {
    pub(super) title: Cow<'a, str>,
    pub(super) x: &'a str,
    pub(super) y: &'a str,
    /// Both axes go by powers of ten.
    pub(super) logarithmic: bool,
    pub(super) series: Vec<Series<'a>>,
}

/// An axis: values from `low` to `high` take places from `start` to `end`.
struct Axis {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
    logarithmic: bool,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64>, place: (f64, f64), logarithmic: bool) -> Self {
        let values = values.filter(|v| v.is_finite());
        let bounds = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = values.fold(bounds, |(low, high), v| (low.min(v), high.max(v)));
        let (low, high) = match (low.is_finite(), logarithmic) {
            (false, _) => (0.0, 1.0),
            (true, true) => (low.log10().floor(), high.log10().ceil()),
            (true, false) => {
                let (low, high) = widened(low, high);
                let step = step(high - low);
                ((low / step).floor() * step, (high / step).ceil() * step)
            }
        };
        // A single power of ten stands in the middle.
        let (low, high) = if low < high {
            (low, high)
        } else {
            (low - 0.5, low + 0.5)
        };
        let (start, end) = place;
        Self {
            low,
            high,
            start,
            end,
            logarithmic,
        }
    }

    /// Where `value` is drawn.
    fn place(&self, value: f64) -> f64 {
        let value = if self.logarithmic {
            value.log10()
        } else {
            value
        };
        self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)
    }

    /// Round values along the axis, each with its label.
    fn ticks(&self) -> Vec<(f64, String)> {
        if self.logarithmic {
            let powers = (self.low as i32..=self.high as i32).map(|power| 10f64.powi(power));
            return powers.map(|value| (value, label(value, value))).collect();
        }
        let step = step(self.high - self.low);
        let count = ((self.high - self.low) / step).round() as usize;
        let values = (0..=count).map(|i| self.low + i as f64 * step);
        values.map(|value| (value, label(value, step))).collect()
    }
}

/// So wide a range around values that lie within it that its labels are short.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    let least = match low < high {
        true => size * 1e-4,
        false => (size * 1e-3).max(1.0),
    };
    let middle = low / 2.0 + high / 2.0;
    (
        low.min(middle - least / 2.0),
        high.max(middle + least / 2.0),
    )
}

/// 1, 2 or 5 times a power of ten, so that about [`TICKS`] steps cover `range`.
fn step(range: f64) -> f64 {
    if range <= 0.0 {
        return 1.0;
    }
    let rough = range / TICKS;
    let power = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= rough);
    factor.unwrap_or(10.0) * power
}

/// A tick's value in few characters: as many places as its distance to the next one needs.
fn label(value: f64, step: f64) -> String {
    let size = value.abs();
    let (unit, scale) = match size {
        1e6.. => (" M", 1e6),
        1e4.. => (" k", 1e3),
        _ => ("", 1.0),
    };
    if size < step * 1e-6 {
        return "0".to_owned();
    }
    let places = (-(step / scale).log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{:.places$}", value / scale);
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    format!("{text}{unit}")
}

impl Chart<'_> {
    /// The figure, or nothing where there is no point.
    pub(super) fn draw(&self) -> String {
        let points = || {
            self.series
                .iter()
                .flat_map(|series| series.points.iter().copied())
        };
        if points().next().is_none() {
            return String::new();
        }
        let x = Axis::new(
            points().map(|p| p.0),
            (LEFT, WIDTH - RIGHT),
            self.logarithmic,
        );
        let y = Axis::new(
            points().map(|p| p.1),
            (HEIGHT - BOTTOM, TOP),
            self.logarithmic,
        );
        let mut svg = format!(
            "<figure><figcaption>{}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}: {} by {}\">\n",
            escape(&self.title),
            escape(&self.title),
            escape(self.y),
            escape(self.x),
        );
        self.draw_axes(&x, &y, &mut svg);
        for (at, series) in self.series.iter().enumerate() {
            draw_line(series, at, (&x, &y), &mut svg);
        }
        svg.push_str("</svg></figure>\n");
        svg
    }

    fn draw_axes(&self, x: &Axis, y: &Axis, svg: &mut String) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for (value, text) in x.ticks() {
            let (at, below) = (x.place(value), bottom + 16.0);
            let _ = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{at:.1} {TOP}V{bottom}\"/><text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{text}</text>"
            );
        }
        for (value, text) in y.ticks() {
            let at = y.place(value);
            let (left, base) = (LEFT - 6.0, at + 4.0);
            let _ = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{right}\"/><text x=\"{left}\" y=\"{base:.1}\" text-anchor=\"end\">{text}</text>"
            );
        }
        let (middle, foot) = ((LEFT + right) / 2.0, HEIGHT - 6.0);
        let height = (TOP + bottom) / 2.0;
        let _ = writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{foot}\" text-anchor=\"middle\">{}</text>",
            escape(self.x)
        );
        let _ = writeln!(
            svg,
            "<text transform=\"translate(12 {height}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            escape(self.y)
        );
    }
}

fn draw_line(series: &Series<'_>, at: usize, (x, y): (&Axis, &Axis), svg: &mut String) {
    let mut path = String::new();
    for (px, py) in series
        .points
        .iter()
        .filter(|p| p.0.is_finite() && p.1.is_finite())
    {
        let command = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{command}{:.1} {:.1}", x.place(*px), y.place(*py));
    }
    if series.points.len() == 1 {
        // A line without length shows as a dot.
        path.push_str("h0");
    }
    let (colour, dash) = (at % COLOURS, DASHES[at % DASHES.len()]);
    let name = escape(series.name);
    let _ = writeln!(
        svg,
        "<path class=\"line c{colour}\" stroke-dasharray=\"{dash}\" d=\"{path}\"><title>{name}</title></path>"
    );
}

/// The mark of line `at`, for the legend.
pub(super) fn key(at: usize) -> String {
    let (colour, dash) = (at % COLOURS, DASHES[at % DASHES.len()]);
    format!(
        "<svg class=\"key\" viewBox=\"0 0 32 8\" aria-hidden=\"true\"><path class=\"line c{colour}\" stroke-dasharray=\"{dash}\" d=\"M0 4H32\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        assert_eq!(step(10.0), 2.0);
        assert_eq!(step(4.9), 1.0);
        assert_eq!(step(0.05), 0.01);
        assert_eq!(step(0.0), 1.0);
    }

    #[test]
    fn labels_are_short() {
        assert_eq!(label(2_500_000.0, 500_000.0), "2.5 M");
        assert_eq!(label(0.05, 0.01), "0.05");
        assert_eq!(label(-20.0, 5.0), "-20");
        assert_eq!(label(1e-17, 0.1), "0");
        assert_eq!(label(100_000.0, 100_000.0), "100 k");
        assert_eq!(label(1e-5, 1e-5), "0.00001");
    }

    #[test]
    fn labels_of_values_that_are_nearly_equal_are_short_and_differ() {
        for values in [
            [3_309_933.0, 3_309_933.0],
            [3_309_933.0, 3_309_934.0],
            [2.0001, 2.00012],
        ] {
            let axis = Axis::new(values.into_iter(), (100.0, 0.0), false);
            let labels: Vec<String> = axis.ticks().into_iter().map(|tick| tick.1).collect();
            assert!(labels.iter().all(|label| label.len() <= 9), "{labels:?}");
            assert!(labels.len() >= 4, "{labels:?}");
            assert!(
                labels.windows(2).all(|pair| pair[0] != pair[1]),
                "{labels:?}"
            );
            for value in values {
                assert!((0.0..=100.0).contains(&axis.place(value)));
            }
        }
    }

    #[test]
    fn axes_cover_their_values() {
        let axis = Axis::new([1.98, 2.24].into_iter(), (100.0, 0.0), false);
        assert!(axis.ticks().len() >= 4);
        assert!(axis.place(1.98) <= 100.0 && axis.place(2.24) >= 0.0);
        assert!(axis.place(1.98) > axis.place(2.24));
        let powers = Axis::new([3.0, 300_000.0].into_iter(), (0.0, 60.0), true);
        let ticks: Vec<f64> = powers.ticks().into_iter().map(|tick| tick.0).collect();
        assert_eq!(ticks, [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6]);
        assert!((powers.place(1000.0) - 30.0).abs() < 1e-9);
    }

    #[test]
    fn one_point_or_none_draw_no_nonsense() {
        let mut chart = Chart {
            title: "a < b".into(),
            x: "x",
            y: "y",
            logarithmic: false,
            series: vec![Series {
                name: "run",
                points: vec![],
            }],
        };
        assert_eq!(chart.draw(), "");
        chart.series[0].points.push((1.0, 2.0));
        let svg = chart.draw();
        assert!(
            svg.contains("a &lt; b") && !svg.contains("NaN") && !svg.contains("inf"),
            "{svg}"
        );
    }
}
