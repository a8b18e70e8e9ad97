//! Days and moments written as text: `2024-01-31`, `2024/1/31`, `2024年1月31日`, `2024-01`, with or without a time.

use crate::calendar::day_of_date;

pub(crate) const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A moment in the calendar of the file, without a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Microseconds since 1970-01-01.
    pub micros: i64,
    /// Whether a time stood beside the day.
    pub has_time: bool,
}

/// Reads a day or a moment; none where the cell is neither.
pub(crate) fn parse_moment(cell: &str) -> Option<Moment> {
    let (year, rest) = number_of_digits(cell, 4..=4)?;
    let (separator, rest) =
        ["-", "/", "年"].into_iter().find_map(|mark| Some((mark, rest.strip_prefix(mark)?)))?;
    let (month, rest) = number_of_digits(rest, 1..=2)?;
    let (day, rest) = if separator == "年" {
        let (day, rest) = number_of_digits(rest.strip_prefix('月')?, 1..=2)?;
        (day, rest.strip_prefix('日')?)
    } else if rest.is_empty() && separator == "-" {
        (1, rest)
    } else {
        number_of_digits(rest.strip_prefix(separator)?, 1..=2)?
    };
    if !(1..=12).contains(&month) || day < 1 || day > days_of_month(year, month) {
        return None;
    }
    let midnight = day_of_date(year, month, day) * MICROS_PER_DAY;
    if rest.is_empty() {
        return Some(Moment { micros: midnight, has_time: false });
    }
    let time = rest.strip_prefix('T').or_else(|| rest.strip_prefix(' ')).map(str::trim_start)?;
    Some(Moment { micros: midnight + parse_time(time)?, has_time: true })
}

/// Microseconds since midnight of `hh:mm`, `hh:mm:ss` or `hh:mm:ss.ffffff`, a final `Z` allowed.
fn parse_time(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (hours, rest) = number_of_digits(text, 1..=2)?;
    let (minutes, rest) = number_of_digits(rest.strip_prefix(':')?, 2..=2)?;
    let (seconds, rest) = match rest.strip_prefix(':') {
        Some(rest) => number_of_digits(rest, 2..=2)?,
        None => (0, rest),
    };
    let micros = match rest.strip_prefix('.') {
        Some(digits)
            if (1..=9).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            format!("{digits:0<6}").get(..6)?.parse().ok()?
        }
        None if rest.is_empty() => 0,
        _ => return None,
    };
    let is_time = hours < 24 && minutes < 60 && seconds < 60;
    is_time.then_some(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros)
}

/// The leading digits as a number, and what follows them; none where their count does not fit.
fn number_of_digits(text: &str, count: std::ops::RangeInclusive<usize>) -> Option<(i64, &str)> {
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if !count.contains(&n_digits) {
        return None;
    }
    let (digits, rest) = text.split_at_checked(n_digits)?;
    Some((digits.parse().ok()?, rest))
}

pub(crate) fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: &str, expected: Option<(i64, bool)>) {
        let found = parse_moment(cell).map(|moment| (moment.micros / 1_000_000, moment.has_time));
        assert_eq!(found, expected, "{cell:?}");
    }

    #[test]
    fn days_and_moments() {
        check("1970-01-01", Some((0, false)));
        check("2024-02-29", Some((1_709_164_800, false)));
        check("2024/2/29", Some((1_709_164_800, false)));
        check("2024年2月29日", Some((1_709_164_800, false)));
        check("1949-01", Some((-662_688_000, false)));
        check("2000-03-01T12:30:15.25Z", Some((951_913_815, true)));
        check("2000-03-01 12:30", Some((951_913_800, true)));
        for text in [
            "2023-02-29",
            "2024-13-01",
            "24-01-01",
            "2024-01-01x",
            "2024-01-01 25:00",
            "20240101",
            "2024-",
            "",
        ] {
            check(text, None);
        }
    }
}
