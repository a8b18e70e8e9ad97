//! Accuracy: the share of rows whose predicted class is the true one.

use pg_base::t;

use super::scored::Scored;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(crate) static METRIC: Metric = Metric {
    id: "accuracy",
    sklearn: "accuracy_score(y_true, y_pred)",
    title: "Accuracy",
    title_zh: "准确率",
    help: t(
        "Of all judged rows, the share that the model gets right. Misleading where one class is much more frequent than the others.",
        "在所有被评估的行中，模型判断正确的比例。当某个类别远多于其他类别时，它可能产生误导。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Classification(accuracy),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn accuracy(scored: &Scored<'_>) -> Value {
    let n_right: u64 = scored.tallies().iter().map(|tally| tally.n_right).sum();
    Ok(n_right as f64 / scored.n_rows() as f64)
}
