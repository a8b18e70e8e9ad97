//! Reports: everything that evaluation shows about a model, as plain data.

mod classification;
mod regression;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{MetricsError, check_len};

pub use classification::{
    ClassificationInput, ClassificationReport, classification_report, classification_report_at,
};
pub use regression::{PredictedPoint, RegressionInput, RegressionReport, regression_report};

/// The report of either task.
///
/// Invariant: no number in it is NaN or infinite, so that its JSON form is valid and reads back as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Report {
    Classification(ClassificationReport),
    Regression(RegressionReport),
}

/// A row on which the model was far off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorstRow {
    /// Number of the row in the source.
    pub row: u64,
    pub truth: String,
    pub prediction: String,
    /// Classification: the log loss of the row in nats; regression: its absolute error in units of the target.
    pub loss: f64,
}

impl Report {
    /// The metrics by id.
    pub fn metrics(&self) -> &BTreeMap<String, f64> {
        match self {
            Self::Classification(report) => &report.metrics,
            Self::Regression(report) => &report.metrics,
        }
    }

    /// The same metrics of a model that ignores the features.
    pub fn baseline(&self) -> &BTreeMap<String, f64> {
        match self {
            Self::Classification(report) => &report.baseline,
            Self::Regression(report) => &report.baseline,
        }
    }

    /// The one number to show where there is room for one; see the reports of both tasks.
    pub fn headline(&self) -> Option<(&str, f64)> {
        match self {
            Self::Classification(report) => report.headline(),
            Self::Regression(report) => report.headline(),
        }
    }

    /// The rows with the largest loss, the worst first.
    pub fn worst(&self) -> &[WorstRow] {
        match self {
            Self::Classification(report) => &report.worst,
            Self::Regression(report) => &report.worst,
        }
    }

    /// What is absent or to be read with care, and why.
    pub fn notes(&self) -> &[String] {
        match self {
            Self::Classification(report) => &report.notes,
            Self::Regression(report) => &report.notes,
        }
    }
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
    check_len("the source row numbers", source_rows.len(), n_rows)
}

/// Says which rows made every metric absent.
fn not_finite_note(
    what: &str,
    n_bad: usize,
    n_rows: usize,
    source_row: u64,
    advice: &str,
) -> String {
    format!(
        "All metrics are absent: {what} NaN or infinite in {n_bad} of {n_rows} rows, first in source row \
         {source_row}. The other rows are still in the list of worst rows. {advice}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_come_first_and_ties_in_row_order() {
        let losses = [1.0, 3.0, f64::NAN, 3.0, 2.0];
        let check = |n, expected: &[usize]| assert_eq!(largest(&losses, n), expected);
        check(0, &[]);
        check(3, &[1, 3, 4]);
        check(9, &[1, 3, 4, 0]);
    }
}
