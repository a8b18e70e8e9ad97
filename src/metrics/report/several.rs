//! The report over several targets: their averages, and the report of each by itself.

use std::collections::BTreeMap;

use pg_base::{Words, say};
use serde::{Deserialize, Serialize};

use super::regression::short_number;
use super::{RegressionInput, Report, WorstRow, first_of, largest, notes_of, regression_report};
use crate::classification::row_loss;
use crate::error::MetricsError;
use crate::interval::{Interval, bootstrap_intervals};
use crate::labels::{self, Labelled};
use crate::registry::regression_metrics;
use crate::regression::Paired;

/// Metrics that scikit-learn has for one target only.
const OF_ONE_TARGET: [&str; 2] = ["max_error", "mean_poisson_deviance"];

/// How well a model with several targets did on some rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeveralReport {
    pub n_rows: usize,
    /// Metrics by id: of numbers the means over the targets, of labels those of all labels together.
    pub metrics: BTreeMap<String, f64>,
    /// The same metrics of a model that ignores the features.
    pub baseline: BTreeMap<String, f64>,
    /// 95 % intervals by id, of the metrics that have one.
    pub intervals: BTreeMap<String, Interval>,
    /// Each target by itself.
    pub targets: Vec<TargetReport>,
    /// The rows with the largest mean loss over the targets, the worst first.
    pub worst: Vec<WorstRow>,
    /// What is absent or to be read with care, and why.
    #[serde(deserialize_with = "notes_of")]
    pub notes: Vec<Words>,
}

/// One of several targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetReport {
    pub name: String,
    pub report: Report,
}

/// What a report about several labels is made from; all rows in the same order.
#[derive(Debug, Clone, Copy)]
pub struct LabelsInput<'a> {
    /// Rows × labels: whether the row has the label.
    pub truth: &'a [bool],
    /// Rows × labels: the probability that it has not, and that it has.
    pub probabilities: &'a [f32],
    /// Per label the training rows that have it not, and that have it, for the baseline; empty where unknown.
    pub train_counts: &'a [usize],
    /// Number of each row in the source.
    pub source_rows: &'a [u64],
    /// How many of the worst rows to list.
    pub n_worst: usize,
}

impl SeveralReport {
    /// Whether the targets are labels.
    pub fn is_of_labels(&self) -> bool {
        self.targets.iter().any(|target| matches!(target.report, Report::Classification(_)))
    }

    /// R² of numbers, the F1 score of labels; none where the predictions were not finite.
    pub fn headline(&self) -> Option<(&str, f64)> {
        first_of(&self.metrics, &["r2", "f1_micro", "rmse", "mae"])
    }
}

