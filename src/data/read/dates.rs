//! Days and moments written as text: ISO and its kin, Chinese, day or month first, months by name; with or without a
//! time, an offset from UTC applied.

use crate::calendar::{date_of_day, day_of_date};
use serde::{Deserialize, Serialize};

pub(crate) const MICROS_PER_DAY: i64 = 86_400_000_000;
const MICROS_PER_MINUTE: i64 = 60_000_000;

/// Which part comes first in dates such as `01/02/2024`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOrder {
    /// The month, as in the United States.
    #[default]
    MonthFirst,
    /// The day, as nearly everywhere else.
    DayFirst,
}

/// A moment in the calendar of the file; moments with an offset are in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Microseconds since 1970-01-01.
    pub micros: i64,
    /// Whether a time stood beside the day.
    pub has_time: bool,
}

/// Reads a day or a moment, the month first where only its place tells it; none where the cell is neither.
pub(crate) fn parse_moment(cell: &str) -> Option<Moment> {
    parse_moment_in(cell, DayOrder::MonthFirst)
}

/// Microseconds since 1970 of a day or a moment written as text; none where the text is neither.
pub fn micros_of_date(text: &str) -> Option<i64> {
    Some(parse_moment(text.trim())?.micros)
}

/// Reads a day or a moment; none where the cell is neither.
pub(crate) fn parse_moment_in(cell: &str, order: DayOrder) -> Option<Moment> {
    // Most cells are neither, and show it in their first bytes.
    let looks_like_one = cell.len() >= 6
        && cell
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_digit() || first.is_ascii_alphabetic());
    if !looks_like_one {
        return None;
    }
    let ([year, month, day], rest) =
        year_first(cell).or_else(|| year_last(cell, order)).or_else(|| named_month(cell))?;
    if !(1..=12).contains(&month) || day < 1 || day > days_of_month(year, month) {
        return None;
    }
    let midnight = day_of_date(year, month, day) * MICROS_PER_DAY;
    if rest.is_empty() {
        return Some(Moment { micros: midnight, has_time: false });
    }
    let time = rest.strip_prefix('T').or_else(|| rest.strip_prefix([' ', ',']))?.trim_start();
    Some(Moment { micros: midnight + parse_time(time)?, has_time: true })
}

/// A moment as ISO writes it.
pub(super) fn written(micros: i64, has_time: bool) -> String {
    let (days, rest) = (micros.div_euclid(MICROS_PER_DAY), micros.rem_euclid(MICROS_PER_DAY));
    let (year, month, day) = date_of_day(days);
    let seconds = rest / 1_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if has_time {
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// `2024-01-31`, `2024/1/31`, `2024.1.31`, `2024年1月31日`, `2024-01`.
fn year_first(cell: &str) -> Option<([i64; 3], &str)> {
    let (year, rest) = number_of_digits(cell, 4..=4)?;
    let (separator, rest) = ["-", "/", ".", "年"]
        .into_iter()
        .find_map(|mark| Some((mark, rest.strip_prefix(mark)?)))?;
    let (month, rest) = number_of_digits(rest, 1..=2)?;
    let (day, rest) = if separator == "年" {
        let (day, rest) = number_of_digits(rest.strip_prefix('月')?, 1..=2)?;
        (day, rest.strip_prefix('日')?)
    } else if rest.is_empty() && separator == "-" {
        (1, rest)
    } else {
        number_of_digits(rest.strip_prefix(separator)?, 1..=2)?
    };
    Some(([year, month, day], rest))
}

/// `31/01/2024`, `31.1.24`, `31-1-2024`; with points the day is always first.
fn year_last(cell: &str, order: DayOrder) -> Option<([i64; 3], &str)> {
    let (first, rest) = number_of_digits(cell, 1..=2)?;
    let separator = ['/', '.', '-'].into_iter().find(|mark| rest.starts_with(*mark))?;
    let (second, rest) = number_of_digits(rest.strip_prefix(separator)?, 1..=2)?;
    let n_before = cell.len() - rest.len();
    let (year, rest) = year_of_digits(rest.strip_prefix(separator)?)?;
    // Versions such as `1.2.13` are no days.
    if separator == '.' && n_before < 5 && cell.len() - rest.len() < n_before + 5 {
        return None;
    }
    let is_day_first = separator == '.' || order == DayOrder::DayFirst;
    let (month, day) = if is_day_first { (second, first) } else { (first, second) };
    Some(([year, month, day], rest))
}

/// `31 Jan 2024`, `31-Jan-24`, `Jan 31, 2024`, `January 31 2024`, each perhaps after a day of the week.
fn named_month(cell: &str) -> Option<([i64; 3], &str)> {
    let cell = match cell.split_once(", ") {
        Some((weekday, rest)) if weekday.bytes().all(|byte| byte.is_ascii_alphabetic()) => rest,
        _ => cell,
    };
    if let Some((day, rest)) = number_of_digits(cell, 1..=2) {
        let (month, rest) = month_of_name(after_gap(rest)?)?;
        let (year, rest) = year_of_digits(after_gap(rest)?)?;
        return Some(([year, month, day], rest));
    }
    let (month, rest) = month_of_name(cell)?;
    let (day, rest) = number_of_digits(after_gap(rest)?, 1..=2)?;
    let (year, rest) = year_of_digits(after_gap(rest)?)?;
    Some(([year, month, day], rest))
}

/// What follows at least one blank or mark.
fn after_gap(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches([' ', '-', ',', '.']);
    (rest.len() < text.len()).then_some(rest)
}

fn month_of_name(text: &str) -> Option<(i64, &str)> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let n_letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, rest) = text.split_at_checked(n_letters)?;
    let name = name.to_ascii_lowercase();
    let is_this = |full: &&str| {
        *full == name || (name.len() == 3 || name == "sept") && full.starts_with(&name)
    };
    let place = NAMES.iter().position(is_this)?;
    Some((place as i64 + 1, rest))
}

