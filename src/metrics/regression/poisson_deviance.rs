//! Mean Poisson deviance, for counts.

use pg_base::t;

use super::Paired;
use crate::error::{Absence, Value};
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "mean_poisson_deviance",
    sklearn: "mean_poisson_deviance(y_true, y_pred)",
    title: "Mean Poisson deviance",
    title_zh: "平均泊松偏差",
    help: t(
        "The error of predicted counts, where larger counts may scatter more. Only where no truth is negative and every prediction is positive.",
        "计数预测的误差，允许较大的计数波动更大。仅适用于真实值非负且预测值为正的情况。",
    ),
    is_percentage: false,
    higher_is_better: false,
    compute: Compute::Regression(mean_poisson_deviance),
};

fn mean_poisson_deviance(paired: &Paired<'_>) -> Value {
    if paired.pairs().any(|(truth, prediction)| truth < 0.0 || prediction <= 0.0) {
        return Err(Absence::NotApplicable);
    }
    Ok(paired.mean_of(|truth, prediction| {
        let log = if truth == 0.0 { 0.0 } else { truth * (truth / prediction).ln() };
        2.0 * (log - truth + prediction)
    }))
}
