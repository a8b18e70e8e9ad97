//! Several folds as one: means and deviations, and what can be added up to a report over all rows.

use std::collections::BTreeMap;

use pg_metrics::{ClassScore, ClassificationReport, ConfusionMatrix, Histogram, Report, WorstRow};

/// Worst rows listed over all folds.
const MAX_WORST: usize = 20;

/// Mean and sample deviation of a number over folds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spread {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

impl Spread {
    /// None without values.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let variance =
            values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        Some(Self { mean, deviation: variance.sqrt() })
    }
}

/// The values of a metric in the folds that have it.
pub(super) fn values(folds: &[Report], id: &str) -> Vec<f64> {
    folds.iter().filter_map(|fold| fold.metrics().get(id).copied()).collect()
}

/// The mean of a metric of the baselines.
pub(super) fn baseline(folds: &[Report], id: &str) -> Option<f64> {
    let values: Vec<f64> =
        folds.iter().filter_map(|fold| fold.baseline().get(id).copied()).collect();
    Spread::of(&values).map(|spread| spread.mean)
}

/// A report over the rows of all folds, each of which was tested once: what is counted is added, metrics and curves
/// are left out. None where the folds judge different things.
pub(super) fn joined(folds: &[Report]) -> Option<Report> {
    let mut joined = folds.first()?.clone();
    match &mut joined {
        Report::Classification(report) => {
            let others = folds.iter().map(|fold| match fold {
                Report::Classification(fold) => Some(fold),
                _ => None,
            });
            let all = others.collect::<Option<Vec<&ClassificationReport>>>()?;
            report.confusion = summed(&all)?;
            report.per_class = scores(&report.confusion);
            report.n_rows = all.iter().map(|fold| fold.n_rows).sum();
            (report.metrics, report.baseline, report.intervals) = Default::default();
            (report.roc, report.pr, report.calibration, report.lift) = Default::default();
            report.worst = worst(folds);
            report.notes = Vec::new();
        }
        Report::Regression(report) => {
            let others = folds.iter().map(|fold| match fold {
                Report::Regression(fold) => Some(fold),
                _ => None,
            });
            let all = others.collect::<Option<Vec<_>>>()?;
            report.points = all.iter().flat_map(|fold| fold.points.iter().copied()).collect();
            let residuals: Vec<f64> =
                report.points.iter().map(|point| point.truth - point.prediction).collect();
            report.residuals = Histogram::of(&residuals);
            report.n_rows = all.iter().map(|fold| fold.n_rows).sum();
            (report.metrics, report.baseline, report.intervals) = Default::default();
            report.worst = worst(folds);
            report.notes = Vec::new();
        }
        Report::Several(report) => {
            for (at, target) in report.targets.iter_mut().enumerate() {
                let own = folds.iter().map(|fold| match fold {
                    Report::Several(fold) => fold.targets.get(at).map(|own| own.report.clone()),
                    _ => None,
                });
                target.report = self::joined(&own.collect::<Option<Vec<Report>>>()?)?;
            }
            report.n_rows = folds.iter().map(Report::n_rows).sum();
            (report.metrics, report.baseline, report.intervals) = Default::default();
            report.worst = worst(folds);
            report.notes = Vec::new();
        }
    }
    Some(joined)
}

/// What the folds note, each once.
pub(super) fn notes(folds: &[Report]) -> Vec<pg_base::Words> {
    let mut notes: Vec<pg_base::Words> = Vec::new();
    for note in folds.iter().flat_map(Report::notes) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    notes
}

fn worst(folds: &[Report]) -> Vec<WorstRow> {
    let mut worst: Vec<WorstRow> =
        folds.iter().flat_map(|fold| fold.worst().iter().cloned()).collect();
    worst.sort_by(|a, b| b.loss.total_cmp(&a.loss).then(a.row.cmp(&b.row)));
    worst.truncate(MAX_WORST);
    worst
}

/// The cells added up; classes are the same in every fold, or there is no sum.
fn summed(folds: &[&ClassificationReport]) -> Option<ConfusionMatrix> {
    let mut sum = folds.first()?.confusion.clone();
    let mut cells: BTreeMap<(bool, usize, usize), Vec<u64>> = BTreeMap::new();
    for (number, fold) in folds.iter().enumerate() {
        if fold.confusion.class_names != sum.class_names {
            return None;
        }
        if number > 0 {
            for (row, other) in sum.counts.iter_mut().zip(&fold.confusion.counts) {
                row.iter_mut().zip(other).for_each(|(count, other)| *count += other);
            }
        }
        for cell in &fold.confusion.cells {
            let key = (cell.truth == cell.prediction, cell.truth, cell.prediction);
            cells.entry(key).or_default().extend(&cell.rows);
        }
    }
    let cell = |((_, truth, prediction), rows)| pg_metrics::CellRows { truth, prediction, rows };
    sum.cells = cells.into_iter().map(cell).collect();
    Some(sum)
}

