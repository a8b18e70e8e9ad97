//! Accuracy: the share of rows whose predicted class is the true one.

use super::scored::Scored;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "accuracy",
    sklearn: "accuracy_score(y_true, y_pred)",
    title: "Accuracy",
    title_zh: "准确率",
    higher_is_better: true,
    compute: Compute::Classification(accuracy),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn accuracy(scored: &Scored<'_>) -> Value {
    let n_right: u64 = scored.tallies().iter().map(|tally| tally.n_right).sum();
    Ok(n_right as f64 / scored.n_rows() as f64)
}
