//! Category columns that become numbers by what was learnt about their labels.

use pg_base::Trouble;
use polars::prelude::*;

use super::{Fitted, present};
use crate::schema::ColumnKind;
use crate::table::Rows;

/// Replaces the present fitted columns by numbers; `prepare` makes the function from label to number of one column.
pub(crate) fn map_labels<'a, T, F>(
    mut rows: Rows,
    fitted: &'a [Fitted<T>],
    prepare: impl Fn(&'a T) -> F,
) -> Result<Rows, Trouble>
where
    F: FnMut(Option<&str>) -> Option<f64>,
{
    let mut coded = Vec::with_capacity(fitted.len());
    for one in present(&rows, fitted)? {
        let mut code = prepare(&one.learnt);
        let mut numbers = Vec::with_capacity(rows.n_rows());
        each_label(&rows, &one.column, |label| numbers.push(code(label)))?;
        let numbers =
            Float64Chunked::from_iter_options(one.column.as_str().into(), numbers.into_iter());
        coded.push(numbers.into_series());
    }
    rows.set_all(coded, Some(&ColumnKind::Number))?;
    Ok(rows)
}

/// Calls a function with the label of each row; texts are not copied.
pub(crate) fn each_label(
    rows: &Rows,
    name: &str,
    mut each: impl FnMut(Option<&str>),
) -> Result<(), Trouble> {
    if rows.schema.require(name)?.kind == ColumnKind::Number {
        rows.labels(name)?.iter().for_each(|label| each(label.as_deref()));
    } else {
        rows.texts(name)?.iter().for_each(each);
    }
    Ok(())
}
