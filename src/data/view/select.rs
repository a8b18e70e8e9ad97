//! Which rows a person wants to see: a search, filters and an order give the places of the rows.

use std::collections::BTreeSet;

use pg_base::{CancelToken, Trouble};
use polars::prelude::*;
use rayon::prelude::*;

use super::{Order, RowList, RowsView, ViewColumn, blocks, format, is_text, numbers_behind, sort};
use crate::schema::ColumnKind;
use crate::table::{Part, polars_trouble};

/// What a person asked to see; all of it must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// A text that some cell of the row holds; empty for any.
    pub search: String,
    /// Tests of single columns.
    pub filters: Vec<Filter>,
    /// Rows of one part.
    pub part: Option<Part>,
    /// Rows to choose among, in this order; none for all.
    pub among: Option<RowList>,
    /// In which order; none for that of the table.
    pub order: Option<Order>,
}

/// A test of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Name of the column; a filter of a column that is not there is passed over.
    pub column: String,
    /// What its values must be.
    pub test: Test,
}

/// What a value must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Its text holds this one, in capital or small letters.
    Contains(String),
    /// It is one of these.
    OneOf(BTreeSet<String>),
    /// It lies between two numbers, both included. Dates count in seconds since 1970, sequences by their length.
    Between {
        /// The least.
        min: Option<f64>,
        /// The greatest.
        max: Option<f64>,
    },
    /// There is none.
    Missing,
    /// There is one.
    Present,
}

impl Query {
    /// Whether it leaves the table as it is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it leaves rows out.
    pub fn narrows(&self) -> bool {
        !self.search.trim().is_empty()
            || !self.filters.is_empty()
            || self.part.is_some()
            || self.among.is_some()
    }
}

impl RowsView {
    /// The places of the rows to show, in their order; none where that is the whole table in its own order.
    /// Missing values come last in every order. For a thread of its own.
    pub fn select(&self, query: &Query, cancel: &CancelToken) -> Result<Option<Vec<u32>>, Trouble> {
        let order = query
            .order
            .as_ref()
            .and_then(|order| Some((order, self.columns.get(self.index_of(&order.column)?)?)));
        let mask = self.mask(query, cancel)?;
        let n_rows = self.n_rows() as u32;
        let is_wanted = |row: &u32| {
            mask.as_ref().is_none_or(|mask| mask.get(*row as usize).copied().unwrap_or(false))
        };
        let rows: Vec<u32> = match &query.among {
            Some(among) => {
                among.iter().copied().filter(|row| *row < n_rows && is_wanted(row)).collect()
            }
            None if mask.is_none() && order.is_none() => return Ok(None),
            None => (0..n_rows).filter(is_wanted).collect(),
        };
        match order {
            Some((order, column)) => {
                sort::sorted(&column.values, &column.column.kind, rows, order.is_descending, cancel)
                    .map(Some)
            }
            None => Ok(Some(rows)),
        }
    }

    /// One mark per row; none where every row is wanted.
    fn mask(&self, query: &Query, cancel: &CancelToken) -> Result<Option<Vec<bool>>, Trouble> {
        let search = Needle::new(query.search.trim());
        let tests: Vec<(&ViewColumn, Matcher)> = query
            .filters
            .iter()
            .filter_map(|filter| {
                Some((
                    self.columns.get(self.index_of(&filter.column)?)?,
                    Matcher::new(&filter.test),
                ))
            })
            .collect();
        let part = query.part.filter(|_| self.is_split());
        if search.is_none() && tests.is_empty() && part.is_none() {
            return Ok(None);
        }
        let marks = |(start, n_rows): (usize, usize)| {
            cancel.check()?;
            let mut marks = vec![true; n_rows];
            if let (Some(part), Some(codes)) = (part, &self.parts) {
                let codes = codes.slice(start as i64, n_rows);
                marks
                    .iter_mut()
                    .zip(codes.iter())
                    .for_each(|(mark, code)| *mark &= code == Some(part.code()));
            }
            for (column, matcher) in &tests {
                matcher.narrow(
                    &column.values.slice(start as i64, n_rows),
                    &column.column.kind,
                    &mut marks,
                )?;
            }
            if let Some(search) = &search {
                let mut found = vec![false; n_rows];
                for column in &self.columns {
                    if search.may_be_in(&column.column.kind) {
                        search.mark(
                            &column.values.slice(start as i64, n_rows),
                            &column.column.kind,
                            &marks,
                            &mut found,
                        )?;
                    }
                }
                marks = found;
            }
            Ok(marks)
        };
        let marks: Vec<Vec<bool>> =
            blocks(self.n_rows()).map(marks).collect::<Result<_, Trouble>>()?;
        Ok(Some(marks.concat()))
    }
}

