//! What a person probably means by the columns of a file that nobody described.

use std::collections::BTreeSet;

use pg_base::Trouble;
use polars::prelude::{DataType, StringChunked};

use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::steps::convert_type::{read_number, unit_of, without};
use crate::table::Table;

/// Names that a target column often has.
const TARGET_NAMES: &[&str] = &[
    "target",
    "label",
    "class",
    "y",
    "outcome",
    "result",
    "category",
    "sentiment",
    "species",
    "diagnosis",
    "survived",
    "price",
    "score",
    "income",
    "churn",
    "exited",
    "fraud",
    "is_fraud",
    "default",
    "quality",
    "rating",
    "salary",
    "sales",
    "目标",
    "标签",
    "类别",
    "结果",
    "分类",
    "情感",
    "价格",
    "评分",
    "销量",
    "房价",
    "是否流失",
];

/// The column that is probably to be predicted: one named like a target, else the last one that `fits`.
pub fn likely_target(schema: &Schema, fits: impl Fn(&Column) -> bool) -> Option<&Column> {
    let candidates =
        || schema.columns.iter().filter(|column| column.role != Role::Id && fits(column));
    let is_named =
        |column: &&Column| TARGET_NAMES.contains(&column.name.trim().to_lowercase().as_str());
    candidates().find(is_named).or_else(|| candidates().last())
}

/// Columns of texts that are written numbers, see [`are_written_numbers`].
pub fn written_numbers(sample: &Table) -> Result<Vec<String>, Trouble> {
    let mut names = Vec::new();
    for column in &sample.schema().columns {
        if matches!(column.kind, ColumnKind::Text | ColumnKind::Category)
            && are_written_numbers(&sample.rows().texts(&column.name)?)
        {
            names.push(column.name.clone());
        }
    }
    Ok(names)
}

/// Whether texts are numbers with signs around them, such as `$1,200`, `12 %`, `998 CC` or `(3)`: at least four in five
/// of the first thousand, and all those with the same signs, for dollars are no euros.
pub(crate) fn are_written_numbers(texts: &StringChunked) -> bool {
    const MOST: usize = 1000;
    let is_sign = |c: &char| !c.is_numeric() && !c.is_whitespace() && !".,'’-+()eE".contains(*c);
    let texts: Vec<&str> = texts.iter().flatten().take(MOST).collect();
    let unit = unit_of(texts.iter().copied());
    let bare = texts.iter().map(|text| without(&unit, text));
    let numbers: Vec<&str> = bare.filter(|text| read_number(text, false).is_some()).collect();
    let signs: BTreeSet<String> =
        numbers.iter().map(|text| text.chars().filter(is_sign).collect()).collect();
    signs.len() == 1 && 5 * numbers.len() >= 4 * texts.len()
}

/// Whether the moments of a column have an hour.
pub fn has_time_of_day(sample: &Table, name: &str) -> Result<bool, Trouble> {
    Ok(matches!(sample.rows().column(name)?.dtype(), DataType::Datetime(..)))
}

/// The column of dates by which each row follows the one before it: a series of measurements, not a list of cases.
pub fn time_of_series(sample: &Table) -> Result<Option<String>, Trouble> {
    for column in &sample.schema().columns {
        if column.kind != ColumnKind::Date {
            continue;
        }
        let moments = sample.rows().floats(&column.name)?;
        if moments.len() > 2 && moments.is_sorted_by(|one, next| one < next) {
            return Ok(Some(column.name.clone()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_before_places() {
        let schema = |names: &[&str]| Schema {
            columns: names.iter().map(|name| Column::new(*name, ColumnKind::Number)).collect(),
        };
        let check = |names: &[&str], expected: Option<&str>| {
            let schema = schema(names);
            let found = likely_target(&schema, |column| column.kind == ColumnKind::Number);
            assert_eq!(found.map(|column| column.name.as_str()), expected, "{names:?}");
        };
        check(&["a", "Label ", "b"], Some("Label "));
        check(&["a", "b"], Some("b"));
        check(&[], None);
        assert!(likely_target(&schema(&["y"]), |column| column.kind == ColumnKind::Text).is_none());
    }
}