/// The report of several numbers, each of which counts the same: scikit-learn's `multioutput='uniform_average'`.
///
/// Errors: those of the report of each.
pub fn numbers_report(
    targets: &[(&str, RegressionInput<'_>)],
    n_worst: usize,
) -> Result<SeveralReport, MetricsError> {
    let of_target = |(name, input): &(&str, RegressionInput<'_>)| {
        let report = Report::Regression(regression_report(*input)?);
        Ok(TargetReport { name: (*name).to_owned(), report })
    };
    let reports: Vec<TargetReport> = targets.iter().map(of_target).collect::<Result<_, _>>()?;
    let metrics = mean_of(reports.iter().map(|target| target.report.metrics()));
    let n_rows = targets.first().map_or(0, |(_, input)| input.y_true.len());
    let intervals = if metrics.is_empty() {
        BTreeMap::new()
    } else {
        bootstrap_intervals(n_rows, 2 * targets.len(), |sample| {
            let drawn: Vec<BTreeMap<String, f64>> =
                targets.iter().map(|(_, input)| metrics_of_sample(input, sample)).collect();
            mean_of(drawn.iter())
        })
    };
    Ok(SeveralReport {
        n_rows,
        metrics,
        baseline: mean_of(reports.iter().map(|target| target.report.baseline())),
        intervals,
        worst: worst_numbers(targets, n_rows, n_worst),
        notes: notes_by_target(&reports),
        targets: reports,
    })
}

/// The report of several labels; `targets` are the reports of the labels in the order of `input`.
///
/// Errors: no rows, no labels, or sizes that disagree.
pub fn labels_report(
    targets: Vec<TargetReport>,
    input: LabelsInput<'_>,
) -> Result<SeveralReport, MetricsError> {
    let n_labels = targets.len();
    let sides = || input.probabilities.chunks_exact(2);
    let predicted: Vec<bool> = sides().map(|sides| crate::decided(sides, None) == 1).collect();
    let labelled = Labelled::new(input.truth, &predicted, n_labels)?;
    let is_finite = input.probabilities.iter().all(|p| p.is_finite());
    let (metrics, intervals) = if is_finite {
        (metrics_of(&labelled), intervals_of(input.truth, &predicted, n_labels))
    } else {
        (BTreeMap::new(), BTreeMap::new())
    };
    let usual: Vec<bool> = input
        .train_counts
        .chunks_exact(2)
        .map(|counts| matches!(counts, [without, with] if with > without))
        .collect();
    let baseline = Labelled::new(input.truth, &usual.repeat(labelled.n_rows()), n_labels)
        .map(|labelled| metrics_of(&labelled))
        .unwrap_or_default();
    let of_label = |(truth, sides): (&bool, &[f32])| row_loss(usize::from(*truth), sides);
    let losses: Vec<f64> = input.truth.iter().zip(sides()).map(of_label).collect();
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / n_labels as f64;
    let losses: Vec<f64> = losses.chunks_exact(n_labels).map(mean).collect();
    let named = |marks: &[bool]| {
        let names = targets.iter().zip(marks).filter(|(_, is_there)| **is_there);
        let names: Vec<&str> = names.map(|(target, _)| target.name.as_str()).collect();
        if names.is_empty() { "–".to_owned() } else { names.join(", ") }
    };
    let rows: Vec<(&[bool], &[bool])> = labelled.rows().collect();
    let worst_row = |position: usize| {
        let (truth, predicted) = rows.get(position)?;
        Some(WorstRow {
            row: *input.source_rows.get(position)?,
            truth: named(truth),
            prediction: named(predicted),
            loss: *losses.get(position)?,
        })
    };
    let worst = largest(&losses, input.n_worst).into_iter().filter_map(worst_row).collect();
    let notes = notes_by_target(&targets);
    Ok(SeveralReport {
        n_rows: labelled.n_rows(),
        metrics,
        baseline,
        intervals,
        targets,
        worst,
        notes,
    })
}

fn metrics_of(labelled: &Labelled<'_>) -> BTreeMap<String, f64> {
    labels::METRICS
        .iter()
        .map(|(metric, formula)| (metric.id.to_owned(), formula(labelled)))
        .collect()
}

fn intervals_of(truth: &[bool], predicted: &[bool], n_labels: usize) -> BTreeMap<String, Interval> {
    let pick = |marks: &[bool], sample: &[usize]| -> Vec<bool> {
        let row = |row: &usize| marks.get(row * n_labels..(row + 1) * n_labels);
        sample.iter().filter_map(row).flatten().copied().collect()
    };
    bootstrap_intervals(truth.len() / n_labels, 2 * n_labels, |sample| {
        let (truth, predicted) = (pick(truth, sample), pick(predicted, sample));
        Labelled::new(&truth, &predicted, n_labels)
            .map(|labelled| metrics_of(&labelled))
            .unwrap_or_default()
    })
}

/// The mean over the targets of every metric that all of them have.
fn mean_of<'a>(each: impl Iterator<Item = &'a BTreeMap<String, f64>>) -> BTreeMap<String, f64> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut n_targets = 0;
    for metrics in each {
        n_targets += 1;
        for (id, value) in metrics {
            values.entry(id).or_default().push(*value);
        }
    }
    values
        .into_iter()
        .filter(|(id, values)| values.len() == n_targets && !OF_ONE_TARGET.contains(id))
        .map(|(id, values)| (id.to_owned(), values.iter().sum::<f64>() / n_targets as f64))
        .filter(|(_, mean)| mean.is_finite())
        .collect()
}

fn metrics_of_sample(input: &RegressionInput<'_>, sample: &[usize]) -> BTreeMap<String, f64> {
    let pick = |values: &[f64]| -> Vec<f64> {
        sample.iter().filter_map(|row| values.get(*row).copied()).collect()
    };
    let (truths, predictions) = (pick(input.y_true), pick(input.y_pred));
    Paired::new(&truths, &predictions)
        .map(|paired| regression_metrics(&paired).0)
        .unwrap_or_default()
}

