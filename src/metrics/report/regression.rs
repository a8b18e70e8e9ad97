//! The regression report: metrics, baseline, residuals, predicted against true values and worst rows.

use std::collections::BTreeMap;

use pg_base::{Words, say, t};
use serde::{Deserialize, Serialize};

use super::{WorstRow, check_source_rows, first_of, largest, not_finite_note, notes_of};
use crate::baseline::regression_baseline;
use crate::error::MetricsError;
use crate::histogram::Histogram;
use crate::interval::{Interval, regression_intervals};
use crate::registry::regression_metrics;
use crate::regression::Paired;

/// A plot of more points is slower and no clearer.
const MAX_POINTS: usize = 1000;

/// What a regression report is made from; all rows in the same order.
#[derive(Debug, Clone, Copy)]
pub struct RegressionInput<'a> {
    /// True value of each row, in units of the target.
    pub y_true: &'a [f64],
    /// Predicted value of each row, in units of the target.
    pub y_pred: &'a [f64],
    /// Number of each row in the source.
    pub source_rows: &'a [u64],
    /// Mean of the target over the training rows, for the baseline; NaN where unknown.
    pub train_mean: f64,
    /// How many of the worst rows to list.
    pub n_worst: usize,
    /// Whether intervals are wanted; they take most of the time.
    pub has_intervals: bool,
}

/// How well a regressor did on some rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegressionReport {
    pub n_rows: usize,
    /// Metrics by id; an undefined one is missing, and `notes` says why.
    pub metrics: BTreeMap<String, f64>,
    /// The same metrics of always predicting the mean of the training rows.
    pub baseline: BTreeMap<String, f64>,
    /// 95 % intervals by id, of the metrics that have one; absent in reports of older versions.
    #[serde(default)]
    pub intervals: BTreeMap<String, Interval>,
    /// Histogram of truth minus prediction; none where these are not finite.
    pub residuals: Option<Histogram>,
    /// Predicted against true values: every row, or 1000 rows evenly spaced.
    pub points: Vec<PredictedPoint>,
    /// The rows with the largest absolute error, the worst first.
    pub worst: Vec<WorstRow>,
    /// What is absent or to be read with care, and why.
    #[serde(deserialize_with = "notes_of")]
    pub notes: Vec<Words>,
}

/// True and predicted value of one row, in units of the target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PredictedPoint {
    pub truth: f64,
    pub prediction: f64,
    /// Its number in the source; absent in reports of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
}

impl RegressionReport {
    /// R²; the root mean squared error where R² is undefined; none where the predictions were not finite.
    pub fn headline(&self) -> Option<(&str, f64)> {
        first_of(&self.metrics, &["r2", "rmse", "mae"])
    }
}

/// The report of a regressor on some rows.
pub fn regression_report(input: RegressionInput<'_>) -> Result<RegressionReport, MetricsError> {
    check_source_rows(input.source_rows, input.y_true.len())?;
    let (metrics, mut notes) = match Paired::new(input.y_true, input.y_pred) {
        Ok(paired) => regression_metrics(&paired),
        Err(MetricsError::NotFinite { n_bad, n_rows, first_row }) => {
            let first = input.source_rows.get(first_row).copied().unwrap_or_default();
            let advice = say!(
                "If the true values are in order, training has diverged: try a smaller learning rate or gradient \
                 clipping, or standardise the target.",
                "如果真实值没有问题，说明训练已发散：请尝试更小的学习率或梯度裁剪，或对目标做标准化。"
            );
            let what = t("true or predicted values are", "真实值或预测值").into();
            let note = not_finite_note(&what, n_bad, n_rows, first, &advice);
            (BTreeMap::new(), vec![note])
        }
        Err(error) => return Err(error),
    };
    let n_zero = input.y_true.iter().filter(|&&truth| truth == 0.0).count();
    if n_zero > 0 && metrics.contains_key("mape") {
        notes.push(say!(
            "mape divides by the true value, which is 0 in {n_zero} rows: prefer mae.",
            "平均绝对百分比误差（mape）要除以真实值，而有 {n_zero} 行的真实值为 0：请改看平均绝对误差（mae）。"
        ));
    }
    let baseline = regression_baseline(input.y_true, input.train_mean);
    if baseline.is_empty() {
        notes.push(Words::from(t(
            "The baseline is absent: the mean of the training rows or a true value is not finite.",
            "没有基线：训练数据的均值或某个真实值不是有限的数字。",
        )));
    }
    let residuals = finite_residuals(input);
    let intervals = if metrics.is_empty() || !input.has_intervals {
        BTreeMap::new()
    } else {
        regression_intervals(input.y_true, input.y_pred)
    };
    Ok(RegressionReport {
        n_rows: input.y_true.len(),
        metrics,
        baseline,
        intervals,
        residuals: Histogram::of(&residuals),
        points: points(input),
        worst: worst_rows(input),
        notes,
    })
}

