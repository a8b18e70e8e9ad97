//! Coefficient of determination R²: the share of the target's variance that the predictions explain.

use super::Paired;
use crate::epoch::share_explained;
use crate::error::{Value, undefined};
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "r2",
    sklearn: "r2_score(y_true, y_pred)",
    title: "R²",
    title_zh: "决定系数 R²",
    higher_is_better: true,
    compute: Compute::Regression(r2),
};

fn r2(paired: &Paired<'_>) -> Value {
    if paired.n_rows() < 2 {
        return undefined("the variance of the target needs at least two rows");
    }
    let mean = paired.mean_of(|truth, _| truth);
    let total = paired.mean_of(|truth, _| (truth - mean).powi(2));
    Ok(share_explained(paired.mean_of(|truth, prediction| (truth - prediction).powi(2)), total))
}