/// What is noted of a target, with its name.
fn notes_by_target(targets: &[TargetReport]) -> Vec<Words> {
    let of_target = |target: &TargetReport| {
        let name = target.name.clone();
        let named = move |note: &Words| {
            let (en, zh) = (&note.en, &note.zh);
            say!("`{name}`: {en}", "`{name}`：{zh}")
        };
        target.report.notes().iter().map(named).collect::<Vec<_>>()
    };
    targets.iter().flat_map(of_target).collect()
}

/// The rows with the largest mean error, each error in standard deviations of its target.
fn worst_numbers(
    targets: &[(&str, RegressionInput<'_>)],
    n_rows: usize,
    n_worst: usize,
) -> Vec<WorstRow> {
    let mut losses = vec![0.0; n_rows];
    for (_, input) in targets {
        let n = input.y_true.len().max(1) as f64;
        let mean = input.y_true.iter().sum::<f64>() / n;
        let spread = (input.y_true.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n).sqrt();
        let unit = if spread > 0.0 { spread } else { 1.0 } * targets.len() as f64;
        for (loss, (truth, prediction)) in
            losses.iter_mut().zip(input.y_true.iter().zip(input.y_pred))
        {
            *loss += (truth - prediction).abs() / unit;
        }
    }
    let shown = |position: usize, values: for<'a> fn(&RegressionInput<'a>) -> &'a [f64]| {
        let of_target = |(name, input): &(&str, RegressionInput<'_>)| {
            let value = short_number(*values(input).get(position)?);
            Some(format!("{name} = {value}"))
        };
        targets.iter().filter_map(of_target).collect::<Vec<_>>().join(", ")
    };
    let source_rows = targets.first().map_or(&[][..], |(_, input)| input.source_rows);
    let worst_row = |position: usize| {
        Some(WorstRow {
            row: *source_rows.get(position)?,
            truth: shown(position, |input| input.y_true),
            prediction: shown(position, |input| input.y_pred),
            loss: *losses.get(position)?,
        })
    };
    largest(&losses, n_worst).into_iter().filter_map(worst_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worst_rows_name_all_targets() {
        let input = |y_true: &'static [f64], y_pred: &'static [f64]| RegressionInput {
            y_true,
            y_pred,
            source_rows: &[11, 12, 13],
            train_mean: 2.0,
            n_worst: 1,
            has_intervals: true,
        };
        let targets = [
            ("a", input(&[1.0, 2.0, 3.0], &[1.0, 2.5, 3.0])),
            ("b", input(&[100.0, 200.0, 300.0], &[100.0, 200.0, 150.0])),
        ];
        let report = numbers_report(&targets, 1).expect("two targets");
        let worst = report.worst.first().expect("asked for");
        assert_eq!((worst.row, worst.truth.as_str()), (13, "a = 3, b = 300"));
        assert_eq!(worst.prediction, "a = 3, b = 150");
        assert_eq!(report.metrics.get("mae"), Some(&f64::midpoint(0.5 / 3.0, 50.0)));
        assert!(!report.metrics.contains_key("max_error") && !report.is_of_labels());
        assert_eq!(report.headline().map(|(id, _)| id), Some("r2"));
    }

    #[test]
    fn predictions_that_are_not_finite_leave_averages_absent() {
        let label = |probabilities: &[f32]| {
            let report = crate::classification_report(crate::ClassificationInput {
                y_true: &[0, 1],
                probabilities,
                class_names: &["0".to_owned(), "1".to_owned()],
                source_rows: &[1, 2],
                train_class_counts: &[3, 1],
                n_worst: 1,
                has_intervals: true,
            });
            let report = Report::Classification(report.expect("NaN is a finding"));
            TargetReport { name: "a".to_owned(), report }
        };
        let check = |probabilities: &[f32], has_metrics: bool| {
            let report = labels_report(
                vec![label(probabilities)],
                LabelsInput {
                    truth: &[false, true],
                    probabilities,
                    train_counts: &[3, 1],
                    source_rows: &[1, 2],
                    n_worst: 2,
                },
            )
            .expect("a report");
            assert_eq!(report.metrics.is_empty(), !has_metrics);
            assert_eq!(report.baseline.get("recall_micro"), Some(&0.0));
            let json = serde_json::to_string(&report).expect("plain data");
            assert_eq!(serde_json::from_str::<SeveralReport>(&json).expect("reads back"), report);
        };
        check(&[0.9, 0.1, 0.2, 0.8], true);
        check(&[0.9, 0.1, f32::NAN, f32::NAN], false);
    }
}
