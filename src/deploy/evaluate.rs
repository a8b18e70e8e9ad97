//! From raw rows with the truth to a report.

use std::collections::BTreeMap;
use std::sync::Arc;

use pg_base::{Trouble, Words, say};
use pg_data::encode::{Encoded, Rejected};
use pg_data::{Rows, TargetCodec};
use pg_metrics::{
    ClassificationInput, LabelsInput, MetricsError, RegressionInput, Report, TargetReport,
};
use pg_nn::Compute;

use crate::model::Model;
use crate::score::{Scorer, by_target, inconsistent};

/// Rows that a report lists as the worst ones.
const N_WORST: usize = 20;

/// Judges a model on raw rows that have the target; rows that cannot be used are left out and noted in the report.
///
/// Errors: `column-missing` (the target above all), `rows-none` where no row could be used.
pub fn evaluate(model: &Arc<Model>, compute: &dyn Compute, raw: Rows) -> Result<Report, Trouble> {
    evaluate_slices(model, compute, [Ok(raw)])
}

/// The same of rows that come in slices; no more than one is held.
pub fn evaluate_slices(
    model: &Arc<Model>,
    compute: &dyn Compute,
    slices: impl IntoIterator<Item = Result<Rows, Trouble>>,
) -> Result<Report, Trouble> {
    let mut scorer = Scorer::new(model.clone(), compute)?;
    let mut answers = Answers::default();
    for raw in slices {
        answers.add(&mut scorer, raw?)?;
    }
    answers.report(model)
}

/// What a model answered and what is true, row by row.
#[derive(Default)]
struct Answers {
    /// `[rows, answers]`, row-major.
    outputs: Vec<f32>,
    source_rows: Vec<u64>,
    /// `[rows, targets]`, row-major, of a model that tells classes.
    classes: Vec<usize>,
    /// One list per target, of a model that predicts numbers.
    numbers: Vec<Vec<f64>>,
    left_out: LeftOut,
}

impl Answers {
    fn add(&mut self, scorer: &mut Scorer, raw: Rows) -> Result<(), Trouble> {
        let model = scorer.model().clone();
        let prepared = model.prepare(raw)?;
        let Encoded { rows, rejected, kept } = model.encoder.encode(&prepared, true)?;
        self.left_out.add(rejected);
        if kept.is_empty() {
            return Ok(());
        }
        self.outputs.extend(scorer.outputs(&rows)?);
        self.source_rows.extend(rows.row_numbers().iter().map(|row| u64::from(*row)));
        self.numbers.resize_with(model.encoder.targets.len(), Vec::new);
        for (codec, numbers) in model.encoder.targets.iter().zip(&mut self.numbers) {
            if let TargetCodec::Number { column, .. } = codec {
                // The values themselves, not the scaled ones: these are rounded to 32 bits.
                let truths = prepared.numbers(column)?;
                numbers.extend(kept.iter().map(|row| truths.get(*row).unwrap_or(f64::NAN)));
            }
        }
        let ids = rows.class_ids().unwrap_or_default();
        self.classes.extend(ids.iter().map(|id| usize::try_from(*id).unwrap_or_default()));
        Ok(())
    }

    fn report(mut self, model: &Model) -> Result<Report, Trouble> {
        if self.source_rows.is_empty() {
            return Err(self.left_out.first.take().unwrap_or_else(|| {
                Trouble::new("rows-none", say!("no row could be judged", "没有可评估的数据"))
                    .advice(say!(
                        "Give the split a share for these rows.",
                        "请在划分中为其留出比例。"
                    ))
            }));
        }
        let mut report = match model.encoder.targets.first() {
            Some(TargetCodec::Classes { .. }) => self.of_classes(model)?,
            Some(TargetCodec::Number { .. }) => self.of_numbers(model)?,
            None => return Err(inconsistent("the encoder has no target")),
        };
        report.note(self.left_out.notes());
        Ok(report)
    }

    fn of_classes(&self, model: &Model) -> Result<Report, Trouble> {
        let counts: Vec<usize> =
            model.training_class_counts.iter().map(|count| *count as usize).collect();
        let n_targets = model.encoder.targets.len();
        let mut counts_left = counts.as_slice();
        let mut reports = Vec::with_capacity(n_targets);
        let names = model.target_names();
        for (at, (codec, probabilities)) in
            by_target(&model.encoder, &self.outputs).iter().enumerate()
        {
            let y_true: Vec<usize> =
                self.classes.iter().skip(at).step_by(n_targets).copied().collect();
            let class_names = codec.class_names();
            let (own, rest) = counts_left.split_at(class_names.len().min(counts_left.len()));
            counts_left = rest;
            let input = ClassificationInput {
                y_true: &y_true,
                probabilities,
                class_names,
                source_rows: &self.source_rows,
                train_class_counts: own,
                n_worst: N_WORST,
                has_intervals: n_targets == 1,
            };
            let report = match model.decision_threshold() {
                Some(threshold) => pg_metrics::classification_report_at(threshold, input),
                None => pg_metrics::classification_report(input),
            };
            let report = Report::Classification(report.map_err(|error| told(&error))?);
            let name = names.get(at).copied().unwrap_or_default().to_owned();
            reports.push(TargetReport { name, report });
        }
        if n_targets == 1
            && let Some(only) = reports.pop()
        {
            return Ok(only.report);
        }
        let truth: Vec<bool> = self.classes.iter().map(|class| *class > 0).collect();
        let input = LabelsInput {
            truth: &truth,
            probabilities: &self.outputs,
            train_counts: &counts,
            source_rows: &self.source_rows,
            n_worst: N_WORST,
        };
        let report = pg_metrics::labels_report(reports, input).map(Report::Several);
        report.map_err(|error| told(&error))
    }

