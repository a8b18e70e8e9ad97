//! Median absolute error, in units of the target: half of the rows are at least this close.

use pg_base::t;

use super::Paired;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "median_absolute_error",
    sklearn: "median_absolute_error(y_true, y_pred)",
    title: "Median absolute error",
    title_zh: "绝对误差中位数",
    help: t(
        "Half of the predictions are off by less than this, in units of the target.",
        "一半的预测误差小于此值，以目标单位表示。",
    ),
    is_percentage: false,
    higher_is_better: false,
    compute: Compute::Regression(median_absolute_error),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn median_absolute_error(paired: &Paired<'_>) -> Value {
    let mut errors: Vec<f64> =
        paired.pairs().map(|(truth, prediction)| (truth - prediction).abs()).collect();
    errors.sort_unstable_by(f64::total_cmp);
    let at = |i: usize| errors.get(i).copied().unwrap_or(0.0);
    let (upper, is_odd) = (errors.len() / 2, errors.len() % 2 == 1);
    // Halved before the sum, so that large errors do not overflow.
    Ok(if is_odd { at(upper) } else { at(upper.saturating_sub(1)) / 2.0 + at(upper) / 2.0 })
}
