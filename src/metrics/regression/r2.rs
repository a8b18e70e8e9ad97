//! Coefficient of determination R²: the share of the target's variance that the predictions explain.

use pg_base::t;

use super::Paired;
use crate::epoch::share_explained;
use crate::error::{Value, undefined};
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "r2",
    sklearn: "r2_score(y_true, y_pred)",
    title: "R²",
    title_zh: "决定系数 R²",
    help: t(
        "How much of the ups and downs of the target the model explains: 1 is perfect, 0 is no better than the mean, below 0 is worse.",
        "模型解释了目标变化的多大部分：1 为完美，0 相当于总是回答均值，低于 0 则更差。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Regression(r2),
};

fn r2(paired: &Paired<'_>) -> Value {
    if paired.n_rows() < 2 {
        return undefined(t(
            "the variance of the target needs at least two rows",
            "计算目标的方差至少需要两行",
        ));
    }
    let mean = paired.mean_of(|truth, _| truth);
    let total = paired.mean_of(|truth, _| (truth - mean).powi(2));
    Ok(share_explained(paired.mean_of(|truth, prediction| (truth - prediction).powi(2)), total))
}
