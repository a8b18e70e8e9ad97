//! The averages that only several labels have: over all labels of all rows (micro), and row by row (samples).

use pg_base::t;

use crate::registry::{Compute, Metric};

pub(super) static F1_MICRO: Metric = Metric {
    id: "f1_micro",
    sklearn: "f1_score(y_true, y_pred, average='micro', zero_division=0)",
    title: "F1 score (micro)",
    title_zh: "F1 分数（微平均）",
    help: t(
        "Precision and recall of all labels of all rows together in one number, from 0 to 1.",
        "把所有行的所有标签合在一起，精确率与召回率合成一个 0 到 1 的数。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Labels,
};

pub(super) static F1_SAMPLES: Metric = Metric {
    id: "f1_samples",
    sklearn: "f1_score(y_true, y_pred, average='samples', zero_division=0)",
    title: "F1 score (samples)",
    title_zh: "F1 分数（按行平均）",
    help: t(
        "How well the labels of a row fit, from 0 to 1, averaged over the rows.",
        "每行的标签符合程度（0 到 1），再对各行取平均。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Labels,
};

pub(super) static PRECISION_MICRO: Metric = Metric {
    id: "precision_micro",
    sklearn: "precision_score(y_true, y_pred, average='micro', zero_division=0)",
    title: "Precision (micro)",
    title_zh: "精确率（微平均）",
    help: t(
        "Of all labels that the model gives, the share that is right.",
        "在模型给出的所有标签中，正确的比例。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Labels,
};

pub(super) static PRECISION_SAMPLES: Metric = Metric {
    id: "precision_samples",
    sklearn: "precision_score(y_true, y_pred, average='samples', zero_division=0)",
    title: "Precision (samples)",
    title_zh: "精确率（按行平均）",
    help: t(
        "Of the labels that the model gives a row, the share that is right, averaged over the rows.",
        "在模型为一行给出的标签中，正确的比例，再对各行取平均。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Labels,
};

pub(super) static RECALL_MICRO: Metric = Metric {
    id: "recall_micro",
    sklearn: "recall_score(y_true, y_pred, average='micro', zero_division=0)",
    title: "Recall (micro)",
    title_zh: "召回率（微平均）",
    help: t(
        "Of all labels that the rows have, the share that the model finds.",
        "在各行真实具有的所有标签中，模型找出的比例。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Labels,
};

pub(super) static RECALL_SAMPLES: Metric = Metric {
    id: "recall_samples",
    sklearn: "recall_score(y_true, y_pred, average='samples', zero_division=0)",
    title: "Recall (samples)",
    title_zh: "召回率（按行平均）",
    help: t(
        "Of the labels that a row has, the share that the model finds, averaged over the rows.",
        "在一行真实具有的标签中，模型找出的比例，再对各行取平均。",
    ),
    is_percentage: true,
    higher_is_better: true,
    compute: Compute::Labels,
};