/// Four digits, or two as POSIX reads them: 69 to 99 lie in the twentieth century.
fn year_of_digits(text: &str) -> Option<(i64, &str)> {
    number_of_digits(text, 4..=4).or_else(|| {
        let (short, rest) = number_of_digits(text, 2..=2)?;
        Some((if short < 69 { 2000 + short } else { 1900 + short }, rest))
    })
}

/// Microseconds since midnight of `hh:mm`, `hh:mm:ss`, `hh:mm:ss.ffffff`, `hh:mm PM`, with an offset from UTC taken off.
fn parse_time(text: &str) -> Option<i64> {
    let (text, offset) = split_offset(text)?;
    let lower = text.to_ascii_lowercase();
    let half = ["am", "pm"].into_iter().find(|half| lower.ends_with(half));
    let text = half
        .map_or(text, |half| text.get(..text.len() - half.len()).unwrap_or_default().trim_end());
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
    let hours = match half {
        Some(_) if !(1..=12).contains(&hours) => return None,
        Some("pm") => hours % 12 + 12,
        Some(_) => hours % 12,
        None => hours,
    };
    let is_time = hours < 24 && minutes < 60 && seconds < 60;
    is_time.then_some(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros - offset)
}

/// The time without its offset (`Z`, `+02:00`, `+0200`, `+02`, ` UTC`), and the offset in microseconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    let bare = text
        .strip_suffix('Z')
        .or_else(|| text.strip_suffix(" UTC"))
        .or_else(|| text.strip_suffix(" GMT"));
    if let Some(bare) = bare {
        return Some((bare, 0));
    }
    let Some(place) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (time, offset) = text.split_at_checked(place)?;
    let (hours, rest) = number_of_digits(offset.get(1..)?, 2..=4)?;
    let minutes = match rest.strip_prefix(':') {
        Some(rest) => {
            hours * 60 + number_of_digits(rest, 2..=2).filter(|(_, rest)| rest.is_empty())?.0
        }
        None if !rest.is_empty() => return None,
        None if offset.len() == 5 => hours / 100 * 60 + hours % 100,
        None => hours * 60,
    };
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    (minutes < 24 * 60).then_some((time.trim_end(), sign * minutes * MICROS_PER_MINUTE))
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
        for moment in [
            "2000-03-01T14:30:00+02:00",
            "2000-03-01 12:30:00 UTC",
            "3/1/2000 12:30 PM",
            "Mar 1, 2000 12:30",
            "Wed, 01 Mar 2000 12:30:00 +0000",
            "2000.3.1 12:30",
        ] {
            check(moment, Some((951_913_800, true)));
        }
        for day in
            ["2/29/2024", "29.02.2024", "29 Feb 2024", "29-Feb-24", "February 29, 2024", "2/29/24"]
        {
            check(day, Some((1_709_164_800, false)));
        }
        for day in ["1969-12-31", "2024-02-29", "1900-03-01", "0001-01-01"] {
            let moment = parse_moment(day).expect("a day");
            assert_eq!(written(moment.micros, false), day);
        }
        assert_eq!(parse_moment_in("29/2/2024", DayOrder::DayFirst), parse_moment("2024-02-29"));
        for text in [
            "2023-02-29",
            "2024-13-01",
            "24-01-01",
            "2024-01-01x",
            "2024-01-01 25:00",
            "20240101",
            "29/2/2024",
            "1.2.3",
            "Mayor 3, 2000",
            "10.0.0.1",
            "1-2-3",
            "13:30 PM",
            "2024-",
            "",
        ] {
            check(text, None);
        }
    }
}
