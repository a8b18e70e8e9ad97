//! Reports: everything that evaluation shows about a model, as plain data.

mod classification;
mod regression;
mod several;

use std::collections::BTreeMap;

use pg_base::{Words, say, t};
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::{MetricsError, check_len};
use crate::interval::Interval;

pub use classification::{
    ClassificationInput, ClassificationReport, classification_report, classification_report_at,
};
pub use regression::{PredictedPoint, RegressionInput, RegressionReport, regression_report};
pub use several::{LabelsInput, SeveralReport, TargetReport, labels_report, numbers_report};

/// The report of any task.
///
/// Invariant: no number in it is NaN or infinite, so that its JSON form is valid and reads back as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Report {
    Classification(ClassificationReport),
    Regression(RegressionReport),
    /// Several targets at once.
    Several(SeveralReport),
}

/// A row on which the model was far off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorstRow {
    /// Number of the row in the source.
    pub row: u64,
    pub truth: String,
    pub prediction: String,
    /// Classification: the log loss of the row in nats; regression: its absolute error in units of the target; several
    /// targets: the mean of either, errors in standard deviations of the target.
    pub loss: f64,
}

impl Report {
    /// The metrics by id.
    pub fn metrics(&self) -> &BTreeMap<String, f64> {
        match self {
            Self::Classification(report) => &report.metrics,
            Self::Regression(report) => &report.metrics,
            Self::Several(report) => &report.metrics,
        }
    }

    /// The same metrics of a model that ignores the features.
    pub fn baseline(&self) -> &BTreeMap<String, f64> {
        match self {
            Self::Classification(report) => &report.baseline,
            Self::Regression(report) => &report.baseline,
            Self::Several(report) => &report.baseline,
        }
    }

    /// The one number to show where there is room for one; see the reports of both tasks.
    pub fn headline(&self) -> Option<(&str, f64)> {
        match self {
            Self::Classification(report) => report.headline(),
            Self::Regression(report) => report.headline(),
            Self::Several(report) => report.headline(),
        }
    }

    /// The rows with the largest loss, the worst first.
    pub fn worst(&self) -> &[WorstRow] {
        match self {
            Self::Classification(report) => &report.worst,
            Self::Regression(report) => &report.worst,
            Self::Several(report) => &report.worst,
        }
    }

    /// How far the metrics would move on other rows: 95 % intervals by id, of those that have one.
    pub fn intervals(&self) -> &BTreeMap<String, Interval> {
        match self {
            Self::Classification(report) => &report.intervals,
            Self::Regression(report) => &report.intervals,
            Self::Several(report) => &report.intervals,
        }
    }

    /// Number of rows that were judged.
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Classification(report) => report.n_rows,
            Self::Regression(report) => report.n_rows,
            Self::Several(report) => report.n_rows,
        }
    }

    /// Adds what is to be read with care.
    pub fn note(&mut self, notes: impl IntoIterator<Item = Words>) {
        match self {
            Self::Classification(report) => report.notes.extend(notes),
            Self::Regression(report) => report.notes.extend(notes),
            Self::Several(report) => report.notes.extend(notes),
        }
    }

    /// What is absent or to be read with care, and why.
    pub fn notes(&self) -> &[Words] {
        match self {
            Self::Classification(report) => &report.notes,
            Self::Regression(report) => &report.notes,
            Self::Several(report) => &report.notes,
        }
    }
}

/// Mean and sample deviation of each metric over several reports.
pub fn mean_metrics<'a>(
    reports: impl IntoIterator<Item = &'a Report>,
) -> BTreeMap<String, (f64, f64)> {
    let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (id, value) in reports.into_iter().flat_map(Report::metrics) {
        all.entry(id.clone()).or_default().push(*value);
    }
    let summed = |values: Vec<f64>| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (mean, (squares / (n - 1.0).max(1.0)).sqrt())
    };
    all.into_iter().map(|(id, values)| (id, summed(values))).collect()
}

/// The first of `ids` that has a value.
fn first_of<'a>(metrics: &'a BTreeMap<String, f64>, ids: &[&str]) -> Option<(&'a str, f64)> {
    let (id, value) = ids.iter().find_map(|&id| metrics.get_key_value(id))?;
    Some((id.as_str(), *value))
}

/// The positions of the `n` largest losses, the largest first, equal ones in row order.
fn largest(losses: &[f64], n: usize) -> Vec<usize> {
    let mut positions: Vec<usize> =
        (0..losses.len()).filter(|&i| loss_at(losses, i).is_finite()).collect();
    let by_loss =
        |&a: &usize, &b: &usize| loss_at(losses, b).total_cmp(&loss_at(losses, a)).then(a.cmp(&b));
    if n > 0 && n < positions.len() {
        positions.select_nth_unstable_by(n - 1, by_loss);
    }
    positions.truncate(n);
    positions.sort_unstable_by(by_loss);
    positions
}

fn loss_at(losses: &[f64], i: usize) -> f64 {
    losses.get(i).copied().unwrap_or(f64::NEG_INFINITY)
}

/// Fails unless there is one source row number per row.
fn check_source_rows(source_rows: &[u64], n_rows: usize) -> Result<(), MetricsError> {
    check_len(t("the source row numbers", "原始行号"), source_rows.len(), n_rows)
}

/// Says which rows made every metric absent.
fn not_finite_note(
    what: &Words,
    n_bad: usize,
    n_rows: usize,
    source_row: u64,
    advice: &Words,
) -> Words {
    let (Words { en, zh }, Words { en: advice_en, zh: advice_zh }) = (what, advice);
    say!(
        "All metrics are absent: {en} NaN or infinite in {n_bad} of {n_rows} rows, first in source row \
         {source_row}. The other rows are still in the list of worst rows. {advice_en}",
        "没有任何指标：{n_rows} 行中有 {n_bad} 行的{zh}为 NaN 或无穷大，首个出现在源数据第 {source_row} 行。\
         其余各行仍在最差行列表中。{advice_zh}"
    )
}

/// Reads notes; those of older versions are in English only.
fn notes_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Words>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Note {
        Both(Words),
        English(String),
    }
    let words = |note: Note| match note {
        Note::Both(words) => words,
        Note::English(text) => Words::from(text),
    };
    Ok(Vec::<Note>::deserialize(deserializer)?.into_iter().map(words).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_older_versions_are_read() {
        let json = r#"{"task":"regression","n_rows":1,"metrics":{},"baseline":{},"residuals":null,"points":[],
            "worst":[],"notes":["mape divides."]}"#;
        let report: Report = serde_json::from_str(json).expect("an old report");
        assert_eq!(report.notes(), [Words::from("mape divides.")]);
        assert!(report.intervals().is_empty());
    }

    #[test]
    fn the_largest_come_first_and_ties_in_row_order() {
        let losses = [1.0, 3.0, f64::NAN, 3.0, 2.0];
        let check = |n, expected: &[usize]| assert_eq!(largest(&losses, n), expected);
        check(0, &[]);
        check(3, &[1, 3, 4]);
        check(9, &[1, 3, 4, 0]);
    }
}
