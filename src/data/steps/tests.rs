//! Every step against scikit-learn, against leaks, in chunks, and on hostile tables.

mod balancing;
mod golden;
mod golden_preparation;
mod hostile;
mod leaks;

use polars::prelude::*;

use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::table::Table;

/// A table of number columns `a`, `b`, … and text columns.
pub(crate) fn table(columns: Vec<(&str, ColumnKind, Series)>) -> Table {
    let schema = Schema {
        columns: columns.iter().map(|(name, kind, _)| Column::new(*name, kind.clone())).collect(),
    };
    let height = columns.first().map_or(0, |(_, _, series)| series.len());
    let columns =
        columns.into_iter().map(|(name, _, series)| series.with_name(name.into()).into()).collect();
    Table::from_source(DataFrame::new(height, columns).expect("same lengths"), schema)
        .expect("few rows")
}

pub(crate) fn numbers(values: &[Option<f64>]) -> (ColumnKind, Series) {
    (ColumnKind::Number, values.iter().copied().collect::<Float64Chunked>().into_series())
}

pub(crate) fn texts(kind: ColumnKind, values: &[Option<&str>]) -> (ColumnKind, Series) {
    (kind, values.iter().copied().collect::<StringChunked>().into_series())
}

/// The same table with a column in another role.
pub(crate) fn with_role(table: &Table, name: &str, role: Role) -> Table {
    let roles = [(name.to_owned(), role)].into();
    table.then(super::set_roles::SetRoles { roles }).expect("the column exists")
}
