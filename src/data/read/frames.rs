//! Makes tables of frames that a typed source gave: Parquet, Arrow, spreadsheets, JSON, databases.

use std::collections::BTreeMap;
use std::path::Path;

use pg_base::{Trouble, say};
use polars::prelude::*;

use super::cells::{Cells, Form, Marks, join_parts};
use super::csv::{CsvOptions, stray_warning};
use super::infer::{chosen_kinds, form_of_sample, kind_of_values, names_rows};
use super::names::column_names;
use super::{ReadTable, Reading};
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::table::{Table, polars_trouble};

/// Rows looked at while editing.
pub(super) const SAMPLE_ROWS: usize = 2000;

/// What the person says about the columns of a typed source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnChoices {
    /// Cells that mean "missing" besides the usual ones.
    pub missing_marks: Vec<String>,
    /// Column kinds (ids) that are not to be guessed.
    pub kinds: BTreeMap<String, String>,
}

/// Whether text may hold numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    /// A column of text is read as numbers where every cell is one, as in a spreadsheet.
    MayBeNumbers,
    /// The source has types of its own: text that looks like a number is a name. Dates are recognised all the same,
    /// because many sources have no type for them.
    StayText,
}

/// Makes a table; columns that no table can hold are left out and named.
pub(super) fn table_of(
    mut frame: DataFrame,
    texts: Texts,
    choices: &ColumnChoices,
    path: &Path,
) -> Result<ReadTable, Trouble> {
    let found: Vec<String> =
        frame.get_column_names().into_iter().map(ToString::to_string).collect();
    let names = column_names(Some(&found), found.len());
    frame.set_column_names(&names).map_err(polars_trouble)?;
    let chosen = chosen_kinds(&names, &choices.kinds)?;
    if frame.height() == 0 {
        return Err(super::csv::no_rows(path));
    }
    let mut marks = CsvOptions::MISSING_MARKS.map(str::to_owned).to_vec();
    marks.extend(choices.missing_marks.iter().cloned());
    let marks = Marks::new(&marks);
    let (mut columns, mut schema, mut warnings) = (Vec::new(), Schema::default(), Vec::new());
    let n_columns = names.len();
    for (index, column) in frame.into_columns().into_iter().enumerate() {
        let series = column.take_materialized_series();
        let name = series.name().to_string();
        let kind = chosen.get(&name);
        let Some((series, form, stray)) = typed(series, texts, kind, &marks)? else {
            warnings.push(
                Trouble::new(
                    "column-left-out",
                    say!("a table cannot hold the values of this column", "表格无法容纳该列的值"),
                )
                .column(name),
            );
            continue;
        };
        warnings.extend(stray);
        if series.null_count() == series.len() {
            let found = say!("every value is missing", "所有值均缺失");
            warnings.push(Trouble::new("column-empty", found).column(name.clone()));
        }
        let kind = kind.cloned().unwrap_or_else(|| kind_of_values(&series, form));
        let is_id = names_rows(&name, &series, index == 0 && n_columns > 2);
        let role = if is_id { Role::Id } else { Role::Feature };
        schema.columns.push(Column::new(name, kind).with_role(role));
        columns.push(series.into());
    }
    let n_rows = columns.first().map_or(0, polars::prelude::Column::len);
    let frame = DataFrame::new(n_rows, columns).map_err(polars_trouble)?;
    Ok(ReadTable {
        table: Table::from_source(frame, schema)?
            .read_as(Reading::of_cells(&choices.missing_marks, None)),
        warnings,
        sniffed: None,
    })
}

