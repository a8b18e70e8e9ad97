//! The steps equal scikit-learn, pandas, SciPy and NumPy to 1e-6 on the files that `resources/scripts/golden_preprocess.py` wrote.

use serde_json::{Map, Value};

use super::{numbers, table, texts};
use crate::recipe::{Purpose, RecipeStep, Step};
use crate::schema::ColumnKind;
use crate::steps::clip_outliers::{ClipOutliers, OutlierAction, OutlierMethod};
use crate::steps::drop_correlated::DropCorrelated;
use crate::steps::fill_missing::{FillMissing, NumberFill, TextFill};
use crate::steps::merge_rare::MergeRare;
use crate::steps::min_max::MinMax;
use crate::steps::one_hot::OneHot;
use crate::steps::sort_rows::SortRows;
use crate::steps::standardise::Standardise;
use crate::table::{Rows, Table};

#[test]
fn standardise_equals_scikit_learn() {
    check(include_str!("../../golden/standardise.json"), |_| Standardise::default().into());
}

#[test]
fn min_max_equals_scikit_learn() {
    check(include_str!("../../golden/min_max.json"), |config| {
        let number = |key: &str| config[key].as_f64().expect("a number");
        let clips = config["clip"].as_bool().expect("yes or no");
        MinMax { low: number("low"), high: number("high"), clips, ..MinMax::default() }.into()
    });
}

#[test]
fn one_hot_equals_scikit_learn() {
    check(include_str!("../../golden/one_hot.json"), |_| OneHot::default().into());
}

#[test]
fn fill_missing_equals_scikit_learn() {
    check(include_str!("../../golden/impute.json"), |config| {
        let numbers = match config["strategy"].as_str() {
            Some("mean") => NumberFill::Mean,
            Some("median") => NumberFill::Median,
            _ => NumberFill::MostFrequent,
        };
        FillMissing { numbers, ..FillMissing::default() }.into()
    });
}

#[test]
fn clip_outliers_equals_numpy() {
    check(include_str!("../../golden/clip_iqr.json"), |config| {
        ClipOutliers {
            factor: config["factor"].as_f64().expect("a number"),
            ..ClipOutliers::default()
        }
        .into()
    });
}

#[test]
fn similar_rows_fill_as_in_scikit_learn() {
    check(include_str!("../../golden/knn_impute.json"), |config| {
        let n_neighbours = config["neighbours"].as_u64().expect("a number") as usize;
        let numbers = NumberFill::Neighbours;
        FillMissing { numbers, n_neighbours, ..FillMissing::default() }.into()
    });
}

#[test]
fn regression_fills_as_in_scikit_learn() {
    check(include_str!("../../golden/model_impute.json"), |_| {
        FillMissing { numbers: NumberFill::Model, ..FillMissing::default() }.into()
    });
}

#[test]
fn values_are_carried_as_in_pandas() {
    check(include_str!("../../golden/carry.json"), |config| {
        let (numbers, texts) = match config["direction"].as_str() {
            Some("forward") => (NumberFill::Forward, TextFill::Forward),
            _ => (NumberFill::Backward, TextFill::Backward),
        };
        let order_by = config["order_by"].as_str().expect("a name").to_owned();
        FillMissing { numbers, texts, order_by, ..FillMissing::default() }.into()
    });
}

#[test]
fn gaps_are_marked_as_in_scikit_learn() {
    check(include_str!("../../golden/mark_missing.json"), |_| {
        FillMissing { adds_marks: true, ..FillMissing::default() }.into()
    });
}

#[test]
fn outliers_are_told_as_in_scipy() {
    check(include_str!("../../golden/outliers.json"), |config| {
        let method = match config["method"].as_str() {
            Some("z_score") => OutlierMethod::Deviations,
            _ => OutlierMethod::MedianDeviations,
        };
        let factor = config["factor"].as_f64().expect("a number");
        let action = OutlierAction::Missing;
        ClipOutliers { method, action, factor, ..ClipOutliers::default() }.into()
    });
}

#[test]
fn rare_categories_are_those_of_scikit_learn() {
    check(include_str!("../../golden/merge_rare.json"), |config| {
        let min_count = config["min_count"].as_u64().expect("a number") as usize;
        let min_share = config["min_share"].as_f64().expect("a number");
        MergeRare { min_count, min_share, ..MergeRare::default() }.into()
    });
}

#[test]
fn correlations_are_those_of_pandas() {
    check(include_str!("../../golden/drop_correlated.json"), |config| {
        let bound = config["bound"].as_f64().expect("a number");
        DropCorrelated { bound, ..DropCorrelated::default() }.into()
    });
}

#[test]
fn rows_are_sorted_as_in_pandas() {
    check(include_str!("../../golden/sort_rows.json"), |config| {
        let names = config["by"].as_array().expect("names").iter().filter_map(Value::as_str);
        SortRows {
            columns: names.map(str::to_owned).collect(),
            is_descending: config["descending"].as_bool().expect("yes or no"),
        }
        .into()
    });
}

pub(super) fn check(file: &str, step_of: impl Fn(&Value) -> Step) {
    let file: Value = serde_json::from_str(file).expect("a golden file");
    for case in file["cases"].as_array().expect("cases") {
        let training = read(&case["train"]);
        let fitted = training.then(step_of(&case["config"])).expect("fits");
        let step = fitted.recipe().steps.last().expect("one step");
        let json = serde_json::to_string(step).expect("plain data");
        assert_eq!(&serde_json::from_str::<Step>(&json).expect("round trip"), step);
        compare(fitted.rows(), &case["train_out"]);
        let new =
            step.apply(read(&case["new"]).rows().clone(), Purpose::Replaying).expect("applies");
        compare(&new, &case["new_out"]);
    }
}

pub(super) fn columns(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("columns")
}

pub(super) fn read(value: &Value) -> Table {
    let read = |values: &Value| {
        let values = values.as_array().expect("values");
        if values.iter().any(Value::is_string) {
            texts(ColumnKind::Category, &values.iter().map(Value::as_str).collect::<Vec<_>>())
        } else {
            numbers(&values.iter().map(Value::as_f64).collect::<Vec<_>>())
        }
    };
    let named = columns(value).iter().map(|(name, values)| {
        let (kind, series) = read(values);
        (name.as_str(), kind, series)
    });
    table(named.collect())
}

pub(super) fn compare(rows: &Rows, expected: &Value) {
    let expected = columns(expected);
    assert_eq!(rows.schema.columns.len(), expected.len());
    for (name, values) in expected {
        let values = values.as_array().expect("values");
        if values.iter().any(Value::is_string) {
            let found = rows.texts(name).expect("the column");
            assert!(found.iter().eq(values.iter().map(Value::as_str)), "{name}: {found:?}");
            continue;
        }
        let found = rows.numbers(name).expect("the column");
        assert_eq!(found.len(), values.len(), "{name}");
        for (found, expected) in found.iter().zip(values) {
            match (found, expected.as_f64()) {
                (Some(found), Some(expected)) => {
                    let tolerance = 1e-6 * expected.abs().max(1.0);
                    assert!((found - expected).abs() <= tolerance, "{name}: {found} {expected}");
                }
                (found, expected) => assert_eq!(found, expected, "{name}"),
            }
        }
    }
}
