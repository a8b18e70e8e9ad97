//! Functions of numbers that need more than a line.

use pg_base::{Trouble, say};

use super::super::compile::Args;
use super::super::typed::{Fun, Typed};
use crate::table::number_label;

/// The remainder with the sign of the divisor, as in Python and Excel.
pub(super) fn modulo(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    if remainder != 0.0 && (remainder < 0.0) != (b < 0.0) { remainder + b } else { remainder }
}

/// All values from left to right; missing where one is.
pub(super) fn fold(mut args: Args<'_>, fold: fn(f64, f64) -> f64) -> Result<Typed<'_>, Trouble> {
    let values = all(&mut args)?;
    Ok(Typed::number(move |row| folded(&values, row, fold)))
}

pub(super) fn mean(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    let values = all(&mut args)?;
    Ok(Typed::number(move |row| Some(folded(&values, row, |a, b| a + b)? / values.len() as f64)))
}

pub(super) fn log(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(1..=2)?;
    let has_base = args.len() == 2;
    let value = args.number()?;
    if !has_base {
        return Ok(Typed::number(move |row| value(row).map(f64::ln)));
    }
    let base = args.number()?;
    Ok(Typed::number(move |row| Some(value(row)?.ln() / base(row)?.ln())))
}

/// Halves are rounded away from zero, as people do.
pub(super) fn round(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(1..=2)?;
    let has_digits = args.len() == 2;
    let value = args.number()?;
    if !has_digits {
        return Ok(Typed::number(move |row| value(row).map(f64::round)));
    }
    let digits = args.number()?;
    Ok(Typed::number(move |row| {
        let (value, scale) = (value(row)?, 10_f64.powf(digits(row)?.round()));
        let rounded = (value * scale).round() / scale;
        // So many digits that the scale overflows leave the value as it is.
        Some(if rounded.is_finite() { rounded } else { value })
    }))
}

pub(super) fn pi(args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(0..=0)?;
    Ok(Typed::number(|_| Some(std::f64::consts::PI)))
}

pub(super) fn clip(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(3..=3)?;
    let (value, low, high) = (args.number()?, args.number()?, args.number()?);
    Ok(Typed::number(move |row| Some(value(row)?.max(low(row)?).min(high(row)?))))
}

/// The name of the interval between limits that a value lies in; a limit belongs to the interval above it.
pub(super) fn bucket(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    if args.len() < 2 {
        args.counted(2..=2)?;
    }
    let value = args.number()?;
    let mut limits = Vec::new();
    while args.len() > 0 {
        limits.push(args.number()?);
    }
    Ok(Typed::text(move |row| {
        let value = value(row)?;
        let mut low: Option<f64> = None;
        for limit in &limits {
            let limit = limit(row)?;
            if value < limit {
                let name = number_label(limit);
                return Some(match low {
                    Some(low) => format!("{}–{name}", number_label(low)),
                    None => format!("< {name}"),
                });
            }
            low = Some(limit);
        }
        low.map(|low| format!("≥ {}", number_label(low)))
    }))
}

/// Reads a text as a number; missing where it is none.
pub(super) fn number(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(1..=1)?;
    match args.take() {
        (_, value @ (Typed::Text(_) | Typed::Literal(_))) => {
            let Ok(value) = value.into_text() else { return Ok(Typed::Missing) };
            Ok(Typed::number(move |row| value(row)?.trim().parse().ok()))
        }
        (_, Typed::Date(_)) => {
            Err(args.fail(say!("a date is no number", "日期不是数值")).advice(say!(
                "days_between(date(\"1970-01-01\"), …) counts its days.",
                "days_between(date(\"1970-01-01\"), …) 可计算天数。"
            )))
        }
        (_, value) => Ok(value.into_number().map_or(Typed::Missing, Typed::Number)),
    }
}

fn all<'a>(args: &mut Args<'a>) -> Result<Vec<Fun<'a, f64>>, Trouble> {
    if args.len() == 0 {
        args.counted(1..=1)?;
    }
    let mut values = Vec::new();
    while args.len() > 0 {
        values.push(args.number()?);
    }
    Ok(values)
}

fn folded(values: &[Fun<'_, f64>], row: usize, fold: fn(f64, f64) -> f64) -> Option<f64> {
    let mut values = values.iter();
    let first = values.next()?(row)?;
    values.try_fold(first, |sum, value| Some(fold(sum, value(row)?)))
}
