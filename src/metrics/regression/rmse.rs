//! Root mean squared error, in units of the target.

use pg_base::t;

use super::Paired;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "rmse",
    sklearn: "root_mean_squared_error(y_true, y_pred)",
    title: "Root mean squared error",
    title_zh: "均方根误差",
    help: t(
        "The typical error in units of the target; large errors weigh more.",
        "以目标单位表示的典型误差；较大的误差权重更高。",
    ),
    is_percentage: false,
    higher_is_better: false,
    compute: Compute::Regression(rmse),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn rmse(paired: &Paired<'_>) -> Value {
    Ok(paired.mean_of(|truth, prediction| (truth - prediction).powi(2)).sqrt())
}
