//! Values as text: short and even for people, or in full.

use polars::prelude::*;

use crate::calendar::date_of_day;

/// Longer texts are cut in a cell.
const MAX_CHARS: usize = 200;
/// Columns that need more decimals are rounded to four digits that count.
const MAX_EXACT_DECIMALS: usize = 3;
const SECONDS_PER_DAY: i64 = 86_400;

/// Decimals that show the values of a column evenly: all of them where few do, else four digits of a usual value.
pub(super) fn decimals_of(values: &Series, n_looked_at: usize) -> usize {
    let step = (values.len() / n_looked_at).max(1);
    let mut n_decimals = 0;
    let mut sizes = Vec::new();
    for row in (0..values.len()).step_by(step) {
        let Ok(value) = values.get(row) else { break };
        let Some(number) =
            value.extract::<f64>().filter(|number| number.is_finite() && *number != 0.0)
        else {
            continue;
        };
        let text = exact(&value);
        n_decimals = n_decimals.max(text.split_once('.').map_or(0, |(_, decimals)| decimals.len()));
        sizes.push(number.abs());
    }
    if n_decimals <= MAX_EXACT_DECIMALS {
        return n_decimals;
    }
    sizes.sort_unstable_by(f64::total_cmp);
    let usual = sizes.get(sizes.len() / 2).copied().unwrap_or(1.0);
    (3.0 - usual.log10().floor()).clamp(2.0, 8.0) as usize
}

/// A number with so many decimals; thousands are grouped on request.
pub(super) fn number(value: &AnyValue<'_>, decimals: usize, has_groups: bool) -> String {
    let Some(number) = value.extract::<f64>() else { return exact(value) };
    if value.is_integer() {
        return signed(&exact(value), has_groups);
    }
    if !number.is_finite() {
        return if number > 0.0 { "∞".to_owned() } else { "−∞".to_owned() };
    }
    let size = number.abs();
    let is_lost = size != 0.0 && size < 0.5 * 10.0_f64.powi(-(decimals as i32));
    if is_lost || size >= 1e15 {
        return format!("{number:.2e}").replace('-', "−");
    }
    signed(&format!("{number:.decimals$}"), has_groups)
}

/// A value as it is written to a file.
pub(super) fn exact(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::Float64(number) if *number == 0.0 => "0".to_owned(),
        AnyValue::Float64(number) => number.to_string(),
        AnyValue::Float32(number) => number.to_string(),
        AnyValue::Date(days) => moment_text(f64::from(*days) * SECONDS_PER_DAY as f64),
        AnyValue::Datetime(since, unit, _) => {
            let per_second = match unit {
                TimeUnit::Nanoseconds => 1e9,
                TimeUnit::Microseconds => 1e6,
                TimeUnit::Milliseconds => 1e3,
            };
            moment_text(*since as f64 / per_second)
        }
        AnyValue::List(items) => {
            let items: Vec<String> = items.iter().map(|item| exact(&item)).collect();
            items.join(" ")
        }
        value => value.to_string(),
    }
}

/// A day, with the time where it is not midnight, from seconds since 1970.
pub fn moment_text(seconds: f64) -> String {
    let whole = seconds.floor() as i64;
    let (year, month, day) = date_of_day(whole.div_euclid(SECONDS_PER_DAY));
    let time = whole.rem_euclid(SECONDS_PER_DAY);
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (time / 3600, time / 60 % 60, time % 60) {
        (0, 0, 0) => date,
        (hours, minutes, 0) => format!("{date} {hours:02}:{minutes:02}"),
        (hours, minutes, seconds) => format!("{date} {hours:02}:{minutes:02}:{seconds:02}"),
    }
}

/// One line of bounded length: breaks and tabs become blanks.
pub(super) fn one_line(text: &str) -> String {
    let mut line: String =
        text.chars().take(MAX_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        line.push('…');
    }
    line
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> String {
    one_line(path.rsplit(['/', '\\']).next().unwrap_or(path))
}

/// A true minus and, on request, commas between thousands of numbers from 10,000 on.
fn signed(digits: &str, has_groups: bool) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        // What is rounded to zero has no sign.
        Some(digits) if digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) => ("−", digits),
        Some(digits) => ("", digits),
        None => ("", digits),
    };
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if has_groups && index > 0 && (whole.len() - index).is_multiple_of(3) && whole.len() > 4 {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let check = |seconds: f64, expected: &str| assert_eq!(moment_text(seconds), expected);
        check(0.0, "1970-01-01");
        check(1_709_164_800.0, "2024-02-29");
        check(951_913_815.0, "2000-03-01 12:30:15");
        check(951_913_800.0, "2000-03-01 12:30");
        check(-662_688_000.0, "1949-01-01");
        check(-1.0, "1969-12-31 23:59:59");
    }

    #[test]
    fn numbers_of_a_column_have_the_same_decimals() {
        let check = |values: &[f64], expected: &[&str]| {
            let series = Series::new("x".into(), values);
            let decimals = decimals_of(&series, 256);
            let texts: Vec<String> =
                series.iter().map(|value| number(&value, decimals, true)).collect();
            assert_eq!(texts, expected);
        };
        check(&[5.1, 3.0, -12345.5], &["5.1", "3.0", "−12,345.5"]);
        check(&[1.0, 2.0], &["1", "2"]);
        check(&[-0.897_673_9, 1.2, 0.0, 1e-9], &["−0.8977", "1.2000", "0.0000", "1.00e−9"]);
        check(&[71.2833, 7.25, 8.05], &["71.283", "7.250", "8.050"]);
        check(&[f64::INFINITY, 1e18, 1.0], &["∞", "1.00e18", "1"]);
        check(&[-0.0001, 200.12345], &["−1.00e−4", "200.12"]);
        assert_eq!(number(&AnyValue::Int64(i64::MAX), 0, true), "9,223,372,036,854,775,807");
        assert_eq!(exact(&AnyValue::Float32(0.1)), "0.1");
        assert_eq!(one_line("a\nb\tc"), "a b c");
        assert_eq!(one_line(&"长".repeat(300)).chars().count(), 201);
        assert_eq!(file_name("/a/b.png"), "b.png");
    }
}
