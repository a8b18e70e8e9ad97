//! F1: the harmonic mean of precision and recall, averaged over the classes.

use pg_base::t;

use super::scored::{Scored, Tally, macro_mean, weighted_mean};
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(crate) static MACRO: Metric = Metric {
    id: "f1_macro",
    sklearn: "f1_score(y_true, y_pred, average='macro', zero_division=0)",
    title: "F1 score (macro)",
    title_zh: "F1 分数（宏平均）",
    help: t(
        "Precision and recall in one number, from 0 to 1; low where either is low. Each class counts the same.",
        "把精确率与召回率合成一个 0 到 1 的数；任一项偏低都会拉低它。每个类别权重相同。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Classification(f1_macro),
};

pub(super) static WEIGHTED: Metric = Metric {
    id: "f1_weighted",
    sklearn: "f1_score(y_true, y_pred, average='weighted', zero_division=0)",
    title: "F1 score (weighted)",
    title_zh: "F1 分数（加权平均）",
    help: t(
        "Precision and recall in one number, from 0 to 1; frequent classes count more.",
        "把精确率与召回率合成一个 0 到 1 的数；常见类别权重更大。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Classification(f1_weighted),
};

fn f1_macro(scored: &Scored<'_>) -> Value {
    macro_mean(scored, Tally::f1)
}

fn f1_weighted(scored: &Scored<'_>) -> Value {
    weighted_mean(scored, Tally::f1)
}
