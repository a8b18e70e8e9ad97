//! The classification report: metrics, baseline, confusion matrix, curves and worst rows.

use std::collections::BTreeMap;

use pg_base::{Words, say, t};
use serde::{Deserialize, Serialize};

use super::{WorstRow, check_source_rows, first_of, largest, not_finite_note, notes_of};
use crate::baseline::classification_baseline;
use crate::classification::{Scored, check_threshold, row_loss};
use crate::confusion::{ClassScore, ConfusionMatrix, MAX_CONFUSION_CLASSES, class_scores};
use crate::curves::{CalibrationCurve, LiftCurve, PrCurve, Ranking, RocCurve, calibration_points};
use crate::error::{MetricsError, check_len};
use crate::interval::{Interval, classification_intervals};
use crate::registry::classification_metrics;

/// All curves of a report together keep about this many points, so that a report stays small on disk.
const MAX_POINTS_OF_ALL_CURVES: usize = 20_000;
const MAX_POINTS_PER_CURVE: usize = 1000;
const MIN_POINTS_PER_CURVE: usize = 20;

/// A row of probabilities may miss a sum of one by this much before the report says so.
const SUM_TOLERANCE: f32 = 1e-3;

/// What a classification report is made from; all rows in the same order.
#[derive(Debug, Clone, Copy)]
pub struct ClassificationInput<'a> {
    /// Class number of each row.
    pub y_true: &'a [usize],
    /// Rows × classes, row by row.
    pub probabilities: &'a [f32],
    pub class_names: &'a [String],
    /// Number of each row in the source.
    pub source_rows: &'a [u64],
    /// Training rows per class, for the baseline; empty where unknown.
    pub train_class_counts: &'a [usize],
    /// How many of the worst rows to list.
    pub n_worst: usize,
    /// Whether intervals are wanted; they take most of the time.
    pub has_intervals: bool,
}

/// How well a classifier did on some rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassificationReport {
    pub n_rows: usize,
    pub class_names: Vec<String>,
    /// Metrics by id; an undefined one is missing, and `notes` says why.
    pub metrics: BTreeMap<String, f64>,
    /// The same metrics of always predicting the most frequent training class.
    pub baseline: BTreeMap<String, f64>,
    /// 95 % intervals by id, of the metrics that have one; absent in reports of older versions.
    #[serde(default)]
    pub intervals: BTreeMap<String, Interval>,
    pub per_class: Vec<ClassScore>,
    pub confusion: ConfusionMatrix,
    /// One curve for class 1 of two, else one per class that can have one.
    pub roc: Vec<RocCurve>,
    pub pr: Vec<PrCurve>,
    /// Of the same classes, where the scores are probabilities; absent in reports of older versions.
    #[serde(default)]
    pub calibration: Vec<CalibrationCurve>,
    /// Of the same classes; absent in reports of older versions.
    #[serde(default)]
    pub lift: Vec<LiftCurve>,
    /// The rows with the largest log loss, the worst first.
    pub worst: Vec<WorstRow>,
    /// What is absent or to be read with care, and why.
    #[serde(deserialize_with = "notes_of")]
    pub notes: Vec<Words>,
}

impl ClassificationReport {
    /// The accuracy; none where the predictions were not finite.
    pub fn headline(&self) -> Option<(&str, f64)> {
        first_of(&self.metrics, &["accuracy", "balanced_accuracy"])
    }
}

/// The report with the most probable class as the prediction.
pub fn classification_report(
    input: ClassificationInput<'_>,
) -> Result<ClassificationReport, MetricsError> {
    report_with(input, None)
}

/// The report of a binary classifier that predicts class 1 from this probability on, 0 to 1.
pub fn classification_report_at(
    threshold: f64,
    input: ClassificationInput<'_>,
) -> Result<ClassificationReport, MetricsError> {
    report_with(input, Some(threshold))
}

fn report_with(
    input: ClassificationInput<'_>,
    threshold: Option<f64>,
) -> Result<ClassificationReport, MetricsError> {
    let n_classes = input.class_names.len();
    check_source_rows(input.source_rows, input.y_true.len())?;
    if !input.train_class_counts.is_empty() {
        check_len(
            t("the training rows per class", "各类别的训练行数"),
            input.train_class_counts.len(),
            n_classes,
        )?;
    }
    check_threshold(threshold, n_classes)?;
    let mut report = match Scored::new(input.y_true, input.probabilities, n_classes, threshold) {
        Ok(scored) => finite_report(&scored, input, threshold),
        Err(MetricsError::NotFinite { n_bad, n_rows, first_row }) => {
            partial_report(input, threshold, (n_bad, n_rows, first_row))
        }
        Err(error) => return Err(error),
    };
    report.baseline = classification_baseline(input.y_true, input.train_class_counts);
    if report.baseline.is_empty() {
        report.notes.push(Words::from(t(
            "The baseline is absent: the number of training rows per class is unknown.",
            "没有基线：不知道每个类别的训练行数。",
        )));
    }
    if report.confusion.counts.is_empty() {
        report.notes.push(say!(
            "The confusion matrix is absent: {n_classes} classes, at most {MAX_CONFUSION_CLASSES} fit.",
            "没有混淆矩阵：共有 {n_classes} 个类别，最多只能显示 {MAX_CONFUSION_CLASSES} 个。"
        ));
    }
    Ok(report)
}

