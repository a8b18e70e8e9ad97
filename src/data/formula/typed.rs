//! A compiled part of a formula: one function per kind of value, from the number of a row to the value or to missing.

use std::borrow::Cow;

use pg_base::{Text, t};
use serde::{Deserialize, Serialize};

use crate::table::number_label;

/// The kind of a value in a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// A finite number.
    Number,
    /// A text or a category.
    Text,
    /// Yes or no.
    Flag,
    /// A day or a moment.
    Date,
    /// Always missing.
    Missing,
}

impl ValueKind {
    /// What the person reads.
    pub fn label(self) -> Text {
        match self {
            Self::Number => t("a number", "数值"),
            Self::Text => t("a text", "文本"),
            Self::Flag => t("yes or no", "是或否"),
            Self::Date => t("a date", "日期"),
            Self::Missing => t("a missing value", "缺失值"),
        }
    }
}

/// A text that is borrowed where it stands in a column.
pub(super) type Str<'a> = Cow<'a, str>;

/// From the number of a row to a value.
pub(super) type Fun<'a, T> = Box<dyn Fn(usize) -> Option<T> + Send + Sync + 'a>;

/// A compiled part.
pub(super) enum Typed<'a> {
    Number(Fun<'a, f64>),
    Text(Fun<'a, Str<'a>>),
    /// A text in quotes: the same in every row.
    Literal(&'a str),
    Flag(Fun<'a, bool>),
    /// Microseconds since 1970.
    Date(Fun<'a, i64>),
    Missing,
}

impl<'a> Typed<'a> {
    pub(super) fn kind(&self) -> ValueKind {
        match self {
            Self::Number(_) => ValueKind::Number,
            Self::Text(_) | Self::Literal(_) => ValueKind::Text,
            Self::Flag(_) => ValueKind::Flag,
            Self::Date(_) => ValueKind::Date,
            Self::Missing => ValueKind::Missing,
        }
    }

    /// A number whose results that are not finite count as missing.
    pub(super) fn number(fun: impl Fn(usize) -> Option<f64> + Send + Sync + 'a) -> Self {
        Self::Number(Box::new(move |row| fun(row).filter(|value| value.is_finite())))
    }

    pub(super) fn text(fun: impl Fn(usize) -> Option<String> + Send + Sync + 'a) -> Self {
        Self::Text(Box::new(move |row| fun(row).map(Cow::Owned)))
    }

    pub(super) fn flag(fun: impl Fn(usize) -> Option<bool> + Send + Sync + 'a) -> Self {
        Self::Flag(Box::new(fun))
    }

    pub(super) fn date(fun: impl Fn(usize) -> Option<i64> + Send + Sync + 'a) -> Self {
        Self::Date(Box::new(fun))
    }

    /// The part as a number (yes is 1, no is 0), or the part itself.
    pub(super) fn into_number(self) -> Result<Fun<'a, f64>, Self> {
        match self {
            Self::Number(fun) => Ok(fun),
            Self::Flag(fun) => Ok(Box::new(move |row| fun(row).map(f64::from))),
            Self::Missing => Ok(Box::new(|_| None)),
            other => Err(other),
        }
    }

    /// The part as a text, or the part itself.
    pub(super) fn into_text(self) -> Result<Fun<'a, Str<'a>>, Self> {
        match self {
            Self::Text(fun) => Ok(fun),
            Self::Literal(text) => Ok(Box::new(move |_| Some(Cow::Borrowed(text)))),
            Self::Missing => Ok(Box::new(|_| None)),
            other => Err(other),
        }
    }

    /// The part as yes or no, or the part itself.
    pub(super) fn into_flag(self) -> Result<Fun<'a, bool>, Self> {
        match self {
            Self::Flag(fun) => Ok(fun),
            Self::Missing => Ok(Box::new(|_| None)),
            other => Err(other),
        }
    }

    /// The part as a date, or the part itself.
    pub(super) fn into_date(self) -> Result<Fun<'a, i64>, Self> {
        match self {
            Self::Date(fun) => Ok(fun),
            Self::Missing => Ok(Box::new(|_| None)),
            other => Err(other),
        }
    }

    /// The part as it reads: numbers without needless decimals, dates as 2024-01-31.
    pub(super) fn into_label(self) -> Fun<'a, Str<'a>> {
        match self {
            Self::Number(fun) => Box::new(move |row| fun(row).map(number_label).map(Cow::Owned)),
            Self::Flag(fun) => Box::new(move |row| {
                fun(row).map(|is_true| Cow::Borrowed(if is_true { "true" } else { "false" }))
            }),
            Self::Date(fun) => {
                Box::new(move |row| fun(row).map(crate::calendar::label).map(Cow::Owned))
            }
            other => other.into_text().unwrap_or_else(|_| Box::new(|_| None)),
        }
    }

    /// Whether the value of a row is missing.
    pub(super) fn into_is_missing(self) -> Fun<'a, bool> {
        match self {
            Self::Number(fun) => Box::new(move |row| Some(fun(row).is_none())),
            Self::Text(fun) => Box::new(move |row| Some(fun(row).is_none())),
            Self::Literal(_) => Box::new(|_| Some(false)),
            Self::Flag(fun) => Box::new(move |row| Some(fun(row).is_none())),
            Self::Date(fun) => Box::new(move |row| Some(fun(row).is_none())),
            Self::Missing => Box::new(|_| Some(true)),
        }
    }
}