    fn of_numbers(&self, model: &Model) -> Result<Report, Trouble> {
        let mut pairs = Vec::with_capacity(model.encoder.targets.len());
        for ((codec, answers), y_true) in
            by_target(&model.encoder, &self.outputs).into_iter().zip(&self.numbers)
        {
            let y_pred: Vec<f64> =
                answers.iter().map(|answer| codec.number(f64::from(*answer))).collect();
            pairs.push((codec.column(), y_true, y_pred));
        }
        let means = model.training_target_means.iter().copied();
        let has_intervals = pairs.len() == 1;
        let mut inputs = Vec::with_capacity(pairs.len());
        for ((column, y_true, y_pred), train_mean) in
            pairs.iter().zip(means.chain(std::iter::repeat(f64::NAN)))
        {
            let input = RegressionInput {
                y_true,
                y_pred,
                source_rows: &self.source_rows,
                train_mean,
                n_worst: N_WORST,
                has_intervals,
            };
            inputs.push((*column, input));
        }
        let report = match inputs.as_slice() {
            [(_, only)] => pg_metrics::regression_report(*only).map(Report::Regression),
            several => pg_metrics::numbers_report(several, N_WORST).map(Report::Several),
        };
        report.map_err(|error| told(&error))
    }
}

fn told(error: &MetricsError) -> Trouble {
    Trouble::new("evaluation", error.words())
}

/// Why rows were left out.
#[derive(Default)]
struct LeftOut {
    first: Option<Trouble>,
    /// Number of rows and the first of them, by column and reason.
    reasons: BTreeMap<(String, String, String), (usize, u32)>,
}

impl LeftOut {
    fn add(&mut self, rejected: Vec<Rejected>) {
        for Rejected { row, trouble, .. } in rejected {
            let column = trouble.details.place.column.clone().unwrap_or_default();
            let found = trouble.details.found.clone();
            self.reasons.entry((column, found.en, found.zh)).or_insert((0, row)).0 += 1;
            self.first.get_or_insert(trouble);
        }
    }

    /// One note per reason.
    fn notes(&self) -> Vec<Words> {
        let note = |((column, en, zh), (n_rows, first)): (
            &(String, String, String),
            &(usize, u32),
        )| {
            say!(
                "{n_rows} rows were left out, the first is row {first}: column `{column}`: {en}.",
                "略去了 {n_rows} 行，首个是第 {first} 行：列 `{column}`：{zh}。"
            )
        };
        self.reasons.iter().map(note).collect()
    }
}

/// What raw rows have in the place that the model predicts; none where the target is missing or unknown to the model.
#[derive(Clone, Debug, PartialEq)]
pub enum Truths {
    /// Numbers of classes.
    Classes(Vec<Option<usize>>),
    /// Numbers in the unit of the target.
    Numbers(Vec<Option<f64>>),
}

/// The truth of raw rows for one of the targets, one per row.
///
/// Errors: `column-missing` where the target is not there.
pub fn truths(model: &Model, target: &TargetCodec, raw: Rows) -> Result<Truths, Trouble> {
    let prepared = model.prepare(raw)?;
    match target {
        TargetCodec::Classes { column, names } => {
            let by_name: BTreeMap<&str, usize> =
                names.iter().map(String::as_str).zip(0..).collect();
            let labels = prepared.labels(column)?;
            let class = |label: Option<String>| by_name.get(label?.as_str()).copied();
            Ok(Truths::Classes(labels.into_iter().map(class).collect()))
        }
        TargetCodec::Number { column, .. } => {
            let numbers = prepared.numbers(column)?;
            let finite = |number: Option<f64>| number.filter(|number| number.is_finite());
            Ok(Truths::Numbers(numbers.iter().map(finite).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Plain};

    #[test]
    fn reports_name_source_rows_and_what_was_left_out() {
        let model = Arc::new(testing::flowers_model());
        let report =
            evaluate(&model, &Plain, testing::flowers().origin().clone()).expect("a report");
        assert!(
            report.metrics().contains_key("accuracy") && report.baseline().contains_key("accuracy")
        );
        assert!(
            report
                .notes()
                .iter()
                .any(|note| note.en.contains("row 4") && note.zh.contains("width")),
            "{:?}",
            report.notes()
        );
        let numbers = Arc::new(testing::numbers_model());
        let report = evaluate(&numbers, &Plain, testing::numbers(50)).expect("a report");
        assert!(report.metrics().contains_key("r2"));
        let empty = evaluate(&numbers, &Plain, testing::numbers(0)).expect_err("no rows");
        assert_eq!(empty.code, "rows-none");
    }
}
