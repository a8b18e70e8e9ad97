//! Mean squared error, in squared units of the target.

use pg_base::t;

use super::Paired;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "mse",
    sklearn: "mean_squared_error(y_true, y_pred)",
    title: "Mean squared error",
    title_zh: "均方误差",
    help: t(
        "The mean of the squared errors, in squared units of the target.",
        "误差平方的平均值，单位为目标单位的平方。",
    ),
    is_percentage: false,
    higher_is_better: false,
    compute: Compute::Regression(mse),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn mse(paired: &Paired<'_>) -> Value {
    Ok(paired.mean_of(|truth, prediction| (truth - prediction).powi(2)))
}
