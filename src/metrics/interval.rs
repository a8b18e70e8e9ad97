//! How far a metric would move on other rows of the same kind: 95 % intervals by Wilson's formula and by the bootstrap.

use std::collections::BTreeMap;

use pg_base::Rng;
use serde::{Deserialize, Serialize};

use crate::classification::Scored;
use crate::registry::{classification_metrics, regression_metrics};
use crate::regression::Paired;

/// Normal quantile of 97.5 %.
const Z: f64 = 1.959_963_984_540_054;
/// Resamples where the rows are few …
const MAX_RESAMPLES: usize = 500;
/// … and the least that percentiles can be read from; with so many rows the interval is narrow anyway.
const MIN_RESAMPLES: usize = 100;
/// Numbers drawn for all resamples together: about a second of work.
const MAX_DRAWN: usize = 4_000_000;
/// A metric that more resamples than one in ten leave undefined has no interval.
const MIN_DEFINED: f64 = 0.9;
/// The intervals are a part of the report: the same report twice is the same bytes.
const SEED: u64 = 0;

/// Bounds within which a number would lie in 95 of 100 repetitions with other rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// The interval of a share: `n_hits` of `n_rows` (Wilson, Journal of the American Statistical Association 22, 1927).
///
/// Equals statsmodels' `proportion_confint(method='wilson')`; none without rows.
pub fn wilson_interval(n_hits: u64, n_rows: u64) -> Option<Interval> {
    if n_rows == 0 || n_hits > n_rows {
        return None;
    }
    let (n, share, z2) = (n_rows as f64, n_hits as f64 / n_rows as f64, Z * Z);
    let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    Some(Interval { low: (middle - half).max(0.0), high: (middle + half).min(1.0) })
}

/// The intervals of all metrics that `metrics_of` gives for rows drawn with replacement: the 2.5th and the 97.5th
/// percentile over the resamples.
///
/// `n_numbers` is how many numbers one row has; empty where there are too many rows for it to be worth the time.
pub fn bootstrap_intervals(
    n_rows: usize,
    n_numbers: usize,
    mut metrics_of: impl FnMut(&[usize]) -> BTreeMap<String, f64>,
) -> BTreeMap<String, Interval> {
    let n_resamples = (MAX_DRAWN / (n_rows * n_numbers).max(1)).min(MAX_RESAMPLES);
    if n_rows < 2 || n_resamples < MIN_RESAMPLES {
        return BTreeMap::new();
    }
    let mut rng = Rng::new(SEED, "bootstrap");
    let mut drawn: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut sample = vec![0; n_rows];
    for _ in 0..n_resamples {
        sample.fill_with(|| rng.below(n_rows));
        for (id, value) in metrics_of(&sample) {
            drawn.entry(id).or_default().push(value);
        }
    }
    let n_needed = (n_resamples as f64 * MIN_DEFINED) as usize;
    let interval = |(id, mut values): (String, Vec<f64>)| {
        values.sort_by(f64::total_cmp);
        let interval = Interval { low: quantile(&values, 0.025)?, high: quantile(&values, 0.975)? };
        (values.len() >= n_needed).then_some((id, interval))
    };
    drawn.into_iter().filter_map(interval).collect()
}

/// The intervals of the metrics of a classification; accuracy by Wilson's formula, which is right for few rows too.
pub(crate) fn classification_intervals(
    scored: &Scored<'_>,
    threshold: Option<f64>,
) -> BTreeMap<String, Interval> {
    let (y_true, n_classes) = (scored.y_true(), scored.n_classes());
    let rows: Vec<&[f32]> = scored.rows().map(|(_, row)| row).collect();
    let mut intervals = bootstrap_intervals(rows.len(), n_classes, |sample| {
        let truths: Vec<usize> =
            sample.iter().filter_map(|row| y_true.get(*row).copied()).collect();
        let probabilities: Vec<f32> = sample
            .iter()
            .filter_map(|row| rows.get(*row))
            .flat_map(|row| row.iter().copied())
            .collect();
        Scored::new(&truths, &probabilities, n_classes, threshold)
            .map(|scored| classification_metrics(&scored).0)
            .unwrap_or_default()
    });
    let n_right = scored.tallies().iter().map(|tally| tally.n_right).sum();
    intervals.extend(
        wilson_interval(n_right, rows.len() as u64)
            .map(|interval| ("accuracy".to_owned(), interval)),
    );
    intervals
}

