//! Balanced accuracy: the mean recall of the classes that occur in the truth.

use pg_base::t;

use super::scored::Scored;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "balanced_accuracy",
    sklearn: "balanced_accuracy_score(y_true, y_pred)",
    title: "Balanced accuracy",
    title_zh: "平衡准确率",
    help: t(
        "The share of right answers in each class, averaged: rare classes count as much as frequent ones.",
        "分别计算每个类别的正确率再取平均：少见类别与常见类别同等重要。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Classification(balanced_accuracy),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn balanced_accuracy(scored: &Scored<'_>) -> Value {
    let occurring = || scored.tallies().iter().filter(|tally| tally.n_true > 0);
    // Scored has a row, and a row has a true class: the count is not zero.
    Ok(occurring().map(|tally| tally.recall()).sum::<f64>() / occurring().count() as f64)
}