fn scores(confusion: &ConfusionMatrix) -> Vec<ClassScore> {
    let ratio = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let score = |(class, name): (usize, &String)| {
        let row = confusion.counts.get(class)?;
        let n_right = row.get(class).copied()?;
        let support = row.iter().sum();
        let n_predicted = confusion.counts.iter().filter_map(|row| row.get(class)).sum();
        Some(ClassScore {
            class: name.clone(),
            precision: ratio(n_right, n_predicted),
            recall: ratio(n_right, support),
            f1: ratio(2 * n_right, support + n_predicted),
            support,
            n_predicted,
        })
    };
    confusion.class_names.iter().enumerate().filter_map(score).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use pg_metrics::{
        ClassificationInput, LabelsInput, RegressionInput, TargetReport, classification_report,
        labels_report, regression_report,
    };

    use super::*;

    /// A report about three rows of two classes, one of them wrong.
    pub(in super::super) fn classification(first_row: u64) -> Report {
        let names = ["no".to_owned(), "yes".to_owned()];
        let report = classification_report(ClassificationInput {
            y_true: &[0, 1, 1],
            probabilities: &[0.9, 0.1, 0.8, 0.2, 0.3, 0.7],
            class_names: &names,
            source_rows: &[first_row, first_row + 1, first_row + 2],
            train_class_counts: &[4, 6],
            n_worst: 2,
            has_intervals: true,
        });
        Report::Classification(report.expect("valid input"))
    }

    /// A report about three numbers.
    pub(in super::super) fn regression(first_row: u64) -> Report {
        let report = regression_report(RegressionInput {
            y_true: &[1.0, 2.0, 4.0],
            y_pred: &[1.5, 2.0, 3.0],
            source_rows: &[first_row, first_row + 1, first_row + 2],
            train_mean: 2.0,
            n_worst: 2,
            has_intervals: true,
        });
        Report::Regression(report.expect("valid input"))
    }

    /// A report about two labels of three rows.
    pub(in super::super) fn labels(first_row: u64) -> Report {
        let target =
            |name: &str| TargetReport { name: name.to_owned(), report: classification(first_row) };
        let report = labels_report(
            vec![target("news"), target("sport")],
            LabelsInput {
                truth: &[false, false, true, true, true, true],
                probabilities: &[0.9, 0.1, 0.9, 0.1, 0.8, 0.2, 0.8, 0.2, 0.3, 0.7, 0.3, 0.7],
                train_counts: &[4, 6, 4, 6],
                source_rows: &[first_row, first_row + 1, first_row + 2],
                n_worst: 2,
            },
        );
        Report::Several(report.expect("valid input"))
    }

    #[test]
    fn targets_of_folds_are_joined_each_by_itself() {
        let Some(Report::Several(joined)) = joined(&[labels(1), labels(11)]) else {
            panic!("several targets")
        };
        assert_eq!((joined.n_rows, joined.targets.len()), (6, 2));
        assert!(joined.targets.iter().all(|target| target.report.n_rows() == 6));
        assert!(super::joined(&[labels(1), classification(4)]).is_none());
    }

    #[test]
    fn counts_of_folds_add_up() {
        let folds = [classification(1), classification(11)];
        let Some(Report::Classification(joined)) = joined(&folds) else {
            panic!("a classification")
        };
        assert_eq!(joined.confusion.counts, [[2, 0], [2, 2]]);
        assert_eq!(joined.confusion.rows_of(1, 0), [2, 12]);
        assert_eq!((joined.n_rows, joined.worst.len()), (6, 4));
        let yes = joined.per_class.get(1).expect("two classes");
        assert_eq!((yes.precision, yes.recall, yes.support), (1.0, 0.5, 4));
        assert_eq!(values(&folds, "accuracy").len(), 2);
        assert_eq!(baseline(&folds, "accuracy"), Some(2.0 / 3.0));
    }

    #[test]
    fn points_of_folds_lie_in_one_picture() {
        let Some(Report::Regression(joined)) = joined(&[regression(1), regression(4)]) else {
            panic!("a regression")
        };
        assert_eq!((joined.points.len(), joined.n_rows), (6, 6));
        assert_eq!(joined.residuals.map(|residuals| residuals.counts.iter().sum::<u64>()), Some(6));
    }

    #[test]
    fn folds_of_different_tasks_have_no_sum() {
        assert!(joined(&[classification(1), regression(4)]).is_none());
        assert!(joined(&[]).is_none());
        assert_eq!(Spread::of(&[1.0, 3.0]), Some(Spread { mean: 2.0, deviation: 2.0_f64.sqrt() }));
    }
}
