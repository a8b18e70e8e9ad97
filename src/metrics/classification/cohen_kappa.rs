//! Cohen's kappa: agreement of true and predicted classes beyond what chance gives.

use pg_base::t;

use super::scored::Scored;
use crate::error::{Value, undefined};
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "cohen_kappa",
    sklearn: "cohen_kappa_score(y_true, y_pred)",
    title: "Cohen's kappa",
    title_zh: "科恩 kappa 系数",
    help: t(
        "Agreement with the truth beyond what chance would give: 0 is chance, 1 is perfect.",
        "扣除偶然一致之后与真实值的一致程度：0 相当于偶然，1 为完全一致。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Classification(cohen_kappa),
};

/// Cohen, Educational and Psychological Measurement 20, 1960.
fn cohen_kappa(scored: &Scored<'_>) -> Value {
    let n_rows = scored.n_rows() as f64;
    let n_wrong = n_rows - scored.tallies().iter().map(|tally| tally.n_right as f64).sum::<f64>();
    let agree_by_chance: f64 =
        scored.tallies().iter().map(|tally| tally.n_true as f64 * tally.n_predicted as f64).sum();
    let wrong_by_chance = n_rows - agree_by_chance / n_rows;
    if wrong_by_chance == 0.0 {
        return undefined(t(
            "one single class is both the truth and the prediction of every row",
            "每一行的真实值和预测值都是同一个类别",
        ));
    }
    Ok(1.0 - n_wrong / wrong_by_chance)
}
