//! Numbers as people read them.

use std::time::Duration;

/// `1234567` as `1,234,567`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A rate or size with three figures: `8.93 M`, `412 k`, `57`.
pub(crate) fn short(n: f64) -> String {
    let (value, unit) = match n {
        n if n >= 1e9 => (n / 1e9, " G"),
        n if n >= 1e6 => (n / 1e6, " M"),
        n if n >= 1e3 => (n / 1e3, " k"),
        n => return format!("{n:.0}"),
    };
    let places = match value {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.places$}{unit}")
}

/// Bytes, decimal units: `25.7 MB`.
pub(crate) fn bytes(n: u64) -> String {
    let text = short(n as f64);
    let space = if text.ends_with(char::is_alphabetic) {
        ""
    } else {
        " "
    };
    format!("{text}{space}B")
}

/// `0.42 s`, `12.3 s`, `3 min 05 s`, `2 h 07 min`.
pub(crate) fn duration(d: Duration) -> String {
    let seconds = d.as_secs_f64();
    if seconds < 10.0 {
        return format!("{seconds:.2} s");
    }
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    duration_round(d)
}

/// Whole seconds, for what is still to come: `12 s`, `3 min 05 s`, `2 h 07 min`.
pub(crate) fn duration_round(d: Duration) -> String {
    let whole = d.as_secs_f64().round() as u64;
    if whole < 60 {
        return format!("{whole} s");
    }
    if whole < 3600 {
        return format!("{} min {:02} s", whole / 60, whole % 60);
    }
    format!("{} h {:02} min", whole / 3600, whole % 3600 / 60)
}

/// `  title: a, b, c`, broken into lines that a narrow terminal shows whole.
pub(crate) fn list<'a>(title: &str, items: impl IntoIterator<Item = &'a str>) -> String {
    const COLUMNS: usize = 60;
    let (mut lines, mut line) = (String::new(), format!("  {title}:"));
    let indent = " ".repeat(line.chars().count());
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
            if line.chars().count() + 1 + item.chars().count() >= COLUMNS {
                lines.push_str(&line);
                lines.push('\n');
                line.clone_from(&indent);
            }
        }
        line.push(' ');
        line.push_str(item);
    }
    lines + &line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(12_345_678), "12,345,678");
        assert_eq!(short(57.2), "57");
        assert_eq!(short(412_000.0), "412 k");
        assert_eq!(short(8_931_000.0), "8.93 M");
        assert_eq!(bytes(25_700_000), "25.7 MB");
        assert_eq!(bytes(12), "12 B");
        assert_eq!(duration(Duration::from_millis(420)), "0.42 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 05 s");
        assert_eq!(duration(Duration::from_secs(7620)), "2 h 07 min");
    }

    #[test]
    fn a_list_breaks_between_items() {
        assert_eq!(list("text", ["a 1", "b 2"]), "  text: a 1, b 2");
        let long = "x".repeat(30);
        let listed = list("text", [long.as_str(), &long, "c"]);
        assert_eq!(listed, format!("  text: {long},\n        {long}, c"));
    }
}
