//! Number columns side by side, for steps that look at several columns of a row.

use pg_base::Trouble;
use polars::prelude::*;
use rayon::prelude::*;

use super::Fitted;
use super::column_missing;
use crate::table::Rows;

/// The values of each column; NaN where there is no finite number.
pub(crate) fn columns(rows: &Rows, names: &[&str]) -> Result<Vec<Vec<f64>>, Trouble> {
    names
        .par_iter()
        .map(|name| {
            let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
            Ok(rows.numbers(name)?.iter().map(|value| finite(value).unwrap_or(f64::NAN)).collect())
        })
        .collect::<Vec<Result<_, _>>>()
        .into_iter()
        .collect()
}

/// A number column; missing where the value is NaN.
pub(crate) fn series(name: &str, values: Vec<f64>) -> Series {
    let present = values.into_iter().map(|value| (!value.is_nan()).then_some(value));
    Float64Chunked::from_iter_options(name.into(), present).into_series()
}

/// The values of row after row, from columns of equal length.
pub(crate) fn transposed(columns: &[Vec<f64>], n_rows: usize) -> Vec<Vec<f64>> {
    let mut values: Vec<_> = columns.iter().map(|column| column.iter()).collect();
    let next = |column: &mut std::slice::Iter<'_, f64>| column.next().copied().unwrap_or(f64::NAN);
    (0..n_rows).map(|_| values.iter_mut().map(next).collect()).collect()
}

/// Names of the fitted columns, which must all be there.
pub(crate) fn all_present<'a, T>(
    rows: &Rows,
    fitted: &'a [Fitted<T>],
) -> Result<Vec<&'a str>, Trouble> {
    fitted
        .iter()
        .map(|one| match rows.schema.get(&one.column) {
            Some(_) => Ok(one.column.as_str()),
            None => Err(column_missing(&one.column)),
        })
        .collect()
}
