//! Scores of one column against a target; rows without a value or an answer are passed over.

use std::collections::BTreeMap;

use crate::steps::statistics;

/// F value of the analysis of variance (scikit-learn's `f_classif`).
pub(super) fn f_of_classes(values: &[f64], classes: &[Option<usize>]) -> f64 {
    let groups = groups(values, classes);
    let all: Vec<f64> = groups.values().flatten().copied().collect();
    let (n, k) = (all.len() as f64, groups.len() as f64);
    let mean = all.iter().sum::<f64>() / n;
    let (mut between, mut within) = (0.0, 0.0);
    for group in groups.values() {
        let own = group.iter().sum::<f64>() / group.len() as f64;
        between += group.len() as f64 * (own - mean).powi(2);
        within += group.iter().map(|value| (value - own).powi(2)).sum::<f64>();
    }
    (between / (k - 1.0)) / (within / (n - k))
}

/// Chi-squared of the sums per class (scikit-learn's `chi2`).
pub(super) fn chi_squared(values: &[f64], classes: &[Option<usize>]) -> f64 {
    let groups = groups(values, classes);
    let n: usize = groups.values().map(Vec::len).sum();
    let total: f64 = groups.values().flatten().sum();
    groups
        .values()
        .map(|group| {
            let expected = group.len() as f64 / n as f64 * total;
            (group.iter().sum::<f64>() - expected).powi(2) / expected
        })
        .sum()
}

/// Pearson's correlation and the number of pairs.
pub(super) fn correlation(values: &[f64], others: &[f64]) -> (f64, f64) {
    let pairs: Vec<(f64, f64)> = values
        .iter()
        .zip(others)
        .filter(|(a, b)| a.is_finite() && b.is_finite())
        .map(|(a, b)| (*a, *b))
        .collect();
    let n = pairs.len() as f64;
    let mean_a = pairs.iter().map(|(a, _)| a).sum::<f64>() / n;
    let mean_b = pairs.iter().map(|(_, b)| b).sum::<f64>() / n;
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        let (a, b) = (a - mean_a, b - mean_b);
        aa += a * a;
        bb += b * b;
        ab += a * b;
    }
    ((ab / aa.sqrt() / bb.sqrt()).clamp(-1.0, 1.0), n)
}

/// Which tenth of the values each value lies in.
pub(super) fn tenths(values: &[f64]) -> Vec<Option<usize>> {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let mut edge = |tenth| statistics::quantile(&mut finite, f64::from(tenth) / 10.0);
    let edges: Vec<f64> = (1..10).filter_map(&mut edge).collect();
    let place =
        |value: &f64| value.is_finite().then(|| edges.partition_point(|edge| edge <= value));
    values.iter().map(place).collect()
}

/// Mutual information of two codes, in nats.
pub(super) fn mutual_information(a: &[Option<usize>], b: &[Option<usize>]) -> f64 {
    let mut joint: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut of_a: BTreeMap<usize, f64> = BTreeMap::new();
    let mut of_b: BTreeMap<usize, f64> = BTreeMap::new();
    let mut n = 0.0;
    for (a, b) in a.iter().zip(b).filter_map(|(a, b)| Some(((*a)?, (*b)?))) {
        *joint.entry((a, b)).or_default() += 1.0;
        *of_a.entry(a).or_default() += 1.0;
        *of_b.entry(b).or_default() += 1.0;
        n += 1.0;
    }
    let count = |of: &BTreeMap<usize, f64>, key| of.get(&key).copied().unwrap_or(1.0);
    joint
        .iter()
        .map(|(&(a, b), both)| both / n * (both * n / count(&of_a, a) / count(&of_b, b)).ln())
        .sum()
}

fn groups(values: &[f64], classes: &[Option<usize>]) -> BTreeMap<usize, Vec<f64>> {
    let mut groups: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (value, class) in values.iter().zip(classes) {
        if let Some(class) = class.filter(|_| value.is_finite()) {
            groups.entry(class).or_default().push(*value);
        }
    }
    groups
}