fn finite_residuals(input: RegressionInput<'_>) -> Vec<f64> {
    let residuals =
        input.y_true.iter().zip(input.y_pred).map(|(truth, prediction)| truth - prediction);
    residuals.filter(|residual| residual.is_finite()).collect()
}

fn points(input: RegressionInput<'_>) -> Vec<PredictedPoint> {
    let pairs = input.y_true.iter().zip(input.y_pred).zip(input.source_rows);
    let all = pairs.map(|((&truth, &prediction), &row)| PredictedPoint {
        truth,
        prediction,
        row: Some(row),
    });
    crate::curves::thinned(
        all.filter(|p| p.truth.is_finite() && p.prediction.is_finite()).collect(),
        MAX_POINTS,
    )
}

fn worst_rows(input: RegressionInput<'_>) -> Vec<WorstRow> {
    let losses: Vec<f64> = input
        .y_true
        .iter()
        .zip(input.y_pred)
        .map(|(truth, prediction)| (truth - prediction).abs())
        .collect();
    let worst_row = |position: usize| {
        Some(WorstRow {
            row: *input.source_rows.get(position)?,
            truth: short_number(*input.y_true.get(position)?),
            prediction: short_number(*input.y_pred.get(position)?),
            loss: *losses.get(position)?,
        })
    };
    largest(&losses, input.n_worst).into_iter().filter_map(worst_row).collect()
}

/// The number with seven significant digits, which is what a prediction in `f32` holds, without trailing zeros.
pub(super) fn short_number(value: f64) -> String {
    let rounded: f64 = format!("{value:.6e}").parse().unwrap_or(value);
    let is_readable = rounded == 0.0 || (1e-5..1e16).contains(&rounded.abs());
    if is_readable { format!("{rounded}") } else { format!("{rounded:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(y_true: &[f64], y_pred: &[f64]) -> Result<RegressionReport, MetricsError> {
        let source_rows: Vec<u64> = (0..y_true.len() as u64).map(|row| row + 10).collect();
        regression_report(RegressionInput {
            y_true,
            y_pred,
            source_rows: &source_rows,
            train_mean: 2.0,
            n_worst: 2,
            has_intervals: true,
        })
    }

    #[test]
    fn the_worst_rows_come_first() {
        let report = report(&[1.0, 2.0, 4.0], &[1.1_f32.into(), 5.0, 3.5]).expect("valid input");
        assert_eq!(report.worst.iter().map(|row| row.row).collect::<Vec<_>>(), [11, 12]);
        assert_eq!(report.headline().map(|(id, _)| id), Some("r2"));
        assert_eq!(report.residuals.map(|histogram| histogram.counts.iter().sum()), Some(3_u64));
        assert_eq!(
            report.points.iter().filter_map(|point| point.row).collect::<Vec<_>>(),
            [10, 11, 12]
        );
    }

    #[test]
    fn hostile_numbers_never_reach_the_report() {
        let check = |y_true: &[f64], y_pred: &[f64]| {
            let report = report(y_true, y_pred).expect("hostile numbers are a finding");
            assert!(!report.notes.is_empty());
            let json = serde_json::to_string(&report).expect("plain data");
            assert_eq!(
                serde_json::from_str::<RegressionReport>(&json).expect("reads back"),
                report
            );
        };
        check(&[1.0, 2.0], &[f64::NAN, 2.0]);
        check(&[f64::NAN, f64::NAN], &[1.0, 2.0]);
        check(&[1.0, f64::INFINITY], &[1.0, 2.0]);
        check(&[f64::MAX, f64::MIN], &[f64::MIN, f64::MAX]);
        check(&[0.0, 1.0], &[1.0, 1.0]);
        check(&[3.0], &[2.5]);
    }

    #[test]
    fn wrong_sizes_are_errors() {
        assert_eq!(report(&[], &[]).err(), Some(MetricsError::Empty));
        assert!(matches!(report(&[1.0], &[1.0, 2.0]), Err(MetricsError::SizesDisagree { .. })));
    }

    #[test]
    fn numbers_are_short() {
        let check = |value: f64, expected: &str| assert_eq!(short_number(value), expected);
        check(3.2_f32.into(), "3.2");
        check(1234567.0, "1234567");
        check(-0.5, "-0.5");
        check(0.0, "0");
        check(1e-9, "1e-9");
        check(1e300, "1e300");
    }
}
