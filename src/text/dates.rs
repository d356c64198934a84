//! Dates with times of day, as they are written, and the moments that they tell.

use std::ops::RangeInclusive;

/// How dates are written, for messages.
pub(super) const FORMS: &str = "2026-01-31 9:00:00.5, 2026/1/31 9:00 PM or 2026-01-31T09:00+02:00";

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Appends the moment of `date` to `key`, as bytes that sort by it; of dates that tell one moment the one of
/// fewer numbers is first. `None` where `date` is none.
///
/// A date is the numbers of its year, month, day, hour, minute, second and fraction of a second, or the first of
/// them; then AM or PM, then a zone, where there are such. A time without a zone is UTC.
pub(super) fn put_date(date: &str, key: &mut Vec<u8>) -> Option<()> {
    let (numbers, rest) = numbers(date.trim())?;
    let (is_afternoon, rest) = half_of_day(rest.trim_start());
    let ahead = zone(rest.trim_start())?;
    let number = |at: usize, missing: i64, range: RangeInclusive<i64>| {
        let number = numbers.get(at).map_or(Some(missing), |n| n.parse().ok())?;
        range.contains(&number).then_some(number)
    };
    let year = number(0, 0, 0..=9_999_999)?;
    let month = number(1, 1, 1..=12)?;
    let first = days(year, month);
    let day = first + number(2, 1, 1..=days(year, month + 1) - first)? - 1;
    let hour = match is_afternoon {
        None => number(3, 0, 0..=24)?,
        // 12 AM is midnight. AM or PM without an hour is none.
        Some(is_afternoon) => number(3, -1, 0..=12)? % 12 + 12 * i64::from(is_afternoon),
    };
    let minute = number(4, 0, 0..=59)?;
    // A minute may have a leap second.
    let second = number(5, 0, 0..=60)?;
    let moment = day * DAY + hour * HOUR + minute * MINUTE + second - ahead;
    let fraction = numbers
        .get(6)
        .map_or("", |digits| digits.trim_end_matches('0'));
    // The order of signed numbers is that of their bits, but for the sign.
    key.extend_from_slice(&(moment as u64 ^ 1 << 63).to_be_bytes());
    key.push(numbers.len() as u8);
    key.extend_from_slice(fraction.as_bytes());
    Some(())
}

/// The numbers of a date, the year of four digits or more, and what follows them.
fn numbers(date: &str) -> Option<(Vec<&str>, &str)> {
    let mut numbers = Vec::new();
    let mut rest = date;
    let mut has_clock = false;
    loop {
        let (digits, after) = split(rest, |c| !c.is_ascii_digit());
        let before = numbers.len();
        put_numbers(digits, &mut numbers);
        rest = after;
        let (between, next) = split(rest, |c| c.is_ascii_digit());
        has_clock |= match numbers.len() {
            4 => between.contains(':'),
            known => before == 3 && known > 4,
        };
        let is_zone =
            has_clock && numbers.len() > 4 && between.trim_start().starts_with(['+', '-']);
        if is_zone || !between.chars().all(is_between) {
            break;
        }
        rest = next;
        if rest.is_empty() {
            break;
        }
    }
    let is_date = numbers[0].len() >= 4 && numbers.len() <= 7;
    is_date.then_some((numbers, rest))
}

/// What comes before the first character of that kind, and the rest.
fn split(text: &str, is_next: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(is_next).unwrap_or(text.len()))
}

/// Adds the number that `digits` are, or the numbers, as in 20260131T120000.
fn put_numbers<'d>(digits: &'d str, numbers: &mut Vec<&'d str>) {
    let (mut rest, compact) = match (numbers.len(), digits.len()) {
        (0, 8) => {
            numbers.push(&digits[..4]);
            (&digits[4..], true)
        }
        (3, 4 | 6) => (digits, true),
        _ => (digits, false),
    };
    while compact && rest.len() > 2 {
        numbers.push(&rest[..2]);
        rest = &rest[2..];
    }
    numbers.push(rest);
}

/// What may stand between the numbers of a date.
fn is_between(character: char) -> bool {
    !character.is_alphanumeric() || "Tt年月日时時分秒".contains(character)
}

/// Whether the text begins with PM; `None` where it begins with neither AM nor PM. And the rest.
fn half_of_day(text: &str) -> (Option<bool>, &str) {
    let is_afternoon = text.starts_with(['P', 'p']);
    let rest = text.strip_prefix(['A', 'a', 'P', 'p']);
    let rest = rest.map(|rest| rest.strip_prefix('.').unwrap_or(rest));
    match rest.and_then(|rest| rest.strip_prefix(['M', 'm'])) {
        Some(rest) => (Some(is_afternoon), rest.strip_prefix('.').unwrap_or(rest)),
        None => (None, text),
    }
}

/// By how many seconds the clocks of a zone are ahead of UTC.
fn zone(name: &str) -> Option<i64> {
    let is = |known: &&str| name.eq_ignore_ascii_case(known);
    match ["", "Z", "UTC", "GMT"].iter().any(is) {
        true => Some(0),
        false => offset(name),
    }
}

/// The same for a zone that is written as a sign and hours, or hours and minutes.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let minutes = if zone.len() == 3 { "00" } else { minutes };
    let number = |digits: &str, most: i64| {
        let is_number = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| is_number)?;
        (0..=most).contains(&number).then_some(number)
    };
    Some(sign * (number(hours, 23)? * HOUR + number(minutes, 59)? * MINUTE))
}

/// Days from 1970-01-01 to the first of a month, which may be the 13th of the year. Years begin in March, so that
/// the leap day is the last one of them; they repeat every 400 (Hinnant, "chrono-compatible low-level date
/// algorithms").
fn days(year: i64, month: i64) -> i64 {
    let (year, month) = match month {
        ..=2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468
}
