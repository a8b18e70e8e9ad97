//! Symmetric mean absolute percentage error, 0 to 2.

use pg_base::t;

use super::Paired;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "smape",
    sklearn: "np.mean(2 * np.abs(y_pred - y_true) / (np.abs(y_true) + np.abs(y_pred)))",
    title: "Symmetric mean absolute percentage error",
    title_zh: "对称平均绝对百分比误差",
    help: t(
        "How far a prediction is off on average, as a share of the mean of truth and prediction: true values near zero \
         do not blow it up. 200 % at most.",
        "预测偏差占真实值与预测值均值的比例；真实值接近零时也不会失真。最大为 200%。",
    ),
    is_percentage: true,
    higher_is_better: false,
    compute: Compute::Regression(smape),
};

/// A pair of zeros is a perfect prediction.
#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn smape(paired: &Paired<'_>) -> Value {
    Ok(paired.mean_of(|truth, prediction| {
        let size = truth.abs() + prediction.abs();
        if size == 0.0 { 0.0 } else { 2.0 * (prediction - truth).abs() / size }
    }))
}