fn finite_report(
    scored: &Scored<'_>,
    input: ClassificationInput<'_>,
    threshold: Option<f64>,
) -> ClassificationReport {
    let (metrics, mut notes) = classification_metrics(scored);
    notes.extend(class_notes(scored, input.class_names));
    let mut report = ClassificationReport {
        n_rows: scored.n_rows(),
        class_names: input.class_names.to_vec(),
        metrics,
        baseline: BTreeMap::new(),
        intervals: if input.has_intervals {
            classification_intervals(scored, threshold)
        } else {
            BTreeMap::new()
        },
        per_class: class_scores(scored, input.class_names),
        confusion: ConfusionMatrix::new(scored.y_true(), scored.y_pred(), input.class_names)
            .with_rows(scored.y_true(), scored.y_pred(), input.source_rows),
        roc: Vec::new(),
        pr: Vec::new(),
        calibration: Vec::new(),
        lift: Vec::new(),
        worst: worst_rows(scored, input.source_rows, input.class_names, input.n_worst),
        notes,
    };
    add_curves(&mut report, scored);
    report
}

/// The report where some probabilities are not finite: no metrics, the other rows counted and listed.
fn partial_report(
    input: ClassificationInput<'_>,
    threshold: Option<f64>,
    (n_bad, n_rows, first_row): (usize, usize, usize),
) -> ClassificationReport {
    let n_classes = input.class_names.len().max(1);
    let (mut y_true, mut probabilities, mut source_rows) = (Vec::new(), Vec::new(), Vec::new());
    let rows = input.probabilities.chunks_exact(n_classes);
    for ((&truth, row), &source_row) in input.y_true.iter().zip(rows).zip(input.source_rows) {
        if row.iter().all(|p| p.is_finite()) {
            y_true.push(truth);
            probabilities.extend_from_slice(row);
            source_rows.push(source_row);
        }
    }
    let usable = Scored::new(&y_true, &probabilities, n_classes, threshold).ok();
    let y_pred = usable.as_ref().map(Scored::y_pred).unwrap_or_default();
    let confusion = ConfusionMatrix::new(&y_true, y_pred, input.class_names).with_rows(
        &y_true,
        y_pred,
        &source_rows,
    );
    let worst = usable
        .as_ref()
        .map(|scored| worst_rows(scored, &source_rows, input.class_names, input.n_worst));
    let first = input.source_rows.get(first_row).copied().unwrap_or_default();
    let advice = say!(
        "The confusion matrix counts only them. Training has diverged: try a smaller learning rate or gradient \
         clipping, and check the features for extreme values.",
        "混淆矩阵只统计这些行。训练已发散：请尝试更小的学习率或梯度裁剪，并检查特征中是否有极端值。"
    );
    ClassificationReport {
        n_rows,
        class_names: input.class_names.to_vec(),
        metrics: BTreeMap::new(),
        baseline: BTreeMap::new(),
        intervals: BTreeMap::new(),
        per_class: Vec::new(),
        confusion,
        roc: Vec::new(),
        pr: Vec::new(),
        calibration: Vec::new(),
        lift: Vec::new(),
        worst: worst.unwrap_or_default(),
        notes: vec![not_finite_note(
            &t("the predicted probabilities are", "预测概率").into(),
            n_bad,
            n_rows,
            first,
            &advice,
        )],
    }
}

fn add_curves(report: &mut ClassificationReport, scored: &Scored<'_>) {
    let classes = scored.curve_classes();
    let share = MAX_POINTS_OF_ALL_CURVES / classes.len().max(1);
    let max_points = share.clamp(MIN_POINTS_PER_CURVE, MAX_POINTS_PER_CURVE);
    for (class, name) in classes.clone().zip(report.class_names.iter().skip(classes.start)) {
        let ranking = Ranking::new(scored.one_vs_rest(class));
        report.roc.extend(ranking.roc_curve(name, max_points));
        report.pr.extend(ranking.pr_curve(name, max_points));
        report.lift.extend(ranking.lift_curve(name, max_points));
        let points = calibration_points(scored.one_vs_rest(class));
        report
            .calibration
            .extend(points.map(|points| CalibrationCurve { class: name.clone(), points }));
    }
}

