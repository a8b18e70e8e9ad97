//! Moments as a person says them: how long ago, at what time of the clock on the wall, and exactly.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use pg_base::{Words, say};

use crate::lang::Tr;

/// Seconds since 1970 of a moment.
pub fn unix_secs(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs())
}

/// Seconds since 1970 now.
pub fn now_unix_secs() -> u64 {
    unix_secs(SystemTime::now())
}

/// How long ago something was, in the language of the window.
pub fn since(time: SystemTime) -> String {
    ago(unix_secs(time), now_unix_secs()).tr().to_owned()
}

/// How long ago something was.
pub fn ago(unix_secs: u64, now_unix_secs: u64) -> Words {
    let passed = now_unix_secs.saturating_sub(unix_secs);
    let (minutes, hours, days) = (passed / 60, passed / 3600, passed / 86_400);
    let (months, years) = (days / 30, days / 365);
    match (minutes, hours, days) {
        (0, ..) => say!("just now", "刚刚"),
        (_, 0, _) => say!("{minutes} min ago", "{minutes} 分钟前"),
        (_, 1, _) => say!("1 hour ago", "1 小时前"),
        (_, _, 0) => say!("{hours} hours ago", "{hours} 小时前"),
        (_, _, 1) => say!("yesterday", "昨天"),
        (_, _, ..60) => say!("{days} days ago", "{days} 天前"),
        (_, _, ..730) => say!("{months} months ago", "{months} 个月前"),
        _ => say!("{years} years ago", "{years} 年前"),
    }
}

/// The time on the wall, with the date where it was not today: `15:41`, `11-20 15:41`, `2024-11-20 15:41`.
pub fn clock(unix_secs: u64, now_unix_secs: u64) -> String {
    clock_in(unix_secs, now_unix_secs, &TimeZone::system())
}

/// Date and time on the wall, with the distance from universal time: `2025-11-25 15:41:01 (UTC+08:00)`.
pub fn exact(unix_secs: u64) -> String {
    exact_in(unix_secs, &TimeZone::system())
}

fn clock_in(unix_secs: u64, now_unix_secs: u64, zone: &TimeZone) -> String {
    let (Some(then), Some(now)) = (zoned(unix_secs, zone), zoned(now_unix_secs, zone)) else {
        return String::new();
    };
    let form = if then.date() == now.date() {
        "%H:%M"
    } else if then.year() == now.year() {
        "%m-%d %H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    then.strftime(form).to_string()
}

fn exact_in(unix_secs: u64, zone: &TimeZone) -> String {
    zoned(unix_secs, zone)
        .map(|then| then.strftime("%Y-%m-%d %H:%M:%S (UTC%:z)").to_string())
        .unwrap_or_default()
}

/// None beyond the years of the calendar.
fn zoned(unix_secs: u64, zone: &TimeZone) -> Option<Zoned> {
    let secs = i64::try_from(unix_secs).ok()?;
    Some(Timestamp::from_second(secs).ok()?.to_zoned(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_said() {
        let check = |passed: u64, expected: &str| {
            let now = 2_000_000_000;
            assert_eq!(ago(now - passed, now).en, expected, "{passed}");
        };
        check(0, "just now");
        check(200, "3 min ago");
        check(3700, "1 hour ago");
        check(7300, "2 hours ago");
        check(90_000, "yesterday");
        check(300_000, "3 days ago");
        check(86_400 * 100, "3 months ago");
        check(86_400 * 800, "2 years ago");
        assert_eq!(ago(2_000_000_100, 2_000_000_000).en, "just now");
    }

    #[test]
    fn the_clock_is_that_on_the_wall() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let check = |then: u64, now: u64, expected: &str| {
            assert_eq!(clock_in(then, now, &zone), expected);
        };
        let then = 1_764_085_261;
        check(then, then + 60, "23:41");
        check(then, then + 3600, "11-25 23:41");
        check(then, then + 86_400 * 300, "2025-11-25 23:41");
        check(u64::MAX, then, "");
        assert_eq!(exact_in(then, &zone), "2025-11-25 23:41:01 (UTC+08:00)");
        assert_eq!(exact_in(0, &TimeZone::UTC), "1970-01-01 00:00:00 (UTC+00:00)");
    }
}
