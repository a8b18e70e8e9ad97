//! Mean absolute percentage error as a share: 0.1 is ten percent.

use pg_base::t;

use super::Paired;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "mape",
    sklearn: "mean_absolute_percentage_error(y_true, y_pred)",
    title: "Mean absolute percentage error",
    title_zh: "平均绝对百分比误差",
    help: t(
        "How far a prediction is off on average, as a share of the true value.",
        "预测平均偏离真实值的百分比。",
    ),
    is_percentage: true,
    higher_is_better: false,
    compute: Compute::Regression(mape),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn mape(paired: &Paired<'_>) -> Value {
    // A true value of zero counts as the smallest step of a double, as in scikit-learn: the result is then huge.
    Ok(paired
        .mean_of(|truth, prediction| (truth - prediction).abs() / truth.abs().max(f64::EPSILON)))
}
