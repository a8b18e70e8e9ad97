//! Explained variance: as R², but a constant offset of all predictions costs nothing.

use pg_base::t;

use super::Paired;
use crate::epoch::share_explained;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "explained_variance",
    sklearn: "explained_variance_score(y_true, y_pred)",
    title: "Explained variance",
    title_zh: "可解释方差",
    help: t(
        "As R², but a constant offset of all predictions is not held against the model.",
        "与 R² 类似，但不计较所有预测共有的固定偏移。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Regression(explained_variance),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn explained_variance(paired: &Paired<'_>) -> Value {
    let mean_error = paired.mean_of(|truth, prediction| truth - prediction);
    let unexplained = paired.mean_of(|truth, prediction| (truth - prediction - mean_error).powi(2));
    let mean = paired.mean_of(|truth, _| truth);
    Ok(share_explained(unexplained, paired.mean_of(|truth, _| (truth - mean).powi(2))))
}
