//! Replays the golden files that `resources/scripts/golden_metrics.py` wrote with scikit-learn.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    ClassificationInput, Histogram, LabelsInput, RegressionInput, Report, TargetReport,
    classification_report, classification_report_at, labels_report, numbers_report,
    regression_report,
};

#[derive(Deserialize)]
struct ClassificationCase {
    name: String,
    n_classes: usize,
    threshold: Option<f64>,
    y_true: Vec<usize>,
    probabilities: Vec<f32>,
    train_class_counts: Vec<usize>,
    metrics: BTreeMap<String, f64>,
    baseline: BTreeMap<String, f64>,
    per_class: Vec<[f64; 4]>,
    confusion: Vec<Vec<u64>>,
    curves: Vec<CurveCase>,
}

#[derive(Deserialize)]
struct CurveCase {
    class: usize,
    fpr: Vec<f64>,
    tpr: Vec<f64>,
    roc_thresholds: Vec<Option<f64>>,
    precision: Vec<f64>,
    recall: Vec<f64>,
    pr_thresholds: Vec<Option<f64>>,
    /// Observed shares, then mean probabilities.
    calibration: [Vec<f64>; 2],
    lift_share: Vec<f64>,
}

#[derive(Deserialize)]
struct RegressionCase {
    name: String,
    y_true: Vec<f64>,
    y_pred: Vec<f64>,
    train_mean: f64,
    metrics: BTreeMap<String, f64>,
    baseline: BTreeMap<String, f64>,
    residual_edges: Vec<f64>,
    residual_counts: Vec<u64>,
}

#[test]
fn classification_equals_scikit_learn() {
    let cases: Vec<ClassificationCase> =
        serde_json::from_str(include_str!("golden/classification.json"))
            .expect("the golden file is valid");
    for case in cases {
        let class_names: Vec<String> = (0..case.n_classes).map(|class| class.to_string()).collect();
        let source_rows: Vec<u64> = (0..case.y_true.len() as u64).collect();
        let input = ClassificationInput {
            y_true: &case.y_true,
            probabilities: &case.probabilities,
            class_names: &class_names,
            source_rows: &source_rows,
            train_class_counts: &case.train_class_counts,
            n_worst: 5,
            has_intervals: true,
        };
        let report = match case.threshold {
            Some(threshold) => classification_report_at(threshold, input),
            None => classification_report(input),
        }
        .expect("the case is valid");

        let name = &case.name;
        check_maps(name, &report.metrics, &case.metrics);
        check_maps(&format!("{name}, baseline"), &report.baseline, &case.baseline);
        assert_eq!(report.confusion.counts, case.confusion, "{name}");
        for (class, expected) in report.per_class.iter().zip(&case.per_class) {
            let found = [class.precision, class.recall, class.f1, class.support as f64];
            check_all(&format!("{name}, class {}", class.class), &found, expected);
        }
        assert_eq!(report.per_class.len(), case.per_class.len(), "{name}");
        check_curves(name, &report, &case.curves);
        check_round_trip(&Report::Classification(report));
    }
}

#[test]
fn regression_equals_scikit_learn() {
    let cases: Vec<RegressionCase> = serde_json::from_str(include_str!("golden/regression.json"))
        .expect("the golden file is valid");
    for case in cases {
        let source_rows: Vec<u64> = (0..case.y_true.len() as u64).collect();
        let input = RegressionInput {
            y_true: &case.y_true,
            y_pred: &case.y_pred,
            source_rows: &source_rows,
            train_mean: case.train_mean,
            n_worst: 5,
            has_intervals: true,
        };
        let report = regression_report(input).expect("the case is valid");
        let name = &case.name;
        check_maps(name, &report.metrics, &case.metrics);
        check_maps(&format!("{name}, baseline"), &report.baseline, &case.baseline);
        let residuals: Vec<f64> =
            case.y_true.iter().zip(&case.y_pred).map(|(t, p)| t - p).collect();
        let histogram =
            Histogram::new(&residuals, case.residual_counts.len()).expect("finite residuals");
        assert_eq!(histogram.counts, case.residual_counts, "{name}");
        check_all(&format!("{name}, edges"), &histogram.edges, &case.residual_edges);
        check_round_trip(&Report::Regression(report));
    }
}

