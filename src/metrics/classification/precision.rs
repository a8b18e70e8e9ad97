//! Precision: the share of the rows predicted as a class that belong to it, averaged over the classes.

use pg_base::t;

use super::scored::{Scored, Tally, macro_mean, weighted_mean};
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(crate) static MACRO: Metric = Metric {
    id: "precision_macro",
    sklearn: "precision_score(y_true, y_pred, average='macro', zero_division=0)",
    title: "Precision (macro)",
    title_zh: "精确率（宏平均）",
    help: t(
        "When the model names a class, how often it is right; each class counts the same.",
        "当模型给出某个类别时，有多大比例是对的；每个类别权重相同。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Classification(precision_macro),
};

pub(super) static WEIGHTED: Metric = Metric {
    id: "precision_weighted",
    sklearn: "precision_score(y_true, y_pred, average='weighted', zero_division=0)",
    title: "Precision (weighted)",
    title_zh: "精确率（加权平均）",
    help: t(
        "When the model names a class, how often it is right; frequent classes count more.",
        "当模型给出某个类别时，有多大比例是对的；常见类别权重更大。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Classification(precision_weighted),
};

fn precision_macro(scored: &Scored<'_>) -> Value {
    macro_mean(scored, Tally::precision)
}

fn precision_weighted(scored: &Scored<'_>) -> Value {
    weighted_mean(scored, Tally::precision)
}
