//! Replays the golden file that `resources/scripts/golden_analysis.py` wrote with fairlearn, SciPy and shap.

use pg_base::Rng;
use serde::Deserialize;

use super::{
    Deviation, chi_squared, fairness, kolmogorov_smirnov, mcnemar, paired_t, psi, psi_of_numbers,
    shapley,
};

#[derive(Deserialize)]
struct Golden {
    fairness: FairnessCase,
    drift: DriftCase,
    paired: PairedCase,
    explained: ExplainedCase,
}

#[derive(Deserialize)]
struct FairnessCase {
    groups: Vec<usize>,
    truth: Vec<bool>,
    selected: Vec<bool>,
    rates: Vec<[f64; 4]>,
    demographic_parity_difference: f64,
    disparate_impact: f64,
    equalized_odds_difference: f64,
}

#[derive(Deserialize)]
struct DriftCase {
    before: Vec<f64>,
    now: Vec<f64>,
    psi: f64,
    ks: [f64; 2],
    first: Vec<u64>,
    second: Vec<u64>,
    psi_of_counts: f64,
    chi_squared: [f64; 2],
}

#[derive(Deserialize)]
struct PairedCase {
    differences: Vec<f64>,
    t: [f64; 2],
    counts: Vec<[u64; 2]>,
    p_values: Vec<f64>,
}

#[derive(Deserialize)]
struct ExplainedCase {
    background: Vec<[f64; 5]>,
    rows: Vec<[f64; 5]>,
    values: Vec<[f64; 5]>,
    base: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/analysis.json")).expect("the golden file is valid")
}

fn check(found: impl IntoIterator<Item = f64>, expected: impl IntoIterator<Item = f64>) {
    let (found, expected): (Vec<f64>, Vec<f64>) =
        (found.into_iter().collect(), expected.into_iter().collect());
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        let tolerance = 1e-6 * expected.abs().max(1.0);
        assert!((found - expected).abs() <= tolerance, "found {found}, expected {expected}");
    }
}

fn both(found: Option<Deviation>) -> [f64; 2] {
    found.map_or([f64::NAN; 2], |found| [found.statistic, found.p_value])
}

#[test]
fn fairness_equals_fairlearn() {
    let case = golden().fairness;
    let found = fairness(&case.groups, 3, &case.truth, &case.selected).expect("three groups");
    for (group, expected) in found.groups.iter().zip(&case.rates) {
        let (tpr, fpr) = (group.true_positive_rate, group.false_positive_rate);
        let rates = [Some(group.selection_rate), tpr, fpr, Some(group.accuracy)];
        check(rates.map(|rate| rate.expect("every group has both")), *expected);
    }
    check([found.demographic_parity_difference], [case.demographic_parity_difference]);
    check(found.disparate_impact, [case.disparate_impact]);
    check(found.equalized_odds_difference, [case.equalized_odds_difference]);
    assert_eq!(fairness(&[0, 0], 1, &[true, false], &[true, true]), None);
}

#[test]
fn drift_equals_scipy() {
    let case = golden().drift;
    check(psi_of_numbers(&case.before, &case.now), [case.psi]);
    check(psi(&case.first, &case.second), [case.psi_of_counts]);
    check(both(kolmogorov_smirnov(&case.before, &case.now)), case.ks);
    check(both(chi_squared(&case.first, &case.second)), case.chi_squared);
    assert_eq!(psi_of_numbers(&[], &[1.0]), None);
    check(psi_of_numbers(&[1.0; 9], &[1.0; 3]), [0.0]);
}

#[test]
fn paired_tests_equal_scipy() {
    let case = golden().paired;
    let found = paired_t(&case.differences).expect("many rows");
    check([found.statistic, found.p_value], case.t);
    let p_values = case.counts.iter().map(|[first, second]| mcnemar(*first, *second).p_value);
    check(p_values, case.p_values);
}

#[test]
fn explanations_equal_shap() {
    let case = golden().explained;
    let answer = |x: [f64; 5]| 2.0 * x[0] - 3.0 * x[1] + x[2] * x[3] + (x[0] * x[4]).tanh();
    for ((row, values), base) in case.rows.iter().zip(&case.values).zip(&case.base) {
        let answers_of = |coalitions: &[Vec<bool>]| {
            let mean = |known: &Vec<bool>| {
                let mixed = case.background.iter().map(|other| {
                    answer(std::array::from_fn(|at| if known[at] { row[at] } else { other[at] }))
                });
                mixed.sum::<f64>() / case.background.len() as f64
            };
            Ok::<_, ()>(coalitions.iter().map(mean).collect())
        };
        let found = shapley(5, 1, &mut Rng::new(1, ""), answers_of).expect("answers");
        check(found.values, *values);
        check([found.base], [*base]);
    }
}
