//! Jaccard index: of the rows that are or are taken for a class, the share that are both.

use pg_base::t;

use super::scored::{Scored, Tally, macro_mean, weighted_mean};
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(super) static MACRO: Metric = Metric {
    id: "jaccard_macro",
    sklearn: "jaccard_score(y_true, y_pred, average='macro', zero_division=0)",
    title: "Jaccard index (macro)",
    title_zh: "杰卡德系数（宏平均）",
    help: t(
        "Of the rows that belong to a class or are taken for it, the share where both hold. Each class counts the same.",
        "属于某类别或被判为该类别的行中，两者同时成立的比例。每个类别权重相同。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Classification(jaccard_macro),
};

pub(super) static WEIGHTED: Metric = Metric {
    id: "jaccard_weighted",
    sklearn: "jaccard_score(y_true, y_pred, average='weighted', zero_division=0)",
    title: "Jaccard index (weighted)",
    title_zh: "杰卡德系数（加权平均）",
    help: t(
        "Of the rows that belong to a class or are taken for it, the share where both hold. Frequent classes count more.",
        "属于某类别或被判为该类别的行中，两者同时成立的比例。常见类别权重更大。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Classification(jaccard_weighted),
};

fn jaccard_macro(scored: &Scored<'_>) -> Value {
    macro_mean(scored, Tally::jaccard)
}

fn jaccard_weighted(scored: &Scored<'_>) -> Value {
    weighted_mean(scored, Tally::jaccard)
}
