//! Top-k accuracy: the share of rows whose true class is among the k most probable ones.

use pg_base::t;

use super::scored::Scored;
use crate::error::{Absence, Value};
use crate::registry::{Compute, Metric};

pub(super) static TOP_2: Metric = Metric {
    id: "top_k_accuracy",
    sklearn: "top_k_accuracy_score(y_true, y_proba, k=2)",
    title: "Top-2 accuracy",
    title_zh: "前 2 准确率",
    help: t(
        "The share of rows whose true class is among the model's two best guesses.",
        "真实类别落在模型前两个猜测之中的比例。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Classification(|scored| top_k_accuracy(scored, 2)),
};

pub(super) static TOP_5: Metric = Metric {
    id: "top_5_accuracy",
    sklearn: "top_k_accuracy_score(y_true, y_proba, k=5)",
    title: "Top-5 accuracy",
    title_zh: "前 5 准确率",
    help: t(
        "The share of rows whose true class is among the model's five best guesses.",
        "真实类别落在模型前五个猜测之中的比例。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Classification(|scored| top_k_accuracy(scored, 5)),
};

/// For more than `k` classes; with k or fewer it would always be 1.
///
/// Of equal probabilities the class with the higher number ranks first, as in scikit-learn.
pub fn top_k_accuracy(scored: &Scored<'_>, k: usize) -> Value {
    if scored.n_classes() <= k {
        return Err(Absence::NotApplicable);
    }
    let is_hit = |(truth, row): &(usize, &[f32])| {
        let own = row.get(*truth).copied().unwrap_or(0.0);
        let ranks_above = |(class, &p): (usize, &f32)| p > own || (p == own && class > *truth);
        row.iter().enumerate().filter(|&pair| ranks_above(pair)).count() < k
    };
    Ok(scored.rows().filter(is_hit).count() as f64 / scored.n_rows() as f64)
}
