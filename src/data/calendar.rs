//! The Gregorian calendar: from microseconds since 1970 to year, month, day, week and time of day.

use crate::read::{MICROS_PER_DAY, days_since_1970};

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
        // Eras of 400 years begin on 1 March, so that leap days come last (Hinnant, chrono-compatible algorithms).
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let months_since_march = (5 * day_of_year + 2) / 153;
        let month = (months_since_march + 2) % 12 + 1;
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * months_since_march + 2) / 5 + 1,
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
        self.days - days_since_1970(self.year, 1, 1) + 1
    }

    /// Week by ISO 8601, 1..=53: the week of the year's first Thursday is the first.
    pub(crate) fn week(&self) -> i64 {
        let thursday = self.days - self.weekday() + 4;
        let year = Self::of_day(thursday, 0).year;
        (thursday - days_since_1970(year, 1, 1)) / 7 + 1
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

    fn check(text: &str, expected: [i64; 5]) {
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
        check("1970-01-01", [4, 1, 1, 1, 0]);
        check("2024-02-29", [4, 9, 1, 60, 0]);
        check("2023-01-01", [7, 52, 1, 1, 0]);
        check("2020-12-31 23:59:58", [4, 53, 4, 366, 23]);
        check("2024-12-30", [1, 1, 4, 365, 0]);
        check("1949-01-01", [6, 53, 1, 1, 0]);
        check("1600-03-01", [3, 9, 1, 61, 0]);
    }

    #[test]
    fn every_day_is_its_own_inverse_and_extremes_do_no_harm() {
        for days in (-800_000..800_000).step_by(97) {
            let c = Calendar::of(days * MICROS_PER_DAY);
            assert_eq!(days_since_1970(c.year, c.month, c.day), days);
        }
        assert!(Calendar::of(i64::MAX).week() > 0 && Calendar::of(i64::MIN).week() > 0);
    }
}
