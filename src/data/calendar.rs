//! Days of the Gregorian calendar, in both directions, without time zones (H. Hinnant, "chrono-compatible low-level
//! date algorithms"): years are counted from March, in eras of 400 years. And the parts of a moment.

use crate::read::MICROS_PER_DAY;

const DAYS_PER_ERA: i64 = 146_097;
/// Days from the first of March of the year 0 to 1970.
const DAYS_TO_1970: i64 = 719_468;

/// Year, month and day of a day since 1970.
pub fn date_of_day(day: i64) -> (i64, i64, i64) {
    let day = day + DAYS_TO_1970;
    let era = day.div_euclid(DAYS_PER_ERA);
    let of_era = day.rem_euclid(DAYS_PER_ERA);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The day since 1970 of a date; the other way of [`date_of_day`].
pub fn day_of_date(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - DAYS_TO_1970
}

/// The parts of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calendar {
    pub(crate) year: i64,
    /// 1..=12.
    pub(crate) month: i64,
    /// 1..=31.
    pub(crate) day: i64,
    /// 0..=23.
    pub(crate) hour: i64,
    /// 0..=59.
    pub(crate) minute: i64,
    /// 0..=59.
    pub(crate) second: i64,
    /// Days since 1970-01-01.
    days: i64,
}

impl Calendar {
    /// The parts of a moment given in microseconds since 1970.
    pub(crate) fn of(micros: i64) -> Self {
        let seconds = micros.rem_euclid(MICROS_PER_DAY) / 1_000_000;
        Self::of_day(micros.div_euclid(MICROS_PER_DAY), seconds)
    }

    fn of_day(days: i64, seconds: i64) -> Self {
        let (year, month, day) = date_of_day(days);
        Self {
            year,
            month,
            day,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            days,
        }
    }

    /// 1 (Monday) to 7 (Sunday).
    pub(crate) fn weekday(&self) -> i64 {
        (self.days + 3).rem_euclid(7) + 1
    }

    /// 1..=4.
    pub(crate) fn quarter(&self) -> i64 {
        (self.month - 1) / 3 + 1
    }

    /// 1..=366.
    pub(crate) fn day_of_year(&self) -> i64 {
        self.days - day_of_date(self.year, 1, 1) + 1
    }

    /// Week by ISO 8601, 1..=53: the week of the year's first Thursday is the first.
    pub(crate) fn week(&self) -> i64 {
        let thursday = self.days - self.weekday() + 4;
        let year = Self::of_day(thursday, 0).year;
        (thursday - day_of_date(year, 1, 1)) / 7 + 1
    }
}

/// `2024-01-31`, or `2024-01-31 09:05:00` where there is a time of day.
pub(crate) fn label(micros: i64) -> String {
    let Calendar { year, month, day, hour, minute, second, .. } = Calendar::of(micros);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if micros.rem_euclid(MICROS_PER_DAY) == 0 {
        date
    } else {
        format!("{date} {hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::parse_moment;

    #[test]
    fn days_and_dates_are_each_others_inverse() {
        let check = |day: i64, date: (i64, i64, i64)| {
            assert_eq!(date_of_day(day), date);
            assert_eq!(day_of_date(date.0, date.1, date.2), day);
        };
        check(0, (1970, 1, 1));
        check(-1, (1969, 12, 31));
        check(11_016, (2000, 2, 29));
        check(19_782, (2024, 2, 29));
        check(-719_528, (0, 1, 1));
        for day in (-1_000_000..1_000_000).step_by(997) {
            let (year, month, of_month) = date_of_day(day);
            assert_eq!(day_of_date(year, month, of_month), day);
        }
    }

    fn check_parts(text: &str, expected: [i64; 5]) {
        let micros = parse_moment(text).expect("a moment").micros;
        let c = Calendar::of(micros);
        assert_eq!(label(micros), text);
        assert_eq!(
            [c.weekday(), c.week(), c.quarter(), c.day_of_year(), c.hour],
            expected,
            "{text}"
        );
    }

    #[test]
    fn parts_of_days() {
        check_parts("1970-01-01", [4, 1, 1, 1, 0]);
        check_parts("2024-02-29", [4, 9, 1, 60, 0]);
        check_parts("2023-01-01", [7, 52, 1, 1, 0]);
        check_parts("2020-12-31 23:59:58", [4, 53, 4, 366, 23]);
        check_parts("2024-12-30", [1, 1, 4, 365, 0]);
        check_parts("1949-01-01", [6, 53, 1, 1, 0]);
        check_parts("1600-03-01", [3, 9, 1, 61, 0]);
    }

    #[test]
    fn every_day_is_its_own_inverse_and_extremes_do_no_harm() {
        for days in (-800_000..800_000).step_by(97) {
            let c = Calendar::of(days * MICROS_PER_DAY);
            assert_eq!(day_of_date(c.year, c.month, c.day), days);
        }
        assert!(Calendar::of(i64::MAX).week() > 0 && Calendar::of(i64::MIN).week() > 0);
    }
}
