//! Concatenate: the rows of several tables below one another, columns matched by name.

use pg_base::{Trouble, say};
use polars::prelude::*;

use super::require_fresh;
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::table::{Rows, Table, polars_trouble};

/// The rows of all tables in order; a column that a table lacks is missing there.
///
/// A column keeps the role of the first table that has it. Kinds that differ become the more general one: dates with a
/// time, or categories, or texts. With a `source` name, a column says from which table (1, 2, …) each row comes.
///
/// Errors: those of [`require_fresh`], `column-kind` where kinds cannot be brought together.
pub fn concatenate(tables: &[&Table], source: Option<&str>) -> Result<Table, Trouble> {
    let mut schema = Schema::default();
    for table in tables {
        require_fresh(table)?;
        for column in &table.schema().columns {
            match schema.get_mut(&column.name) {
                None => schema.columns.push(column.clone()),
                Some(known) => known.kind = common_kind(&column.name, &known.kind, &column.kind)?,
            }
        }
    }
    let mut columns = Vec::with_capacity(schema.columns.len() + 1);
    for column in &schema.columns {
        let parts = tables.iter().map(|table| part(table.rows(), column));
        columns.push(stacked(&column.name, parts.collect::<Result<_, _>>()?)?.into());
    }
    let n_rows = tables.iter().map(|table| table.n_rows()).sum();
    if let Some(name) = source.map(str::trim).filter(|name| !name.is_empty()) {
        if schema.get(name).is_some() {
            return Err(Trouble::new(
                "param-invalid",
                say!("a column `{name}` is already there", "列 `{name}` 已存在"),
            )
            .expected(say!("a new name", "新的名称"))
            .param("source"));
        }
        let numbers = (1..)
            .zip(tables)
            .flat_map(|(number, table)| std::iter::repeat_n(number.to_string(), table.n_rows()));
        columns.push(StringChunked::from_iter_values(name.into(), numbers).into_series().into());
        schema.columns.push(Column::new(name, ColumnKind::Category).with_role(Role::Feature));
    }
    Table::from_source(DataFrame::new(n_rows, columns).map_err(polars_trouble)?, schema)
}

/// Parts of one type below one another.
pub(super) fn stacked(name: &str, parts: Vec<Series>) -> Result<Series, Trouble> {
    let mut parts = parts.into_iter();
    let Some(mut all) = parts.next() else {
        return Ok(Series::new_empty(name.into(), &DataType::Float64));
    };
    for part in parts {
        all.append(&part).map_err(polars_trouble)?;
    }
    Ok(all.rechunk().with_name(name.into()))
}

/// The values of a column brought to its common kind.
pub(super) fn part(rows: &Rows, column: &Column) -> Result<Series, Trouble> {
    let name = column.name.as_str();
    let Some(own) = rows.schema.get(name) else {
        return Ok(Series::full_null(name.into(), rows.n_rows(), &physical(&column.kind)));
    };
    let values = rows.column(name)?.as_materialized_series();
    let series = match (&column.kind, &own.kind) {
        (ColumnKind::Category | ColumnKind::Text, ColumnKind::Number) => {
            rows.labels(name)?.into_iter().collect::<StringChunked>().into_series()
        }
        (ColumnKind::Category | ColumnKind::Text, ColumnKind::Date) => rows
            .moments(name)?
            .iter()
            .map(|moment| moment.map(crate::calendar::label))
            .collect::<StringChunked>()
            .into_series(),
        (kind, _) => values.cast(&physical(kind)).map_err(polars_trouble)?,
    };
    Ok(series)
}

/// The kind that values of two kinds can share.
pub(super) fn common_kind(
    name: &str,
    a: &ColumnKind,
    b: &ColumnKind,
) -> Result<ColumnKind, Trouble> {
    let is_plain = |kind: &ColumnKind| {
        matches!(
            kind,
            ColumnKind::Number | ColumnKind::Category | ColumnKind::Text | ColumnKind::Date
        )
    };
    if a == b {
        return Ok(a.clone());
    }
    if is_plain(a) && is_plain(b) {
        let is_text = [a, b].contains(&&ColumnKind::Text);
        return Ok(if is_text { ColumnKind::Text } else { ColumnKind::Category });
    }
    let (a, b) = (a.label(), b.label());
    let (a_en, b_en, a_zh, b_zh) = (a.en, b.en, a.zh, b.zh);
    Err(Trouble::new(
        "column-kind",
        say!(
            "`{name}` is a {a_en} column in one table and a {b_en} column in another",
            "`{name}` 在一个表中是{a_zh}列，在另一个表中是{b_zh}列"
        ),
    )
    .expected(say!("the same kind in all tables", "各表中类型相同"))
    .advice(say!(
        "Rename the column in one of the tables, or drop it there.",
        "请在其中一个表中重命名或删除该列。"
    ))
    .column(name))
}

/// The one type of a kind that parts of several tables are brought to.
fn physical(kind: &ColumnKind) -> DataType {
    use crate::schema::ImageForm;
    match kind {
        ColumnKind::Number => DataType::Float64,
        ColumnKind::Date => DataType::Datetime(TimeUnit::Microseconds, None),
        ColumnKind::Image(ImageForm::Pixels { .. }) => DataType::Binary,
        ColumnKind::Sequence { .. } => DataType::List(Box::new(DataType::UInt32)),
        ColumnKind::Category
        | ColumnKind::Text
        | ColumnKind::Audio
        | ColumnKind::Image(ImageForm::Files) => DataType::String,
    }
}
