//! Recall: the share of the rows of a class that are predicted as it, averaged over the classes.

use pg_base::t;

use super::scored::{Scored, Tally, macro_mean, weighted_mean};
use crate::error::Value;
use crate::registry::{Compute, Metric};

pub(crate) static MACRO: Metric = Metric {
    id: "recall_macro",
    sklearn: "recall_score(y_true, y_pred, average='macro', zero_division=0)",
    title: "Recall (macro)",
    title_zh: "召回率（宏平均）",
    help: t(
        "Of the rows of a class, the share that the model finds; each class counts the same.",
        "在某个类别的所有行中，模型找出的比例；每个类别权重相同。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Classification(recall_macro),
};

pub(super) static WEIGHTED: Metric = Metric {
    id: "recall_weighted",
    sklearn: "recall_score(y_true, y_pred, average='weighted', zero_division=0)",
    title: "Recall (weighted)",
    title_zh: "召回率（加权平均）",
    help: t(
        "Of the rows of a class, the share that the model finds; frequent classes count more.",
        "在某个类别的所有行中，模型找出的比例；常见类别权重更大。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Classification(recall_weighted),
};

fn recall_macro(scored: &Scored<'_>) -> Value {
    macro_mean(scored, Tally::recall)
}

fn recall_weighted(scored: &Scored<'_>) -> Value {
    weighted_mean(scored, Tally::recall)
}
