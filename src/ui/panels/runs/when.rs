//! Moments as a person says them: how long ago, and exactly.

use std::time::{SystemTime, UNIX_EPOCH};

use pg_base::{Words, say};

/// Seconds since 1970 now.
pub(super) fn now_unix_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs())
}

/// How long ago something was.
pub(super) fn ago(unix_secs: u64, now_unix_secs: u64) -> Words {
    let passed = now_unix_secs.saturating_sub(unix_secs);
    let (minutes, hours, days) = (passed / 60, passed / 3600, passed / 86_400);
    match passed {
        0..60 => say!("just now", "刚刚"),
        60..3600 => say!("{minutes} min ago", "{minutes} 分钟前"),
        3600..86_400 => say!("{hours} h ago", "{hours} 小时前"),
        86_400..172_800 => say!("yesterday", "昨天"),
        172_800..2_592_000 => say!("{days} days ago", "{days} 天前"),
        _ => date(unix_secs).into(),
    }
}

/// Date and time (UTC).
pub(super) fn exact(unix_secs: u64) -> String {
    let of_day = unix_secs % 86_400;
    format!(
        "{} {:02}:{:02}:{:02} UTC",
        date(unix_secs),
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60
    )
}

/// The date of the Gregorian calendar; days are counted in eras of 400 years that begin in March
/// (H. Hinnant, "chrono-compatible low-level date algorithms").
fn date(unix_secs: u64) -> String {
    let days = unix_secs / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_said_and_written() {
        let check = |passed: u64, expected: &str| {
            let now = 2_000_000_000;
            assert_eq!(ago(now - passed, now).en, expected, "{passed}");
        };
        check(0, "just now");
        check(200, "3 min ago");
        check(7300, "2 h ago");
        check(90_000, "yesterday");
        check(300_000, "3 days ago");
        assert_eq!(ago(2_000_000_100, 2_000_000_000).en, "just now");
        assert_eq!(exact(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(exact(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(exact(1_764_085_261), "2025-11-25 15:41:01 UTC");
    }
}
