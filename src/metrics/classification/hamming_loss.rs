//! Hamming loss: the share of rows that are wrong.

use pg_base::t;

use super::scored::Scored;
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(crate) static METRIC: Metric = Metric {
    id: "hamming_loss",
    sklearn: "hamming_loss(y_true, y_pred)",
    title: "Hamming loss",
    title_zh: "汉明损失",
    help: t(
        "The share of rows that the model gets wrong. 0 is perfect.",
        "模型判断错误的行所占的比例。0 为完美。",
    ),
    is_percentage: true,
    higher_is_better: false,
    compute: Compute::Classification(hamming_loss),
};

#[expect(clippy::unnecessary_wraps, reason = "every metric has the same signature")]
fn hamming_loss(scored: &Scored<'_>) -> Value {
    let n_right: u64 = scored.tallies().iter().map(|tally| tally.n_right).sum();
    Ok(1.0 - n_right as f64 / scored.n_rows() as f64)
}
