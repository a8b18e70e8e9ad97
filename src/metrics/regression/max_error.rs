//! Largest absolute error, in units of the target.

use pg_base::t;

use super::Paired;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "max_error",
    sklearn: "max_error(y_true, y_pred)",
    title: "Largest error",
    title_zh: "最大误差",
    help: t(
        "The error of the worst prediction, in units of the target.",
        "最差一次预测的误差，以目标单位表示。",
    ),
    is_percentage: false,
    higher_is_better: false,
    compute: Compute::Regression(max_error),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn max_error(paired: &Paired<'_>) -> Value {
    Ok(paired.pairs().map(|(truth, prediction)| (truth - prediction).abs()).fold(0.0, f64::max))
}
