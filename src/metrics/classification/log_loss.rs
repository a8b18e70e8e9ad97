//! Log loss: the mean negative logarithm of the probability given to the true class.

use pg_base::t;

use super::scored::Scored;
use crate::error::{Value, undefined};
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "log_loss",
    sklearn: "log_loss(y_true, y_proba, labels=range(n_classes))",
    title: "Log loss",
    title_zh: "对数损失",
    help: t(
        "Punishes being sure and wrong. 0 is perfect; lower is better.",
        "对“很有把握却判断错误”施加惩罚。0 为完美，越低越好。",
    ),
    is_percentage: false,
    higher_is_better: false,
    compute: Compute::Classification(log_loss),
};

/// The loss of one row in nats; the probability is clipped to the precision of `f32`, as scikit-learn does.
///
/// `row` holds one probability per class; finite for every input without NaN.
pub fn row_loss(truth: usize, row: &[f32]) -> f64 {
    let probability = row.get(truth).copied().unwrap_or(0.0);
    -f64::from(probability.clamp(f32::EPSILON, 1.0 - f32::EPSILON)).ln()
}

fn log_loss(scored: &Scored<'_>) -> Value {
    if scored.n_classes() < 2 {
        return undefined(t("there is only one class", "只有一个类别"));
    }
    if !scored.has_probabilities() {
        return undefined(t(
            "some predictions lie outside of 0 to 1, so they are not probabilities",
            "部分预测值不在 0 到 1 之间，因此不是概率",
        ));
    }
    Ok(scored.rows().map(|(truth, row)| row_loss(truth, row)).sum::<f64>() / scored.n_rows() as f64)
}
