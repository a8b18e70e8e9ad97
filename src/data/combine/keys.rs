//! Rows that agree in some columns, by the labels of their values.

use std::collections::HashMap;

use pg_base::Trouble;
use polars::prelude::*;

use crate::calendar;
use crate::schema::{ColumnKind, Role};
use crate::table::{Rows, polars_trouble};

/// Between the labels of a key; no file has it in a cell.
const SEPARATOR: char = '\u{1F}';

/// Which rows belong together.
pub(super) struct Groups {
    /// Number of the group of each row, in the order of their first rows.
    pub(super) of_row: Vec<u32>,
    /// The first row of each group.
    pub(super) firsts: Vec<u32>,
}

/// The labels of the key columns of each row; none where a value is missing. Numbers and texts that read alike agree.
pub(super) fn row_keys(rows: &Rows, names: &[String]) -> Result<Vec<Option<String>>, Trouble> {
    let mut keys = vec![Some(String::new()); rows.n_rows()];
    for (index, name) in names.iter().enumerate() {
        for (key, label) in keys.iter_mut().zip(labels(rows, name)?) {
            match (&mut *key, label) {
                (Some(key), Some(label)) => {
                    if index > 0 {
                        key.push(SEPARATOR);
                    }
                    key.push_str(&label);
                }
                _ => *key = None,
            }
        }
    }
    Ok(keys)
}

/// The key for a person: labels with commas between them.
pub(super) fn shown(key: &str) -> String {
    key.replace(SEPARATOR, ", ")
}

/// Groups rows that agree in some columns; a missing value agrees with a missing value.
pub(super) fn groups(rows: &Rows, names: &[String]) -> Result<Groups, Trouble> {
    let mut keys = vec![String::new(); rows.n_rows()];
    for name in names {
        for (key, label) in keys.iter_mut().zip(labels(rows, name)?) {
            key.push(SEPARATOR);
            // Marks what is there, so that an empty text is not a missing one.
            if let Some(label) = label {
                key.push('=');
                key.push_str(&label);
            }
        }
    }
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut found = Groups { of_row: Vec::with_capacity(keys.len()), firsts: Vec::new() };
    for (row, key) in (0_u32..).zip(keys) {
        let next = found.firsts.len() as u32;
        let group = *known.entry(key).or_insert(next);
        if group == next {
            found.firsts.push(row);
        }
        found.of_row.push(group);
    }
    Ok(found)
}

impl Groups {
    /// The rows of each group, in their order.
    pub(super) fn rows(&self) -> Vec<Vec<u32>> {
        let mut rows = vec![Vec::new(); self.firsts.len()];
        for (row, group) in (0_u32..).zip(&self.of_row) {
            if let Some(rows) = rows.get_mut(*group as usize) {
                rows.push(row);
            }
        }
        rows
    }
}

/// The labels of a column; days without a time read alike whether the column has times or not.
fn labels(rows: &Rows, name: &str) -> Result<Vec<Option<String>>, Trouble> {
    if rows.schema.require(name)?.kind == ColumnKind::Date {
        return Ok(rows.moments(name)?.iter().map(|day| day.map(calendar::label)).collect());
    }
    require_plain(rows, name)?;
    rows.labels(name)
}

/// Refuses a column of pictures in memory or of token ids.
pub(super) fn require_plain(rows: &Rows, name: &str) -> Result<(), Trouble> {
    use pg_base::say;
    let column = rows.schema.require(name)?;
    let is_plain = matches!(
        column.kind,
        ColumnKind::Number | ColumnKind::Category | ColumnKind::Text | ColumnKind::Date
    );
    if is_plain {
        return Ok(());
    }
    let (en, zh) = (column.kind.label().en, column.kind.label().zh);
    Err(Trouble::new("column-kind", say!("`{name}` is a {en} column", "`{name}` 是{zh}列"))
        .expected(say!("numbers, categories, texts or dates", "数值、类别、文本或日期"))
        .column(name))
}

/// The values at some places, missing where there is no place.
pub(super) fn gathered(rows: &Rows, name: &str, places: &[Option<u32>]) -> Result<Series, Trouble> {
    let places: IdxCa = places.iter().copied().collect();
    rows.column(name)?.as_materialized_series().take(&places).map_err(polars_trouble)
}

/// The role of a value made of many values of a column: of several made from the target only the first is one.
pub(super) fn role_of_aggregate(source: Role, has_target: bool) -> Role {
    match source {
        Role::Target if has_target => Role::Ignored,
        role => role,
    }
}
