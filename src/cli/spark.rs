//! Curves in a line of text.

/// From low to high.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One character a value; the lowest and the highest value take the lowest and the highest one.
pub(crate) fn spark(values: &[f64]) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let top = (LEVELS.len() - 1) as f64;
    let level = |value: f64| ((value - low) / (high - low).max(f64::MIN_POSITIVE) * top).round();
    values
        .iter()
        .filter(|value| value.is_finite())
        .map(|value| LEVELS[level(*value) as usize])
        .collect()
}

/// Whether the reader's terminal shows such characters, as the locale tells.
pub(crate) fn is_shown() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty());
    let name = locale.unwrap_or_default().to_string_lossy().to_lowercase();
    name.contains("utf-8") || name.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_spans_all_levels() {
        assert_eq!(spark(&[8.0, 1.0, 4.5]), "█▁▅");
        assert_eq!(spark(&[2.0, 2.0]), "▁▁");
        assert_eq!(spark(&[1.0, f64::NAN, 2.0]), "▁█");
        assert_eq!(spark(&[]), "");
    }
}