/// A test made ready for many values.
enum Matcher {
    Holds(Option<Needle>),
    OneOf(BTreeSet<String>),
    Between(f64, f64),
    Missing(bool),
}

impl Matcher {
    fn new(test: &Test) -> Self {
        match test {
            Test::Contains(text) => Self::Holds(Needle::new(text)),
            Test::OneOf(labels) => Self::OneOf(labels.clone()),
            Test::Between { min, max } => {
                Self::Between(min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY))
            }
            Test::Missing => Self::Missing(true),
            Test::Present => Self::Missing(false),
        }
    }

    /// Clears the marks of the values that fail.
    fn narrow(
        &self,
        values: &Series,
        kind: &ColumnKind,
        marks: &mut [bool],
    ) -> Result<(), Trouble> {
        match self {
            Self::Holds(None) => {}
            Self::Holds(Some(needle)) => {
                let mut found = vec![false; marks.len()];
                needle.mark(values, kind, marks, &mut found)?;
                marks.copy_from_slice(&found);
            }
            Self::OneOf(labels) if is_text(kind) => {
                let texts = values.str().map_err(polars_trouble)?;
                let is_one = |text: Option<&str>| text.is_some_and(|text| labels.contains(text));
                marks.iter_mut().zip(texts.iter()).for_each(|(mark, text)| *mark &= is_one(text));
            }
            Self::OneOf(labels) => {
                for (mark, value) in marks.iter_mut().zip(values.iter()) {
                    *mark = *mark && !value.is_null() && labels.contains(&format::exact(&value));
                }
            }
            Self::Between(min, max) => {
                let numbers = numbers_behind(values, kind)?;
                let is_between = |number: Option<f64>| {
                    number.is_some_and(|number| number >= *min && number <= *max)
                };
                marks
                    .iter_mut()
                    .zip(numbers.iter())
                    .for_each(|(mark, number)| *mark &= is_between(number));
            }
            Self::Missing(is_missing) if *kind == ColumnKind::Number => {
                let numbers = numbers_behind(values, kind)?;
                let is_there = |number: Option<f64>| number.is_some_and(|number| !number.is_nan());
                marks
                    .iter_mut()
                    .zip(numbers.iter())
                    .for_each(|(mark, number)| *mark &= is_there(number) != *is_missing);
            }
            Self::Missing(is_missing) => {
                let nulls = values.is_null();
                marks
                    .iter_mut()
                    .zip(nulls.iter())
                    .for_each(|(mark, null)| *mark &= null == Some(*is_missing));
            }
        }
        Ok(())
    }
}

/// A text to look for, in capital or small letters.
struct Needle {
    text: String,
    /// Whether capital and small letters differ; numbers and Chinese have none.
    has_case: bool,
    may_be_number: bool,
}

impl Needle {
    /// None for an empty text, which is everywhere.
    fn new(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        if text.is_empty() {
            return None;
        }
        let has_case = text.to_uppercase() != text;
        let may_be_number = text.chars().all(|c| c.is_ascii_digit() || " -.:,e+".contains(c));
        Some(Self { text, has_case, may_be_number })
    }

    fn may_be_in(&self, kind: &ColumnKind) -> bool {
        is_text(kind) || self.may_be_number && !matches!(kind, ColumnKind::Image(_))
    }

    fn is_in(&self, text: &str) -> bool {
        if !self.has_case {
            text.contains(&self.text)
        } else if self.text.is_ascii() {
            let needle = self.text.as_bytes();
            text.as_bytes().windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
        } else {
            text.to_lowercase().contains(&self.text)
        }
    }

    /// Marks the rows among `candidates` whose value holds the text.
    fn mark(
        &self,
        values: &Series,
        kind: &ColumnKind,
        candidates: &[bool],
        found: &mut [bool],
    ) -> Result<(), Trouble> {
        let marks = found.iter_mut().zip(candidates);
        if is_text(kind) {
            let texts = values.str().map_err(polars_trouble)?;
            for ((found, candidate), text) in marks.zip(texts.iter()) {
                *found = *found || *candidate && text.is_some_and(|text| self.is_in(text));
            }
        } else if !matches!(kind, ColumnKind::Image(_)) {
            for ((found, candidate), value) in marks.zip(values.iter()) {
                *found =
                    *found || *candidate && !value.is_null() && self.is_in(&format::exact(&value));
            }
        }
        Ok(())
    }
}
