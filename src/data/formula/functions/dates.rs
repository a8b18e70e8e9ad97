//! Calculating with days; `+` and `-` are here because they do both: numbers, and days before or after a date.

use pg_base::{Trouble, say};

use super::super::compile::Args;
use super::super::typed::{Typed, ValueKind};
use crate::calendar::day_of_date;
use crate::read::{MICROS_PER_DAY, days_of_month, parse_moment};

/// The years 1 to 9999.
const DATES: std::ops::Range<i64> = -719_162 * MICROS_PER_DAY..2_932_897 * MICROS_PER_DAY;

/// Two numbers, or a date and days.
pub(super) fn add(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(2..=2)?;
    match *args.kinds() {
        [ValueKind::Date, _] => shifted(args, 1.0),
        [_, ValueKind::Date] => {
            args.swap();
            shifted(args, 1.0)
        }
        [ValueKind::Text, ValueKind::Text] => Err(args
            .fail(say!("texts cannot be added", "文本不能相加"))
            .advice(say!("Join texts with `&`.", "请用 `&` 连接文本。"))),
        _ => {
            let (a, b) = (args.number()?, args.number()?);
            Ok(Typed::number(move |row| Some(a(row)? + b(row)?)))
        }
    }
}

/// Two numbers, a date and days, or the days between two dates.
pub(super) fn subtract(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(2..=2)?;
    match *args.kinds() {
        [ValueKind::Date, ValueKind::Date] => {
            args.swap();
            days_between(args)
        }
        [ValueKind::Date, _] => shifted(args, -1.0),
        _ => {
            let (a, b) = (args.number()?, args.number()?);
            Ok(Typed::number(move |row| Some(a(row)? - b(row)?)))
        }
    }
}

/// Days from the first date to the second, with their fraction.
pub(super) fn days_between(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(2..=2)?;
    let (from, to) = (args.date()?, args.date()?);
    Ok(Typed::number(move |row| {
        let micros = i128::from(to(row)?) - i128::from(from(row)?);
        Some(micros as f64 / MICROS_PER_DAY as f64)
    }))
}

/// A date from a text (missing where it is none) or from year, month and day.
pub(super) fn date(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    if args.len() != 3 {
        args.counted(1..=1)?;
        if matches!(*args.kinds(), [ValueKind::Date]) {
            let date = args.date()?;
            return Ok(Typed::date(date));
        }
        let text = args.text()?;
        return Ok(Typed::date(move |row| Some(parse_moment(text(row)?.trim())?.micros)));
    }
    let (year, month, day) = (args.number()?, args.number()?, args.number()?);
    Ok(Typed::date(move |row| {
        let [year, month, day] = [year(row)?, month(row)?, day(row)?].map(|part| part as i64);
        let is_date = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of_month(year, month)).contains(&day);
        is_date.then(|| day_of_date(year, month, day) * MICROS_PER_DAY)
    }))
}

/// A date so many days later.
fn shifted(mut args: Args<'_>, sign: f64) -> Result<Typed<'_>, Trouble> {
    let (date, days) = (args.date()?, args.number()?);
    Ok(Typed::date(move |row| {
        let micros = sign * days(row)? * MICROS_PER_DAY as f64;
        // The cast saturates; dates that no calendar shows are missing.
        date(row)?.checked_add(micros as i64).filter(|micros| DATES.contains(micros))
    }))
}
