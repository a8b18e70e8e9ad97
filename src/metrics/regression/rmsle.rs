//! Root mean squared logarithmic error, for targets that span several orders of size.

use pg_base::t;

use super::Paired;
use crate::error::{Absence, Value};
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "rmsle",
    sklearn: "root_mean_squared_log_error(y_true, y_pred)",
    title: "Root mean squared logarithmic error",
    title_zh: "均方根对数误差",
    help: t(
        "Compares sizes by their ratio: twice too large counts the same for small and for large values. Only where nothing is negative.",
        "按比例比较大小：无论数值大小，预测成两倍的代价相同。仅适用于非负数值。",
    ),
    is_percentage: false,
    higher_is_better: false,
    compute: Compute::Regression(rmsle),
};

fn rmsle(paired: &Paired<'_>) -> Value {
    if paired.pairs().any(|(truth, prediction)| truth < 0.0 || prediction < 0.0) {
        return Err(Absence::NotApplicable);
    }
    Ok(paired.mean_of(|truth, prediction| (truth.ln_1p() - prediction.ln_1p()).powi(2)).sqrt())
}