#[derive(Deserialize)]
struct SeveralNumbersCase {
    name: String,
    /// One list per target.
    y_true: Vec<Vec<f64>>,
    y_pred: Vec<Vec<f64>>,
    metrics: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct LabelsCase {
    name: String,
    n_labels: usize,
    /// Row by row.
    truth: Vec<bool>,
    probabilities: Vec<f32>,
    train_counts: Vec<usize>,
    metrics: BTreeMap<String, f64>,
    baseline: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct SeveralCases {
    numbers: Vec<SeveralNumbersCase>,
    labels: Vec<LabelsCase>,
}

#[test]
fn several_targets_equal_scikit_learn() {
    let cases: SeveralCases = serde_json::from_str(include_str!("golden/several.json"))
        .expect("the golden file is valid");
    for case in cases.numbers {
        let n_rows = case.y_true.first().map_or(0, Vec::len);
        let source_rows: Vec<u64> = (0..n_rows as u64).collect();
        let names: Vec<String> = (0..case.y_true.len()).map(|at| format!("t{at}")).collect();
        let targets: Vec<(&str, RegressionInput<'_>)> = names
            .iter()
            .zip(case.y_true.iter().zip(&case.y_pred))
            .map(|(name, (y_true, y_pred))| {
                let source_rows = &source_rows;
                let input = RegressionInput {
                    y_true,
                    y_pred,
                    source_rows,
                    train_mean: 0.0,
                    n_worst: 5,
                    has_intervals: true,
                };
                (name.as_str(), input)
            })
            .collect();
        let report = numbers_report(&targets, 5).expect("the case is valid");
        check_maps(&case.name, &report.metrics, &case.metrics);
        check_round_trip(&Report::Several(report));
    }
    for case in cases.labels {
        let source_rows: Vec<u64> = (0..(case.truth.len() / case.n_labels) as u64).collect();
        let names = ["0".to_owned(), "1".to_owned()];
        let report_of = |label: usize| {
            let truth = case.truth.iter().skip(label).step_by(case.n_labels);
            let y_true: Vec<usize> = truth.map(|is_there| usize::from(*is_there)).collect();
            let sides = case.probabilities.chunks_exact(2).skip(label).step_by(case.n_labels);
            let report = classification_report(ClassificationInput {
                y_true: &y_true,
                probabilities: &sides.flatten().copied().collect::<Vec<_>>(),
                class_names: &names,
                source_rows: &source_rows,
                train_class_counts: &case.train_counts[2 * label..2 * label + 2],
                n_worst: 5,
                has_intervals: true,
            });
            let report = Report::Classification(report.expect("the case is valid"));
            TargetReport { name: label.to_string(), report }
        };
        let input = LabelsInput {
            truth: &case.truth,
            probabilities: &case.probabilities,
            train_counts: &case.train_counts,
            source_rows: &source_rows,
            n_worst: 5,
        };
        let report = labels_report((0..case.n_labels).map(report_of).collect(), input)
            .expect("the case is valid");
        check_maps(&case.name, &report.metrics, &case.metrics);
        check_maps(&format!("{}, baseline", case.name), &report.baseline, &case.baseline);
        check_round_trip(&Report::Several(report));
    }
}

fn check_curves(name: &str, report: &crate::ClassificationReport, expected: &[CurveCase]) {
    let with_positives: Vec<&str> =
        expected.iter().map(|curve| report.class_names[curve.class].as_str()).collect();
    assert_eq!(
        report.roc.iter().map(|curve| curve.class.as_str()).collect::<Vec<_>>(),
        with_positives,
        "{name}"
    );
    for curve in expected {
        let class = &report.class_names[curve.class];
        let context = format!("{name}, curves of class {class}");
        let roc = report.roc.iter().find(|found| &found.class == class).expect("checked above");
        let pr = report
            .pr
            .iter()
            .find(|found| &found.class == class)
            .expect("a class with a ROC curve has both");
        check_all(&context, &roc.points.iter().map(|p| p.fpr).collect::<Vec<_>>(), &curve.fpr);
        check_all(&context, &roc.points.iter().map(|p| p.tpr).collect::<Vec<_>>(), &curve.tpr);
        check_all(
            &context,
            &pr.points.iter().map(|p| p.precision).collect::<Vec<_>>(),
            &curve.precision,
        );
        check_all(&context, &pr.points.iter().map(|p| p.recall).collect::<Vec<_>>(), &curve.recall);
        let calibration =
            report.calibration.iter().find(|found| &found.class == class).expect("probabilities");
        let [observed, predicted] = &curve.calibration;
        let points = &calibration.points;
        check_all(&context, &points.iter().map(|p| p.observed).collect::<Vec<_>>(), observed);
        check_all(&context, &points.iter().map(|p| p.predicted).collect::<Vec<_>>(), predicted);
        let lift =
            report.lift.iter().find(|found| &found.class == class).expect("both classes occur");
        check_all(
            &context,
            &lift.points.iter().map(|p| p.share).collect::<Vec<_>>(),
            &curve.lift_share,
        );
        check_all(&context, &lift.points.iter().map(|p| p.gain).collect::<Vec<_>>(), &curve.tpr);
        let finite = |thresholds: &[Option<f64>]| {
            thresholds.iter().map(|t| t.unwrap_or(9.0)).collect::<Vec<_>>()
        };
        let roc_thresholds: Vec<_> = roc.points.iter().map(|p| p.threshold).collect();
        let pr_thresholds: Vec<_> = pr.points.iter().map(|p| p.threshold).collect();
        check_all(&context, &finite(&roc_thresholds), &finite(&curve.roc_thresholds));
        check_all(&context, &finite(&pr_thresholds), &finite(&curve.pr_thresholds));
    }
}

fn check_maps(name: &str, found: &BTreeMap<String, f64>, expected: &BTreeMap<String, f64>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name}");
    for ((id, found), expected) in found.iter().zip(expected.values()) {
        check_all(&format!("{name}, {id}"), &[*found], &[*expected]);
    }
}

fn check_all(context: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{context}");
    for (found, expected) in found.iter().zip(expected) {
        let tolerance = 1e-6 * expected.abs().max(1.0);
        assert!(
            (found - expected).abs() <= tolerance,
            "{context}: found {found}, expected {expected}"
        );
    }
}

fn check_round_trip(report: &Report) {
    let json = serde_json::to_string(report).expect("plain data");
    let back: Report = serde_json::from_str(&json).expect("what was written reads back");
    assert_eq!(&back, report);
}
