//! Guesses what columns mean: number, date, category or text, and which of them only name the row.

use std::collections::{BTreeMap, BTreeSet};

use pg_base::{Trouble, say};
use polars::prelude::*;

use super::cells::{Form, Marks};
use crate::schema::{Column, ColumnKind, ImageForm};

/// More distinct values make a column text, however many rows there are.
const MAX_CATEGORIES: usize = 1000;
/// So many distinct values are always few.
const FEW_CATEGORIES: usize = 20;
/// Longer values (characters on average) are no names of categories.
const MAX_MEAN_LENGTH: usize = 40;

/// The kind of an id in a file or a form; none for kinds that a table of text cannot hold.
pub(super) fn kind_of_id(id: &str) -> Option<ColumnKind> {
    let kinds = [
        ColumnKind::Number,
        ColumnKind::Category,
        ColumnKind::Text,
        ColumnKind::Date,
        ColumnKind::Image(ImageForm::Files),
        ColumnKind::Audio,
    ];
    kinds.into_iter().find(|kind| kind.id() == id)
}

/// The kinds that the person chose.
pub(super) fn chosen_kinds(
    names: &[String],
    chosen: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, ColumnKind>, Trouble> {
    let mut kinds = BTreeMap::new();
    for (name, id) in chosen {
        if !names.contains(name) {
            let schema = crate::Schema {
                columns: names
                    .iter()
                    .map(|name| Column::new(name.clone(), ColumnKind::Text))
                    .collect(),
            };
            schema.require(name).map_err(|trouble| trouble.param("kinds"))?;
        }
        let kind = kind_of_id(id).ok_or_else(|| {
            Trouble::new(
                "kind-unknown",
                say!("there is no column kind `{id}`", "没有名为 `{id}` 的列类型"),
            )
            .expected(say!(
                "number, category, text, date, image or audio",
                "number、category、text、date、image 或 audio"
            ))
            .column(name)
            .param("kinds")
        })?;
        kinds.insert(name.clone(), kind);
    }
    Ok(kinds)
}

/// How a column is to be read, judged by the cells of a sample.
pub(super) fn form_of_sample<'a>(cells: impl Iterator<Item = &'a str>, marks: &Marks) -> Form {
    let (mut n_present, mut n_numbers, mut n_dates) = (0, 0, 0);
    for cell in cells.map(str::trim).filter(|cell| !marks.hold_in_numbers(cell)) {
        n_present += 1;
        if marks.number(cell).is_some() {
            n_numbers += 1;
        } else if marks.moment(cell).is_some() {
            n_dates += 1;
        }
    }
    if n_numbers == n_present {
        Form::Number
    } else if n_dates == n_present {
        Form::Date
    } else {
        Form::Text
    }
}

/// The kind of a column that was read.
pub(super) fn kind_of_values(series: &Series, form: Form) -> ColumnKind {
    match (form, series.str()) {
        (Form::Number, _) => ColumnKind::Number,
        (Form::Date, _) => ColumnKind::Date,
        (Form::Text, Ok(texts)) => kind_of_texts(texts),
        (Form::Text, Err(_)) => ColumnKind::Text,
    }
}

fn kind_of_texts(texts: &StringChunked) -> ColumnKind {
    let limit = (texts.len() / 20).clamp(FEW_CATEGORIES, MAX_CATEGORIES);
    let mut distinct = BTreeSet::new();
    let (mut n_present, mut n_characters) = (0, 0);
    for text in texts.iter().flatten() {
        n_present += 1;
        n_characters += text.chars().count();
        distinct.insert(text);
        if distinct.len() > limit {
            return ColumnKind::Text;
        }
    }
    let is_all_distinct = n_present > FEW_CATEGORIES / 2 && distinct.len() == n_present;
    if is_all_distinct || n_characters > n_present * MAX_MEAN_LENGTH {
        ColumnKind::Text
    } else {
        ColumnKind::Category
    }
}

/// Whether a column only names its row: called like one and (nearly) without repetition, or the first of several
/// columns and counting up by one.
pub(super) fn names_rows(name: &str, series: &Series, is_first_of_several: bool) -> bool {
    let n_present = series.len() - series.null_count();
    if n_present < 3 || series.dtype().is_float() {
        return false;
    }
    if is_first_of_several && counts_up(series) {
        return true;
    }
    // Duplicated rows must not turn an order number into a feature.
    is_name_of_id(name)
        && series.n_unique().is_ok_and(|n_distinct| n_distinct * 10 >= n_present * 9)
}

fn counts_up(series: &Series) -> bool {
    let Ok(numbers) = series.i64() else { return false };
    let first = numbers.get(0);
    numbers.null_count() == 0
        && matches!(first, Some(0 | 1))
        && numbers
            .iter()
            .flatten()
            .zip(first.unwrap_or(0)..)
            .all(|(found, expected)| found == expected)
}

fn is_name_of_id(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let last_is_id = matches!(words.last(), Some(&("id" | "uuid" | "guid" | "index" | "idx")));
    let is_camel_id = name
        .strip_suffix("Id")
        .or_else(|| name.strip_suffix("ID"))
        .is_some_and(|rest| rest.ends_with(|c: char| c.is_lowercase()));
    let is_chinese =
        ["编号", "序号", "单号", "订单号", "索引"].iter().any(|word| name.ends_with(word));
    last_is_id || is_camel_id || is_chinese || words.as_slice() == ["unnamed", "0"]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, values: &[&str], expected: &str) {
        let marks = Marks::new(&[String::new(), "NA".into()]);
        let form = form_of_sample(values.iter().copied(), &marks);
        let mut cells = super::super::cells::Cells::new(form, values.len(), 1, true);
        for (row, value) in values.iter().enumerate() {
            cells.push(row, value, &marks);
        }
        let part = cells.finish();
        let is_id = names_rows(name, &part.series, false);
        let kind = kind_of_values(&part.series, form);
        assert_eq!(format!("{}{}", kind.id(), if is_id { " id" } else { "" }), expected, "{name}");
    }

    #[test]
    fn kinds_and_ids() {
        check("age", &["1", "2", "", "4.5"], "number");
        check("day", &["2024-01-01", "2024/1/2", "NA"], "date");
        check("answer", &["yes", "no", "yes"], "category");
        check("flag", &["true", "false", "true"], "category");
        check("sign", &["+", "-", "+"], "category");
        check("gaps", &["1", "-", "3"], "number");
        check("nothing", &["", "NA", ""], "number");
        check("mixed", &["1", "2", "three"], "category");
        let sentences: Vec<String> = (0..30).map(|n| format!("sentence number {n}")).collect();
        check("said", &sentences.iter().map(String::as_str).collect::<Vec<_>>(), "text");
        check("user_id", &["a1", "a2", "a3"], "category id");
        check("PassengerId", &["7", "8", "9"], "number id");
        check("订单号", &["D1", "D2", "D3"], "category id");
        check("paid", &["7", "8", "9"], "number");
        check("grid", &["1", "2", "3"], "number");
        check("group_id", &["1", "1", "1", "2"], "number");
        check("weight id", &["1.5", "2.5", "3.5"], "number");
    }

    #[test]
    fn a_first_column_that_counts_names_rows() {
        let counting = Series::new("x".into(), [1_i64, 2, 3]);
        assert!(names_rows("x", &counting, true));
        assert!(!names_rows("x", &counting, false));
        assert!(!names_rows("x", &Series::new("x".into(), [1_i64, 3, 4]), true));
    }
}
