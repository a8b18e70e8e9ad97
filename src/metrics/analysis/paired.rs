//! Whether two models that judged the same rows differ by more than chance.

use super::probability::{chi_squared_tail, fair_coin_two_sided, t_two_sided};

/// With fewer rows that only one model gets right, the exact test.
const MIN_FOR_CHI_SQUARED: u64 = 25;

/// McNemar's test (Psychometrika 12, 1947).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// Chi-squared with one degree of freedom; none where the rows were few and the test is exact.
    pub statistic: Option<f64>,
    pub p_value: f64,
}

/// Student's test of paired differences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedT {
    pub mean: f64,
    pub statistic: f64,
    pub p_value: f64,
}

/// From the rows that only the first, and only the second model gets right.
///
/// Equals statsmodels' `mcnemar` with `exact` below 25 such rows and the correction for continuity from there on.
pub fn mcnemar(n_only_first: u64, n_only_second: u64) -> McNemar {
    let n = n_only_first + n_only_second;
    if n < MIN_FOR_CHI_SQUARED {
        return McNemar { statistic: None, p_value: fair_coin_two_sided(n_only_first, n) };
    }
    let difference = n_only_first.abs_diff(n_only_second) as f64;
    let statistic = (difference - 1.0).max(0.0).powi(2) / n as f64;
    McNemar { statistic: Some(statistic), p_value: chi_squared_tail(statistic, 1.0) }
}

/// Whether the mean of differences is 0; equals `scipy.stats.ttest_rel`. None with fewer than two.
pub fn paired_t(differences: &[f64]) -> Option<PairedT> {
    if differences.len() < 2 || differences.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    if error == 0.0 {
        let (statistic, p_value) =
            if mean == 0.0 { (0.0, 1.0) } else { (f64::MAX.copysign(mean), 0.0) };
        return Some(PairedT { mean, statistic, p_value });
    }
    let statistic = mean / error;
    Some(PairedT { mean, statistic, p_value: t_two_sided(statistic, n - 1.0) })
}