/// Names the classes whose scores count as zero, and probabilities that do not sum to one.
fn class_notes(scored: &Scored<'_>, class_names: &[String]) -> Vec<Words> {
    let names_where = |is_meant: fn(&crate::classification::Tally) -> bool| {
        let pairs = scored.tallies().iter().zip(class_names);
        pairs
            .filter(|(tally, _)| is_meant(tally))
            .map(|(_, name)| name.as_str())
            .collect::<Vec<_>>()
    };
    let mut notes = Vec::new();
    let missing = names_where(|tally| tally.n_true == 0);
    if !missing.is_empty() {
        let Words { en, zh } = listed(&missing);
        notes.push(say!(
            "No evaluated row belongs to {en}: recall counts as 0 there.",
            "没有任何被评估的行属于{zh}：其召回率按 0 计。"
        ));
    }
    let never_predicted = names_where(|tally| tally.n_true > 0 && tally.n_predicted == 0);
    if !never_predicted.is_empty() {
        let Words { en, zh } = listed(&never_predicted);
        let en = capital(&en);
        notes.push(say!(
            "{en} never predicted: precision counts as 0 there.",
            "模型从未预测{zh}：其精确率按 0 计。"
        ));
    }
    let is_off = |row: &[f32]| (row.iter().sum::<f32>() - 1.0).abs() > SUM_TOLERANCE;
    let n_off = scored.rows().filter(|(_, row)| is_off(row)).count();
    if n_off > 0 {
        notes.push(say!(
            "The probabilities of {n_off} rows do not sum to 1: read log_loss and roc_auc with care.",
            "有 {n_off} 行的概率之和不为 1：请谨慎看待对数损失（log_loss）和 ROC 曲线下面积（roc_auc）。"
        ));
    }
    notes
}

