//! F-beta: precision and recall in one number where one of them matters more.

use pg_base::t;

use super::scored::{Scored, Tally, macro_mean};
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static HALF: Metric = Metric {
    id: "f05_macro",
    sklearn: "fbeta_score(y_true, y_pred, beta=0.5, average='macro', zero_division=0)",
    title: "F0.5 score (macro)",
    title_zh: "F0.5 分数（宏平均）",
    help: t(
        "Precision and recall in one number where precision matters more: false alarms are worse than misses.",
        "精确率与召回率的综合，更看重精确率：误报比漏报更糟时使用。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Classification(f_half),
};

pub(super) static TWO: Metric = Metric {
    id: "f2_macro",
    sklearn: "fbeta_score(y_true, y_pred, beta=2, average='macro', zero_division=0)",
    title: "F2 score (macro)",
    title_zh: "F2 分数（宏平均）",
    help: t(
        "Precision and recall in one number where recall matters more: misses are worse than false alarms.",
        "精确率与召回率的综合，更看重召回率：漏报比误报更糟时使用。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Classification(f_two),
};

fn f_half(scored: &Scored<'_>) -> Value {
    macro_mean(scored, |tally: Tally| tally.f_beta(0.5))
}

fn f_two(scored: &Scored<'_>) -> Value {
    macro_mean(scored, |tally: Tally| tally.f_beta(2.0))
}
