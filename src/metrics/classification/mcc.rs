//! Matthews correlation coefficient: the correlation of true and predicted classes, −1 to 1.

use pg_base::t;

use super::scored::Scored;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "mcc",
    sklearn: "matthews_corrcoef(y_true, y_pred)",
    title: "Matthews correlation",
    title_zh: "马修斯相关系数",
    help: t(
        "How closely predictions follow the truth, from −1 to 1; 0 is guessing. Fair even where classes are uneven.",
        "预测与真实值的吻合程度，范围 −1 到 1，0 相当于随机猜测。类别不均衡时依然公平。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Classification(mcc),
};

/// The form for any number of classes (Gorodkin, Computational Biology and Chemistry 28, 2004).
///
/// 0 where all rows are true as, or predicted as, one class.
#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn mcc(scored: &Scored<'_>) -> Value {
    let n_rows = scored.n_rows() as f64;
    let (mut n_right, mut true_by_predicted, mut true_squared, mut predicted_squared) =
        (0.0, 0.0, 0.0, 0.0);
    for tally in scored.tallies() {
        let (n_true, n_predicted) = (tally.n_true as f64, tally.n_predicted as f64);
        n_right += tally.n_right as f64;
        true_by_predicted += n_true * n_predicted;
        true_squared += n_true * n_true;
        predicted_squared += n_predicted * n_predicted;
    }
    let spread = (n_rows * n_rows - true_squared) * (n_rows * n_rows - predicted_squared);
    Ok(if spread == 0.0 { 0.0 } else { (n_right * n_rows - true_by_predicted) / spread.sqrt() })
}
