//! Functions of texts; places and lengths count characters, the first is 1.

use pg_base::{Trouble, say};
use regex::Regex;

use super::super::compile::Args;
use super::super::typed::{Str, Typed};

/// Values of any kind one after the other.
pub(super) fn concat(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    if args.len() < 2 {
        args.counted(2..=2)?;
    }
    let mut parts = Vec::new();
    while args.len() > 0 {
        parts.push(args.take().1.into_label());
    }
    Ok(Typed::text(move |row| {
        parts.iter().try_fold(String::new(), |mut whole, part| {
            whole.push_str(&part(row)?);
            Some(whole)
        })
    }))
}

pub(super) fn text(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(1..=1)?;
    Ok(Typed::Text(args.take().1.into_label()))
}

pub(super) fn length(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(1..=1)?;
    let text = args.text()?;
    Ok(Typed::number(move |row| Some(text(row)?.chars().count() as f64)))
}

pub(super) fn replace(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(3..=3)?;
    let (text, old, new) = (args.text()?, args.text()?, args.text()?);
    Ok(Typed::text(move |row| {
        let (text, old, new) = (text(row)?, old(row)?, new(row)?);
        // Nothing is found everywhere.
        Some(if old.is_empty() { text.into_owned() } else { text.replace(&*old, &new) })
    }))
}

pub(super) fn left(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(2..=2)?;
    let (text, n) = (args.text()?, args.number()?);
    Ok(Typed::text(move |row| {
        let (text, n) = (text(row)?, n(row)?);
        Some(text.chars().take(count(n)).collect())
    }))
}

pub(super) fn right(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(2..=2)?;
    let (text, n) = (args.text()?, args.number()?);
    Ok(Typed::text(move |row| {
        let (text, n) = (text(row)?, n(row)?);
        let n_chars = text.chars().count();
        Some(text.chars().skip(n_chars.saturating_sub(count(n))).collect())
    }))
}

pub(super) fn substring(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(2..=3)?;
    let has_length = args.len() == 3;
    let (text, first) = (args.text()?, args.number()?);
    let n = if has_length { Some(args.number()?) } else { None };
    Ok(Typed::text(move |row| {
        let (text, first) = (text(row)?, first(row)?);
        let n = n.as_ref().map_or(Some(usize::MAX), |n| n(row).map(count))?;
        Some(text.chars().skip(count(first).saturating_sub(1)).take(n).collect())
    }))
}

pub(super) fn matches(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(2..=2)?;
    let (text, pattern) = (args.text()?, pattern(&mut args)?);
    Ok(Typed::flag(move |row| Some(pattern.is_match(&text(row)?))))
}

/// What the first group of a pattern (or the whole of one without groups) matches; missing where nothing does.
pub(super) fn extract(mut args: Args<'_>) -> Result<Typed<'_>, Trouble> {
    args.counted(2..=2)?;
    let (text, pattern) = (args.text()?, pattern(&mut args)?);
    let group = usize::from(pattern.captures_len() > 1);
    Ok(Typed::text(move |row| {
        let text: Str<'_> = text(row)?;
        Some(pattern.captures(&text)?.get(group)?.as_str().to_owned())
    }))
}

fn pattern(args: &mut Args<'_>) -> Result<Regex, Trouble> {
    let (at, pattern) = args.literal()?;
    Regex::new(pattern).map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        args.fail_at(
            at,
            say!("this is no regular expression: {why}", "这不是有效的正则表达式：{why}"),
        )
    })
}

/// A count from a number, never negative.
fn count(value: f64) -> usize {
    value.round().max(0.0) as usize
}
