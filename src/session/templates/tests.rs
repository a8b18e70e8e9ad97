//! What the templates make of tables that nobody described.

use pg_base::ParamValue;

use super::*;

/// The kinds of the nodes from the source to the network, and what was said.
fn made(
    template: &str,
    file: &str,
    lines: impl IntoIterator<Item = String>,
) -> (Document, Vec<String>) {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().join(file);
    let lines: Vec<String> = lines.into_iter().collect();
    std::fs::write(&data, lines.join("\n")).expect("written");
    let registry = pg_nodes::registry();
    let project = folder.path().join("p.pyro");
    let made = make(&registry, template, &data, None, &project).expect("made");
    let said = made.said.into_iter().map(|words| words.en).collect();
    (made.document, said)
}

fn with_header(names: &str, rows: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    std::iter::once(names.to_owned()).chain(rows)
}

fn texts(names: &[&str]) -> ParamValue {
    ParamValue::Texts(names.iter().map(|name| (*name).to_owned()).collect())
}

fn param(document: &Document, node: &str, param: &str) -> ParamValue {
    document.node(node).and_then(|node| node.params.get(param)).cloned().expect("there")
}

#[test]
fn a_measured_number_is_no_class_although_it_is_named_like_a_target() {
    let rows = (0..40).map(|n| format!("{}.5,{}", n * 7 % 40, n % 2 == 0));
    let (document, said) =
        made("tabular_classification", "a.csv", with_header("income,clicked", rows));
    assert_eq!(param(&document, "set_target", "target"), texts(&["clicked"]), "{said:?}");
}

#[test]
fn numbers_with_signs_become_numbers() {
    let rows = (0..40)
        .map(|n| format!("\"${},{:03}\",{} %,{}", 100 + n, n * 7, n % 30, ["$3", "€3"][n % 2]));
    let (document, said) =
        made("tabular_regression", "a.csv", with_header("Price,discount,mixed", rows));
    let columns = param(&document, "convert_type", "columns");
    assert_eq!(columns, texts(&["Price", "discount"]), "{said:?}");
    assert_eq!(param(&document, "set_target", "target"), texts(&["Price"]));
}

#[test]
fn a_series_is_split_by_its_time_and_learns_from_its_dates() {
    let series = (1..=28).map(|n| format!("2024-02-{n:02} 06:00,{n}"));
    let (document, said) = made("tabular_regression", "a.csv", with_header("when,load", series));
    assert_eq!(param(&document, "set_target", "time"), text("when"), "{said:?}");
    assert_eq!(param(&document, "date_features", "keep_date"), ParamValue::Bool(true));
    assert_eq!(param(&document, "date_features", "hour"), ParamValue::Bool(true));
    let cases = (1..=28).map(|n| format!("2024-02-{:02},{n}", n * 5 % 28 + 1));
    let (document, said) = made("tabular_regression", "b.csv", with_header("when,load", cases));
    assert_eq!(param(&document, "set_target", "time"), text(""), "{said:?}");
    assert_eq!(param(&document, "date_features", "hour"), ParamValue::Bool(false));
}

#[test]
fn columns_may_stand_apart_by_blanks() {
    let rows = (0..40).map(|n| format!("  {n:4}.5   {:6}  {}", n * n, n * 3));
    let (document, said) = made("tabular_regression", "a.data", rows);
    assert_eq!(param(&document, "set_target", "target"), texts(&["column_3"]), "{said:?}");
}
