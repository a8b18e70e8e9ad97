//! Brier score: the mean squared distance of the positive class's probability from the truth.

use pg_base::t;

use super::scored::Scored;
use crate::error::{Absence, Value, undefined};
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "brier",
    sklearn: "brier_score_loss(y_true, y_proba[:, 1])",
    title: "Brier score",
    title_zh: "Brier 分数",
    help: t(
        "How far the probabilities lie from what happened. 0 is perfect; lower is better.",
        "预测概率与实际结果的差距。0 为完美，越低越好。",
    ),
    is_percentage: false,
    higher_is_better: false,
    compute: Compute::Classification(brier),
};

/// Two classes only; class 1 is the positive one (Brier, Monthly Weather Review 78, 1950).
fn brier(scored: &Scored<'_>) -> Value {
    if scored.n_classes() != 2 {
        return Err(Absence::NotApplicable);
    }
    if !scored.has_probabilities() {
        return undefined(t(
            "some predictions lie outside of 0 to 1, so they are not probabilities",
            "部分预测值不在 0 到 1 之间，因此不是概率",
        ));
    }
    let squared =
        |(p, is_positive): (f32, bool)| (f64::from(p) - f64::from(u8::from(is_positive))).powi(2);
    Ok(scored.one_vs_rest(1).map(squared).sum::<f64>() / scored.n_rows() as f64)
}
