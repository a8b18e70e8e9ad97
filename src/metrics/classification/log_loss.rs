//! Log loss: the mean negative logarithm of the probability given to the true class.

use super::scored::Scored;
use crate::error::{Value, undefined};
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "log_loss",
    sklearn: "log_loss(y_true, y_proba, labels=range(n_classes))",
    title: "Log loss",
    title_zh: "对数损失",
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
        return undefined("there is only one class");
    }
    if !scored.has_probabilities() {
        return undefined("some predictions lie outside of 0 to 1, so they are not probabilities");
    }
    Ok(scored.rows().map(|(truth, row)| row_loss(truth, row)).sum::<f64>() / scored.n_rows() as f64)
}