/// The intervals of the metrics of a regression. The largest error of all has none: it only grows with the rows.
pub(crate) fn regression_intervals(y_true: &[f64], y_pred: &[f64]) -> BTreeMap<String, Interval> {
    let pick = |values: &[f64], sample: &[usize]| -> Vec<f64> {
        sample.iter().filter_map(|row| values.get(*row).copied()).collect()
    };
    let mut intervals = bootstrap_intervals(y_true.len(), 2, |sample| {
        let (truths, predictions) = (pick(y_true, sample), pick(y_pred, sample));
        Paired::new(&truths, &predictions)
            .map(|paired| regression_metrics(&paired).0)
            .unwrap_or_default()
    });
    intervals.remove("max_error");
    intervals
}

/// The quantile of ascending values, straight between neighbours as `numpy.quantile`.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let position = share * sorted.len().checked_sub(1)? as f64;
    let below = *sorted.get(position.floor() as usize)?;
    let above = *sorted.get(position.ceil() as usize)?;
    let value = below + (above - below) * position.fract();
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_wilson_intervals() {
        // statsmodels.stats.proportion.proportion_confint(n_hits, n_rows, method='wilson')
        let check = |n_hits, n_rows, low: f64, high: f64| {
            let found = wilson_interval(n_hits, n_rows).expect("there are rows");
            assert!(
                (found.low - low).abs() < 1e-9 && (found.high - high).abs() < 1e-9,
                "{found:?}"
            );
        };
        check(29, 30, 0.833_296_090_086, 0.994_091_409_618);
        check(0, 10, 0.0, 0.277_532_799_863);
        check(10, 10, 0.722_467_200_137, 1.0);
        check(450, 500, 0.870_578_090_368, 0.923_322_437_263);
        assert_eq!(wilson_interval(0, 0), None);
    }

    #[test]
    fn resamples_of_a_mean_agree_with_its_standard_error() {
        let values: Vec<f64> = (0..400).map(|row| f64::from(row * 37 % 400)).collect();
        let mean_of = |sample: &[usize]| {
            let sum: f64 = sample.iter().filter_map(|row| values.get(*row)).sum();
            BTreeMap::from([("mean".to_owned(), sum / sample.len() as f64)])
        };
        let found = bootstrap_intervals(values.len(), 1, mean_of);
        let interval = found.get("mean").expect("defined in every resample");
        // Uniform in 0..400: deviation 115.5, standard error 5.77.
        assert!(
            (interval.low - (199.5 - 11.3)).abs() < 2.0
                && (interval.high - (199.5 + 11.3)).abs() < 2.0,
            "{interval:?}"
        );
        assert_eq!(found, bootstrap_intervals(values.len(), 1, mean_of));
    }

    #[test]
    fn what_is_rarely_defined_or_too_large_has_none() {
        let mut turn = 0;
        let sometimes = |_: &[usize]| {
            turn += 1;
            if turn % 2 == 0 { BTreeMap::new() } else { BTreeMap::from([("m".to_owned(), 1.0)]) }
        };
        assert!(bootstrap_intervals(10, 1, sometimes).is_empty());
        assert!(bootstrap_intervals(1, 1, |_| BTreeMap::from([("m".to_owned(), 1.0)])).is_empty());
        assert!(
            bootstrap_intervals(MAX_DRAWN, 1, |_| BTreeMap::from([("m".to_owned(), 1.0)]))
                .is_empty()
        );
    }
}