/// The values of a column in a form that a table holds, with a warning about what did not fit; none where there is no form.
fn typed(
    series: Series,
    texts: Texts,
    kind: Option<&ColumnKind>,
    marks: &Marks,
) -> Result<Option<(Series, Form, Option<Trouble>)>, Trouble> {
    let wanted = kind.and_then(Form::of_kind);
    let series = plain(series)?;
    let dtype = series.dtype().clone();
    let form = match &dtype {
        DataType::List(_) => {
            let joined = crate::write::joined(&series)?;
            return Ok(Some((joined, Form::Text, None)));
        }
        dtype if dtype.is_nested() || dtype.is_binary() || dtype.is_object() => return Ok(None),
        dtype if dtype.is_primitive_numeric() => Form::Number,
        DataType::Date | DataType::Datetime(..) => Form::Date,
        DataType::Null => {
            let empty = Series::full_null(series.name().clone(), series.len(), &DataType::Float64);
            return Ok(Some((empty, Form::Number, None)));
        }
        _ => Form::Text,
    };
    if form == Form::Number && wanted.is_none_or(|wanted| wanted == Form::Number) {
        return Ok(Some((finite(series)?, Form::Number, None)));
    }
    if form == Form::Date && wanted.is_none_or(|wanted| wanted == Form::Date) {
        let plain = match dtype {
            DataType::Date => series,
            _ => series
                .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
                .map_err(polars_trouble)?,
        };
        return Ok(Some((plain, Form::Date, None)));
    }
    let cells = series.cast(&DataType::String).map_err(polars_trouble)?;
    let cells = cells.str().map_err(polars_trouble)?;
    let form = wanted.unwrap_or_else(|| {
        match form_of_sample(cells.iter().flatten(), marks) {
            // A column without any value says nothing.
            Form::Number if texts == Texts::StayText && cells.null_count() < cells.len() => {
                Form::Text
            }
            form => form,
        }
    });
    let mut typed = Cells::new(form, cells.len(), 1, true);
    for (row, cell) in cells.iter().enumerate() {
        match cell {
            Some(cell) => typed.push(row, cell, marks),
            None => typed.push_missing(),
        }
    }
    let part = typed.finish();
    let name = series.name().as_str();
    let stray = part.strays.first.first().map(|(row, cell)| {
        stray_warning(&form.stray_trouble(name, *row as u64 + 1, cell), part.strays.count)
    });
    Ok(Some((join_parts(name, form, vec![part.series], part.has_time)?, form, stray)))
}

/// Decimals as numbers, spans of time as seconds, coded texts as texts; everything else as it is.
fn plain(series: Series) -> Result<Series, Trouble> {
    let plain = match series.dtype() {
        DataType::Decimal(..) => series.cast(&DataType::Float64),
        DataType::Categorical(..) | DataType::Enum(..) => series.cast(&DataType::String),
        DataType::Duration(unit) => {
            let per_second = match unit {
                TimeUnit::Nanoseconds => 1e9,
                TimeUnit::Microseconds => 1e6,
                TimeUnit::Milliseconds => 1e3,
            };
            let ticks =
                series.cast(&DataType::Int64).and_then(|ticks| ticks.cast(&DataType::Float64));
            ticks.map(|ticks| &ticks / per_second)
        }
        _ => Ok(series),
    };
    plain.map_err(polars_trouble)
}

/// Numbers without NaN and infinity, which are missing.
fn finite(series: Series) -> Result<Series, Trouble> {
    let series = match series.dtype() {
        DataType::Float32 | DataType::Float64 | DataType::Int64 | DataType::Int32 => series,
        _ => {
            let name = series.name().clone();
            let wide = series.cast(&DataType::Float64).map_err(polars_trouble)?;
            let wholes = wide.strict_cast(&DataType::Int64);
            wholes.unwrap_or(wide).with_name(name)
        }
    };
    if !series.dtype().is_float() {
        return Ok(series);
    }
    let is_finite = series.is_finite().map_err(polars_trouble)?;
    if is_finite.all() {
        return Ok(series);
    }
    let nothing = Series::full_null(series.name().clone(), series.len(), series.dtype());
    series.zip_with(&is_finite, &nothing).map_err(polars_trouble)
}
