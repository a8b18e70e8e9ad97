//! Balanced accuracy: the mean recall of the classes that occur in the truth.

use super::scored::Scored;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "balanced_accuracy",
    sklearn: "balanced_accuracy_score(y_true, y_pred)",
    title: "Balanced accuracy",
    title_zh: "平衡准确率",
    higher_is_better: true,
    compute: Compute::Classification(balanced_accuracy),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn balanced_accuracy(scored: &Scored<'_>) -> Value {
    let occurring = || scored.tallies().iter().filter(|tally| tally.n_true > 0);
    // Scored has a row, and a row has a true class: the count is not zero.
    Ok(occurring().map(|tally| tally.recall()).sum::<f64>() / occurring().count() as f64)
}
