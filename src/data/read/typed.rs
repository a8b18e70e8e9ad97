//! Types the columns of new rows as a schema wants them; what does not fit becomes missing and is named with its row.

use pg_base::{Trouble, say};
use polars::prelude::*;

use super::cells::{Cells, Form, Marks, join_parts};
use super::names::column_names;
use super::rows::RowChunk;
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::table::{Rows, polars_trouble};

/// Makes a chunk of the original rows; `first_row` is the number of the first one in the source, from 1.
///
/// Columns that are no features may be absent: new rows need no target.
pub(super) fn typed_chunk(
    mut original: DataFrame,
    schema: &Schema,
    marks: &Marks,
    first_row: u64,
    mut troubles: Vec<Trouble>,
) -> Result<RowChunk, Trouble> {
    let names: Vec<String> =
        original.get_column_names().into_iter().map(ToString::to_string).collect();
    original.set_column_names(&column_names(Some(&names), names.len())).map_err(polars_trouble)?;
    let found = Schema {
        columns: names.iter().map(|name| Column::new(name.clone(), ColumnKind::Text)).collect(),
    };
    let mut columns = Vec::with_capacity(schema.columns.len());
    for column in &schema.columns {
        let form = Form::of_kind(&column.kind).ok_or_else(|| {
            Trouble::internal(format!("column `{}` cannot be read from a file", column.name))
        })?;
        let series = match original.column(&column.name) {
            Ok(values) => typed(
                values.as_materialized_series(),
                column,
                form,
                marks,
                first_row,
                &mut troubles,
            )?,
            Err(_) if column.role == Role::Feature => {
                found.require(&column.name)?;
                return Err(Trouble::internal("a column was found and is absent"));
            }
            Err(_) => {
                Series::full_null(column.name.as_str().into(), original.height(), &empty_type(form))
            }
        };
        columns.push(series.into());
    }
    troubles.sort_by_key(|trouble| trouble.details.place.row);
    let frame = DataFrame::new(original.height(), columns).map_err(polars_trouble)?;
    Ok(RowChunk { first_row, original, rows: Rows { frame, schema: schema.clone() }, troubles })
}

fn typed(
    values: &Series,
    column: &Column,
    form: Form,
    marks: &Marks,
    first_row: u64,
    troubles: &mut Vec<Trouble>,
) -> Result<Series, Trouble> {
    let name = column.name.as_str();
    match (form, values.dtype()) {
        (Form::Number, dtype) if dtype.is_primitive_numeric() || dtype.is_bool() => {
            let numbers = values.cast(&DataType::Float64).map_err(polars_trouble)?;
            let finite = numbers
                .f64()
                .map_err(polars_trouble)?
                .iter()
                .map(|number| number.filter(|n| n.is_finite()));
            return Ok(Float64Chunked::from_iter_options(name.into(), finite).into_series());
        }
        (Form::Date, DataType::Date) => return Ok(values.clone()),
        (Form::Date, DataType::Datetime(..)) => {
            return values
                .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
                .map_err(polars_trouble);
        }
        (_, dtype) if dtype.is_nested() || dtype.is_binary() => {
            return Err(Trouble::new(
                "column-kind",
                say!("the column holds values of type {dtype}", "该列的值类型为 {dtype}"),
            )
            .expected(column.kind.label())
            .column(name));
        }
        _ => {}
    }
    let texts = values.cast(&DataType::String).map_err(polars_trouble)?;
    let texts = texts.str().map_err(polars_trouble)?;
    let mut cells = Cells::new(form, texts.len(), usize::MAX, marks.trim());
    for (row, cell) in texts.iter().enumerate() {
        match cell {
            Some(cell) => cells.push(row, cell, marks),
            None => cells.push_missing(),
        }
    }
    let part = cells.finish();
    if column.role == Role::Feature {
        // A number without bounds is no number that a model could use.
        let strays = part.strays.first.iter().chain(&part.infinities.first);
        troubles.extend(
            strays.map(|(row, cell)| form.stray_trouble(name, first_row + *row as u64, cell)),
        );
    }
    let series = join_parts(name, form, vec![part.series], part.has_time)?;
    if form == Form::Number {
        series.cast(&DataType::Float64).map_err(polars_trouble)
    } else {
        Ok(series)
    }
}

fn empty_type(form: Form) -> DataType {
    match form {
        Form::Number => DataType::Float64,
        Form::Date => DataType::Date,
        Form::Text => DataType::String,
    }
}