/// Up to five names in quotes, then how many more.
fn listed(names: &[&str]) -> Words {
    const MAX_NAMES: usize = 5;
    let quoted: Vec<String> =
        names.iter().take(MAX_NAMES).map(|name| format!("“{name}”")).collect();
    let n_more = names.len().saturating_sub(MAX_NAMES);
    let noun = if names.len() == 1 { "class" } else { "classes" };
    let (list, list_zh, n_all) = (quoted.join(", "), quoted.join("、"), names.len());
    if n_more > 0 {
        say!("{noun} {list} and {n_more} more", "类别{list_zh}等 {n_all} 个类别")
    } else {
        say!("{noun} {list}", "类别{list_zh}")
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn worst_rows(
    scored: &Scored<'_>,
    source_rows: &[u64],
    class_names: &[String],
    n_worst: usize,
) -> Vec<WorstRow> {
    let name = |class: Option<&usize>| {
        class.and_then(|&class| class_names.get(class)).cloned().unwrap_or_default()
    };
    let losses: Vec<f64> = scored.rows().map(|(truth, row)| row_loss(truth, row)).collect();
    let worst_row = |position: usize| {
        Some(WorstRow {
            row: *source_rows.get(position)?,
            truth: name(scored.y_true().get(position)),
            prediction: name(scored.y_pred().get(position)),
            loss: *losses.get(position)?,
        })
    };
    largest(&losses, n_worst).into_iter().filter_map(worst_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|class| format!("c{class}")).collect()
    }

    fn report(
        y_true: &[usize],
        probabilities: &[f32],
        n_classes: usize,
    ) -> Result<ClassificationReport, MetricsError> {
        let source_rows: Vec<u64> = (0..y_true.len() as u64).map(|row| row + 100).collect();
        let train_class_counts: Vec<usize> = (1..=n_classes).collect();
        classification_report(ClassificationInput {
            y_true,
            probabilities,
            class_names: &names(n_classes),
            source_rows: &source_rows,
            train_class_counts: &train_class_counts,
            n_worst: 2,
            has_intervals: true,
        })
    }

    #[test]
    fn the_worst_rows_come_first() {
        let report = report(&[0, 1, 1], &[0.9, 0.1, 0.8, 0.2, 0.4, 0.6], 2).expect("valid input");
        assert_eq!(report.headline(), Some(("accuracy", 2.0 / 3.0)));
        assert_eq!(report.worst.iter().map(|row| row.row).collect::<Vec<_>>(), [101, 102]);
        let first = report.worst.first().expect("two rows were asked for");
        assert_eq!((first.truth.as_str(), first.prediction.as_str()), ("c1", "c0"));
        assert!((first.loss + f64::from(0.2_f32).ln()).abs() < 1e-12);
        assert!(report.notes.is_empty(), "{:?}", report.notes);
        assert_eq!(report.confusion.rows_of(1, 0), [101]);
        assert!(
            report
                .intervals
                .get("accuracy")
                .is_some_and(|interval| interval.low < 0.6 && interval.high > 0.7)
        );
        assert_eq!((report.calibration.len(), report.lift.len()), (1, 1));
    }

    #[test]
    fn nan_leaves_metrics_absent_and_says_where() {
        let report =
            report(&[0, 1, 1], &[0.9, 0.1, f32::NAN, 0.2, 0.4, 0.6], 2).expect("NaN is a finding");
        assert!(report.metrics.is_empty() && report.headline().is_none());
        assert!(
            report
                .notes
                .iter()
                .any(|note| note.en.contains("1 of 3 rows") && note.zh.contains("101"))
        );
        assert_eq!(report.confusion.counts, [[1, 0], [0, 1]]);
        assert!(!report.baseline.is_empty());
        let json = serde_json::to_string(&report).expect("plain data");
        assert!(!json.contains("null"), "{json}");
        assert_eq!(
            serde_json::from_str::<ClassificationReport>(&json).expect("reads back"),
            report
        );
    }

    #[test]
    fn all_nan_is_still_a_report() {
        let report = report(&[0, 1], &[f32::NAN; 4], 2).expect("NaN is a finding");
        assert!(report.worst.is_empty() && report.metrics.is_empty());
    }

    #[test]
    fn one_class_works_with_notes() {
        let check = |y_true: &[usize], probabilities: &[f32], n_classes| {
            let report = report(y_true, probabilities, n_classes).expect("one class is allowed");
            assert_eq!(report.metrics.get("accuracy"), Some(&1.0));
            assert!(!report.metrics.contains_key("roc_auc"));
            assert!(
                report.notes.iter().any(|note| note.en.starts_with("roc_auc is absent")),
                "{:?}",
                report.notes
            );
        };
        check(&[0, 0], &[1.0, 1.0], 1);
        check(&[1, 1], &[0.1, 0.9, 0.2, 0.8], 2);
        check(&[2, 2], &[0.0, 0.0, 1.0, 0.1, 0.1, 0.8], 3);
    }

    #[test]
    fn wrong_sizes_are_errors() {
        assert_eq!(report(&[], &[], 2).err(), Some(MetricsError::Empty));
        assert_eq!(report(&[0], &[], 0).err(), Some(MetricsError::NoClasses));
        assert!(matches!(report(&[0], &[0.5], 2), Err(MetricsError::SizesDisagree { .. })));
        assert!(matches!(report(&[5], &[0.5, 0.5], 2), Err(MetricsError::UnknownClass { .. })));
        let input = ClassificationInput {
            y_true: &[0],
            probabilities: &[0.5, 0.5],
            class_names: &names(2),
            source_rows: &[],
            train_class_counts: &[],
            n_worst: 0,
            has_intervals: true,
        };
        assert!(matches!(classification_report(input), Err(MetricsError::SizesDisagree { .. })));
        let input = ClassificationInput { source_rows: &[1], train_class_counts: &[1], ..input };
        assert!(matches!(classification_report(input), Err(MetricsError::SizesDisagree { .. })));
    }

    #[test]
    fn scores_that_are_no_probabilities_have_no_log_loss() {
        let report =
            report(&[0, 1, 1], &[2.0, -1.0, -3.0, 4.0, 0.0, 1.0], 2).expect("finite scores");
        assert_eq!(report.metrics.get("roc_auc"), Some(&1.0));
        assert!(!report.metrics.contains_key("log_loss") && !report.metrics.contains_key("brier"));
        assert!(report.worst.iter().all(|row| row.loss.is_finite()));
    }

    #[test]
    fn many_rows_keep_the_curves_short() {
        let y_true: Vec<usize> = (0..30_000).map(|row| (row * 7919 % 13) % 2).collect();
        let probabilities: Vec<f32> = (0..30_000)
            .flat_map(|row: u64| {
                let p = (row * 104_729 % 30_011) as f32 / 30_011.0;
                [1.0 - p, p]
            })
            .collect();
        let report = report(&y_true, &probabilities, 2).expect("valid input");
        let lengths =
            (report.roc.first().map(|c| c.points.len()), report.pr.first().map(|c| c.points.len()));
        assert_eq!(lengths, (Some(MAX_POINTS_PER_CURVE), Some(MAX_POINTS_PER_CURVE)));
    }
}
