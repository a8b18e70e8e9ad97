//! Conditions and what is done with missing values.
//!
//! `and` and `or` know what follows although one side is missing: `false and missing` is false.

use std::cmp::Ordering;

use pg_base::Trouble;

use super::super::compile::Args;
use super::super::typed::{Fun, Typed, ValueKind};

/// Compares two values of one kind; missing where one is.
pub(super) fn compare(
    mut args: Args<'_>,
    accepts: fn(Ordering) -> bool,
) -> Result<Typed<'_>, Trouble> {
    args.counted(2..=2)?;
    let ordering = ordering(&mut args)?;
    Ok(Typed::flag(move |row| ordering(row).map(accepts)))
}

pub(super) fn and(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(2..=2)?;
    let (a, b) = (args.flag()?, args.flag()?);
    Ok(Typed::flag(move |row| match (a(row), b(row)) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }))
}

pub(super) fn or(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(2..=2)?;
    let (a, b) = (args.flag()?, args.flag()?);
    Ok(Typed::flag(move |row| match (a(row), b(row)) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }))
}

pub(super) fn not(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(1..=1)?;
    let value = args.flag()?;
    Ok(Typed::flag(move |row| value(row).map(|is_true| !is_true)))
}

/// `if(condition, then, else)`: missing where the condition is.
pub(super) fn choose(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(3..=3)?;
    let condition = args.flag()?;
    let (_, answers) = args.alike()?;
    let mut answers = answers.into_iter();
    Ok(match (answers.next(), answers.next()) {
        (Some(Typed::Number(a)), Some(Typed::Number(b))) => Typed::Number(pick(condition, a, b)),
        (Some(Typed::Flag(a)), Some(Typed::Flag(b))) => Typed::Flag(pick(condition, a, b)),
        (Some(Typed::Date(a)), Some(Typed::Date(b))) => Typed::Date(pick(condition, a, b)),
        (Some(a), Some(b)) => match (a.into_text(), b.into_text()) {
            (Ok(a), Ok(b)) => Typed::Text(pick(condition, a, b)),
            _ => Typed::Missing,
        },
        _ => Typed::Missing,
    })
}

/// The first value that is not missing.
pub(super) fn coalesce(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    if args.len() == 0 {
        args.counted(1..=1)?;
    }
    let (kind, values) = args.alike()?;
    let values = values.into_iter();
    Ok(match kind {
        ValueKind::Number => {
            Typed::Number(first(values.filter_map(|value| value.into_number().ok()).collect()))
        }
        ValueKind::Flag => {
            Typed::Flag(first(values.filter_map(|value| value.into_flag().ok()).collect()))
        }
        ValueKind::Date => {
            Typed::Date(first(values.filter_map(|value| value.into_date().ok()).collect()))
        }
        ValueKind::Text => {
            Typed::Text(first(values.filter_map(|value| value.into_text().ok()).collect()))
        }
        ValueKind::Missing => Typed::Missing,
    })
}

pub(super) fn is_missing(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(1..=1)?;
    Ok(Typed::Flag(args.take().1.into_is_missing()))
}

/// Whether the first value equals one of the others; missing where the first is.
pub(super) fn one_of(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    if args.len() < 2 {
        args.counted(2..=2)?;
    }
    let (kind, values) = args.alike()?;
    let values = values.into_iter();
    Ok(Typed::Flag(match kind {
        ValueKind::Number => any(values.filter_map(|value| value.into_number().ok()).collect()),
        ValueKind::Flag => any(values.filter_map(|value| value.into_flag().ok()).collect()),
        ValueKind::Date => any(values.filter_map(|value| value.into_date().ok()).collect()),
        ValueKind::Text => any(values.filter_map(|value| value.into_text().ok()).collect()),
        ValueKind::Missing => return Ok(Typed::Missing),
    }))
}

/// How two values of one kind are ordered; texts by code points.
fn ordering<'a>(args: &mut Args<'a>) -> Result<Fun<'a, Ordering>, Trouble> {
    fn by<'a, T: 'a>(
        a: Fun<'a, T>,
        b: Fun<'a, T>,
        compare: fn(&T, &T) -> Ordering,
    ) -> Fun<'a, Ordering> {
        Box::new(move |row| Some(compare(&a(row)?, &b(row)?)))
    }
    let (_, values) = args.alike()?;
    let mut values = values.into_iter();
    Ok(match (values.next(), values.next()) {
        // Equal zeros of both signs are equal; no value is NaN.
        (Some(Typed::Number(a)), Some(Typed::Number(b))) => {
            by(a, b, |a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal))
        }
        (Some(Typed::Flag(a)), Some(Typed::Flag(b))) => by(a, b, Ord::cmp),
        (Some(Typed::Date(a)), Some(Typed::Date(b))) => by(a, b, Ord::cmp),
        (Some(a), Some(b)) => match (a.into_text(), b.into_text()) {
            (Ok(a), Ok(b)) => by(a, b, Ord::cmp),
            _ => Box::new(|_| None),
        },
        _ => Box::new(|_| None),
    })
}
fn pick<'a, T: 'a>(
    condition: Fun<'a, bool>,
    then: Fun<'a, T>,
    otherwise: Fun<'a, T>,
) -> Fun<'a, T> {
    Box::new(move |row| if condition(row)? { then(row) } else { otherwise(row) })
}

fn first<'a, T: 'a>(values: Vec<Fun<'a, T>>) -> Fun<'a, T> {
    Box::new(move |row| values.iter().find_map(|value| value(row)))
}

fn any<'a, T: PartialEq + 'a>(values: Vec<Fun<'a, T>>) -> Fun<'a, bool> {
    Box::new(move |row| {
        let (first, others) = values.split_first()?;
        let wanted = first(row)?;
        Some(others.iter().any(|other| other(row).is_some_and(|other| other == wanted)))
    })
}
