//! Mean absolute error, in units of the target.

use pg_base::t;

use super::Paired;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "mae",
    sklearn: "mean_absolute_error(y_true, y_pred)",
    title: "Mean absolute error",
    title_zh: "平均绝对误差",
    help: t(
        "How far a prediction is off on average, in units of the target.",
        "预测平均偏离多少，以目标单位表示。",
    ),
    is_percentage: false,
    higher_is_better: false,
    compute: Compute::Regression(mae),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn mae(paired: &Paired<'_>) -> Value {
    Ok(paired.mean_of(|truth, prediction| (truth - prediction).abs()))
}
