//! Dates on an axis: seconds since 1970 in the calendar, without time zones.

use pg_data::calendar::{date_of_day, day_of_date};

use super::ticks::{Tick, nice_step};

const SECOND: f64 = 1.0;
const MINUTE: f64 = 60.0 * SECOND;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
/// Steps within days, and of whole days.
const STEPS: [f64; 15] = [
    SECOND,
    5.0 * SECOND,
    15.0 * SECOND,
    MINUTE,
    5.0 * MINUTE,
    15.0 * MINUTE,
    HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
    DAY,
    2.0 * DAY,
    5.0 * DAY,
    10.0 * DAY,
    15.0 * DAY,
];
/// Steps of whole months.
const MONTHS: [i64; 5] = [1, 2, 3, 6, 12];
/// No calendar is asked for years beyond this.
const MAX_SECONDS: f64 = 3e11;

/// About `n` ticks at whole seconds, hours, days, months or years.
pub(super) fn ticks(low: f64, high: f64, n: usize) -> Vec<Tick> {
    let span = high - low;
    if !(span > 0.0 && low.abs() < MAX_SECONDS && high.abs() < MAX_SECONDS) {
        return Vec::new();
    }
    let rough = span / n as f64;
    if let Some(step) = STEPS.into_iter().find(|step| *step >= rough) {
        let first = (low / step).ceil() as i64;
        let last = (high / step).floor() as i64;
        let is_within_days = step < DAY;
        return (first..=last)
            .map(|index| index as f64 * step)
            .map(|value| (value, if is_within_days { time_text(value, step) } else { text(value) }))
            .collect();
    }
    let n_months = span / DAY / 30.44 / n as f64;
    let step = MONTHS
        .into_iter()
        .find(|step| *step as f64 >= n_months * 0.9)
        .unwrap_or_else(|| 12 * nice_step(n_months / 12.0, 1).ceil().max(1.0) as i64);
    let month_of = |value: f64| {
        let (year, month, _) = date_of_day((value / DAY).floor() as i64);
        year * 12 + month - 1
    };
    let first = month_of(low).div_euclid(step);
    let last = month_of(high).div_euclid(step);
    (first..=last)
        .map(|index| index * step)
        .map(|month| {
            let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
            let text = if step % 12 == 0 { year.to_string() } else { format!("{year}-{month:02}") };
            (day_of_date(year, month, 1) as f64 * DAY, text)
        })
        .filter(|(value, _)| (low..=high).contains(value))
        .collect()
}

/// A moment (seconds since 1970) for people; without the time where it is midnight.
pub fn text(moment: f64) -> String {
    if !(moment.is_finite() && moment.abs() < MAX_SECONDS) {
        return "–".to_owned();
    }
    let (year, month, day) = date_of_day((moment / DAY).floor() as i64);
    let date = format!("{year}-{month:02}-{day:02}");
    let rest = moment.rem_euclid(DAY);
    if rest == 0.0 { date } else { format!("{date} {}", time_text(rest, SECOND)) }
}

fn time_text(moment: f64, step: f64) -> String {
    let seconds = (moment.rem_euclid(DAY) / SECOND) as i64;
    if seconds == 0 && step < DAY && moment != 0.0 && moment.rem_euclid(DAY) == 0.0 {
        return text(moment);
    }
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if step < MINUTE && seconds != 0 {
        format!("{hours:02}:{minutes:02}:{seconds:02}")
    } else {
        format!("{hours:02}:{minutes:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        for day in [-719_468, -1, 0, 59, 11_016, 20_000, 100_000] {
            let (year, month, of_month) = date_of_day(day);
            assert_eq!(day_of_date(year, month, of_month), day);
        }
        assert_eq!(text(951_782_400.0), "2000-02-29");
        assert_eq!(text(-SECOND), "1969-12-31 23:59:59");
    }

    #[test]
    fn ticks_fall_on_whole_months_and_hours() {
        let check = |low: f64, high: f64, expected: &str| {
            let texts: Vec<String> =
                ticks(low, high, 4).into_iter().map(|(_, text)| text).collect();
            assert_eq!(texts.join(" "), expected);
        };
        let year = |year: i64| day_of_date(year, 1, 1) as f64 * DAY;
        check(year(1949), year(1961), "1950 1952 1954 1956 1958 1960");
        check(year(2020), year(2021), "2020-01 2020-04 2020-07 2020-10 2021-01");
        check(0.0, 12.0 * HOUR, "00:00 03:00 06:00 09:00 12:00");
        check(0.0, 3.0 * DAY, "1970-01-01 1970-01-02 1970-01-03 1970-01-04");
        check(f64::MIN, f64::MAX, "");
    }
}
