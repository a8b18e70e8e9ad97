//! Scaling, encoding and choosing columns equal scikit-learn to 1e-6.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::golden::{check, compare, read};
use super::with_role;
use crate::recipe::{Purpose, RecipeStep, Step};
use crate::schema::Role;
use crate::steps::bin::Bin;
use crate::steps::hash_encode::HashEncode;
use crate::steps::pca::Pca;
use crate::steps::piecewise::Piecewise;
use crate::steps::polynomial::Polynomial;
use crate::steps::reshape::Reshape;
use crate::steps::scale::Scale;
use crate::steps::select_best::SelectBest;
use crate::steps::target_encode::TargetEncode;
use crate::table::Table;

fn of<T: DeserializeOwned>(config: &Value, key: &str) -> T {
    serde_json::from_value(config[key].clone()).expect("a known option")
}

/// The table of a golden file with `y` as its target.
fn with_target(value: &Value) -> Table {
    with_role(&read(value), "y", Role::Target)
}

fn cases(file: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).expect("a golden file");
    file["cases"].as_array().expect("cases").clone()
}

#[test]
fn scale_equals_scikit_learn() {
    check(include_str!("../../golden/scale.json"), |config| {
        Scale { method: of(config, "method"), ..Scale::default() }.into()
    });
}

#[test]
fn reshape_equals_scikit_learn() {
    check(include_str!("../../golden/reshape.json"), |config| {
        let (curve, standardises) = (of(config, "curve"), of(config, "standardises"));
        Reshape { curve, standardises, ..Reshape::default() }.into()
    });
}

#[test]
fn bin_equals_scikit_learn() {
    check(include_str!("../../golden/bin.json"), |config| {
        Bin { cuts: of(config, "cuts"), n_bins: of(config, "n_bins"), ..Bin::default() }.into()
    });
}

#[test]
fn hash_encode_equals_scikit_learn() {
    check(include_str!("../../golden/hash_encode.json"), |config| {
        HashEncode { n_columns: of(config, "n_columns"), ..HashEncode::default() }.into()
    });
}

#[test]
fn piecewise_equals_its_authors() {
    check(include_str!("../../golden/piecewise.json"), |config| {
        Piecewise { n_bins: of(config, "n_bins"), ..Piecewise::default() }.into()
    });
}

#[test]
fn polynomial_equals_scikit_learn() {
    check(include_str!("../../golden/polynomial.json"), |config| {
        Polynomial {
            degree: of(config, "degree"),
            interactions_only: of(config, "interactions_only"),
            ..Polynomial::default()
        }
        .into()
    });
}

#[test]
fn pca_equals_scikit_learn() {
    check(include_str!("../../golden/pca.json"), |config| {
        Pca { keeps: of(config, "keeps"), ..Pca::default() }.into()
    });
}

#[test]
fn target_encode_equals_scikit_learn() {
    for case in cases(include_str!("../../golden/target_encode.json")) {
        let smoothing = of(&case["config"], "smoothing");
        let step = TargetEncode { smoothing, ..TargetEncode::default() };
        let fitted = with_target(&case["train"]).then(step).expect("fits");
        let step = fitted.recipe().steps.last().expect("a step");
        let new = step.apply(read(&case["new"]).rows().clone(), Purpose::Replaying);
        compare(&new.expect("applies"), &case["new_out"]);
    }
}

#[test]
fn scores_equal_scikit_learn() {
    for case in cases(include_str!("../../golden/select_best.json")) {
        let score = of(&case["config"], "score");
        let step = SelectBest { n_kept: 1, score, ..SelectBest::default() };
        let fitted = with_target(&case["train"]).then(step).expect("fits");
        let Some(Step::SelectBest(step)) = fitted.recipe().steps.last() else {
            panic!("the step is there")
        };
        let expected: BTreeMap<String, f64> = of(&case, "scores");
        assert_eq!(step.fitted.len(), expected.len());
        for found in &step.fitted {
            let expected = expected[&found.column];
            assert!((found.learnt - expected).abs() < 1e-6 * expected.max(1.0), "{found:?}");
        }
        assert_eq!(fitted.schema().columns.len(), 2);
    }
}
