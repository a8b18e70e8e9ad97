//! From raw rows with the truth to a report.

use std::collections::BTreeMap;
use std::sync::Arc;

use pg_base::{Trouble, Words, say};
use pg_data::encode::{Encoded, Rejected};
use pg_data::{Rows, TargetCodec};
use pg_metrics::{ClassificationInput, RegressionInput, Report};
use pg_nn::Compute;

use crate::model::Model;
use crate::score::{Scorer, inconsistent};

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
    /// `[rows, width]`, row-major.
    outputs: Vec<f32>,
    source_rows: Vec<u64>,
    /// Of a model that tells classes.
    classes: Vec<usize>,
    /// Of a model that predicts a number.
    numbers: Vec<f64>,
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
        if let Some(codec @ TargetCodec::Number { .. }) = &model.encoder.target {
            // The values themselves, not the scaled ones: these are rounded to 32 bits.
            let truths = prepared.numbers(codec.column())?;
            self.numbers.extend(kept.iter().map(|row| truths.get(*row).unwrap_or(f64::NAN)));
        }
        let ids = rows.class_ids().unwrap_or_default();
        self.classes.extend(ids.iter().map(|id| usize::try_from(*id).unwrap_or_default()));
        Ok(())
    }

    fn report(self, model: &Model) -> Result<Report, Trouble> {
        if self.source_rows.is_empty() {
            return Err(self.left_out.first.unwrap_or_else(|| {
                Trouble::new("rows-none", say!("no row could be judged", "没有可评估的数据"))
                    .advice(say!(
                        "Give the split a share for these rows.",
                        "请在划分中为其留出比例。"
                    ))
            }));
        }
        let report = match &model.encoder.target {
            Some(TargetCodec::Classes { names, .. }) => {
                let counts: Vec<usize> =
                    model.training_class_counts.iter().map(|count| *count as usize).collect();
                let input = ClassificationInput {
                    y_true: &self.classes,
                    probabilities: &self.outputs,
                    class_names: names,
                    source_rows: &self.source_rows,
                    train_class_counts: &counts,
                    n_worst: N_WORST,
                };
                match model.decision_threshold() {
                    Some(threshold) => pg_metrics::classification_report_at(threshold, input),
                    None => pg_metrics::classification_report(input),
                }
                .map(Report::Classification)
            }
            Some(codec @ TargetCodec::Number { .. }) => {
                let y_pred: Vec<f64> =
                    self.outputs.iter().map(|answer| codec.number(f64::from(*answer))).collect();
                pg_metrics::regression_report(RegressionInput {
                    y_true: &self.numbers,
                    y_pred: &y_pred,
                    source_rows: &self.source_rows,
                    train_mean: model.training_target_mean.unwrap_or(f64::NAN),
                    n_worst: N_WORST,
                })
                .map(Report::Regression)
            }
            None => return Err(inconsistent("the encoder has no target")),
        };
        let mut report = report.map_err(|error| Trouble::new("evaluation", error.words()))?;
        let notes = match &mut report {
            Report::Classification(report) => &mut report.notes,
            Report::Regression(report) => &mut report.notes,
        };
        notes.extend(self.left_out.notes());
        Ok(report)
    }
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
    fn notes(&self) -> impl Iterator<Item = Words> {
        self.reasons.iter().map(|((column, en, zh), (n_rows, first))| {
            say!(
                "{n_rows} rows were left out, the first is row {first}: column `{column}`: {en}.",
                "略去了 {n_rows} 行，首个是第 {first} 行：列 `{column}`：{zh}。"
            )
        })
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

/// The truth of raw rows, one per row.
///
/// Errors: `column-missing` where the target is not there.
pub fn truths(model: &Model, raw: Rows) -> Result<Truths, Trouble> {
    let prepared = model.prepare(raw)?;
    match &model.encoder.target {
        Some(TargetCodec::Classes { column, names }) => {
            let by_name: BTreeMap<&str, usize> =
                names.iter().map(String::as_str).zip(0..).collect();
            let labels = prepared.labels(column)?;
            let class = |label: Option<String>| by_name.get(label?.as_str()).copied();
            Ok(Truths::Classes(labels.into_iter().map(class).collect()))
        }
        Some(TargetCodec::Number { column, .. }) => {
            let numbers = prepared.numbers(column)?;
            let finite = |number: Option<f64>| number.filter(|number| number.is_finite());
            Ok(Truths::Numbers(numbers.iter().map(finite).collect()))
        }
        None => Err(inconsistent("the encoder has no target")),
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
