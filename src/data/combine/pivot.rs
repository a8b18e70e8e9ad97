//! Pivot and unpivot: values of a column become columns, and columns become values.

use std::collections::BTreeMap;

use pg_base::{Trouble, say};
use polars::prelude::*;

use super::concatenate::{common_kind, part, stacked};
use super::group::{Aggregate, aggregated};
use super::keys::{gathered, groups, require_plain};
use super::require_fresh;
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::steps::free_name;
use crate::table::{Table, polars_trouble};

/// Most columns that a pivot may make.
const MAX_NEW_COLUMNS: usize = 1000;

/// Long to wide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pivot {
    /// Columns that name a row of the result.
    pub rows: Vec<String>,
    /// The column whose values become columns.
    pub columns: String,
    /// The column whose values fill them.
    pub values: String,
    /// What several values of one place come to.
    pub aggregate: Aggregate,
}

/// Wide to long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unpivot {
    /// Columns that become values; empty for all number features.
    pub columns: Vec<String>,
    /// Name of the column that holds their names.
    pub name_column: String,
    /// Name of the column that holds their values.
    pub value_column: String,
}

/// One row per combination of the row columns, one column per label, labels by size or in the order of code points.
/// Rows without a label are passed over; places without a value are missing.
///
/// Errors: those of [`require_fresh`], `column-unknown`, `pivot-too-wide`.
pub fn pivot(table: &Table, options: &Pivot) -> Result<Table, Trouble> {
    require_fresh(table)?;
    let rows = table.rows();
    require_plain(rows, &options.columns)?;
    let names = rows.label_counts(&options.columns)?;
    let n = names.len();
    if n > MAX_NEW_COLUMNS {
        let column = &options.columns;
        return Err(Trouble::new(
            "pivot-too-wide",
            say!("`{column}` has {n} different values", "`{column}` 有 {n} 个不同的值"),
        )
        .expected(say!("at most {MAX_NEW_COLUMNS}", "不超过 {MAX_NEW_COLUMNS} 个"))
        .column(column));
    }
    let of_rows = groups(rows, &options.rows)?;
    let mut cells = options.rows.clone();
    cells.push(options.columns.clone());
    let of_cells = groups(rows, &cells)?;
    let (kind, values) = aggregated(rows, &options.values, &of_cells.rows(), options.aggregate)?;
    let labels = rows.labels(&options.columns)?;
    let mut cell_of: BTreeMap<(u32, &str), u32> = BTreeMap::new();
    for (cell, first) in (0_u32..).zip(&of_cells.firsts) {
        let row = of_rows.of_row.get(*first as usize).copied().unwrap_or_default();
        if let Some(label) = labels.get(*first as usize).and_then(Option::as_deref) {
            cell_of.insert((row, label), cell);
        }
    }

    let n_rows = of_rows.firsts.len();
    let firsts: Vec<Option<u32>> = of_rows.firsts.iter().copied().map(Some).collect();
    let mut schema = Schema::default();
    let mut columns: Vec<polars::prelude::Column> = Vec::new();
    for name in &options.rows {
        if schema.get(name).is_none() {
            schema.columns.push(rows.schema.require(name)?.clone());
            columns.push(gathered(rows, name, &firsts)?.into());
        }
    }
    for (label, _) in &names {
        let places: IdxCa =
            (0..n_rows as u32).map(|row| cell_of.get(&(row, label.as_str())).copied()).collect();
        // Names of reserved columns begin with #.
        let name = match label.as_str() {
            "" => "empty".to_owned(),
            label if label.starts_with('#') => format!("_{label}"),
            label => label.to_owned(),
        };
        let name = free_name(&name, |name| schema.get(name).is_some());
        let series = values.take(&places).map_err(polars_trouble)?;
        columns.push(series.with_name(name.as_str().into()).into());
        schema.columns.push(Column::new(name, kind.clone()));
    }
    Table::from_source(DataFrame::new(n_rows, columns).map_err(polars_trouble)?, schema)
}

/// All rows once per column: first all with the first column's values, then with the second's …
///
/// Errors: those of [`require_fresh`], `column-unknown`, `column-kind`, `param-invalid`, `too-many-rows`.
pub fn unpivot(table: &Table, options: &Unpivot) -> Result<Table, Trouble> {
    require_fresh(table)?;
    let rows = table.rows();
    let names = if options.columns.is_empty() {
        rows.schema.select(&[], &["number"])?
    } else {
        rows.schema.select(&options.columns, &[])?
    };
    let mut kind: Option<ColumnKind> = None;
    for name in &names {
        let own = &rows.schema.require(name)?.kind;
        kind = Some(kind.map_or_else(|| Ok(own.clone()), |kind| common_kind(name, &kind, own))?);
    }
    let kind = kind.ok_or_else(|| {
        Trouble::new("column-none", say!("there is no column to unpivot", "没有可转为行的列"))
            .advice(say!("Choose columns by name.", "请按名称选择列。"))
    })?;

    let mut schema = Schema::default();
    schema
        .columns
        .extend(rows.schema.columns.iter().filter(|column| !names.contains(&column.name)).cloned());
    for (param, name) in
        [("name_column", &options.name_column), ("value_column", &options.value_column)]
    {
        if name.trim().is_empty() || name.starts_with('#') || schema.get(name).is_some() {
            return Err(Trouble::new(
                "param-invalid",
                say!("`{name}` cannot be the new column", "`{name}` 不能作为新列名"),
            )
            .expected(say!("a name that no column has", "未被使用的列名"))
            .param(param));
        }
        let kind = if param == "name_column" { ColumnKind::Category } else { kind.clone() };
        schema.columns.push(Column::new(name, kind).with_role(Role::Feature));
    }

    let n_rows = rows.n_rows().checked_mul(names.len()).filter(|n| *n < u32::MAX as usize);
    let n_rows = n_rows.ok_or_else(|| {
        Trouble::new("too-many-rows", say!("the result has too many rows", "结果行数过多"))
            .expected(say!("at most 4294967294 rows", "不超过 4294967294 行"))
    })?;
    let places: Vec<Option<u32>> =
        names.iter().flat_map(|_| (0..rows.n_rows() as u32).map(Some)).collect();
    let mut columns: Vec<polars::prelude::Column> = Vec::new();
    for column in schema.columns.iter().take(schema.columns.len() - 2) {
        columns.push(gathered(rows, &column.name, &places)?.into());
    }
    let labels = names.iter().flat_map(|name| std::iter::repeat_n(name.as_str(), rows.n_rows()));
    let labels = StringChunked::from_iter_values(options.name_column.as_str().into(), labels);
    columns.push(labels.into_series().into());
    let parts = names.iter().map(|name| part(rows, &Column::new(name, kind.clone())));
    let values = stacked(&options.value_column, parts.collect::<Result<_, _>>()?)?;
    columns.push(values.into());
    Table::from_source(DataFrame::new(n_rows, columns).map_err(polars_trouble)?, schema)
}
