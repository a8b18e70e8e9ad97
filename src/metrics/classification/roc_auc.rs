//! Area under the ROC curve: how often a row of a class is ranked above a row of another.

use pg_base::{say, t};

use super::scored::Scored;
use crate::curves::Ranking;
use crate::error::{Absence, Value, undefined};
use crate::registry::{Compute, Metric};

pub(super) static MACRO: Metric = Metric {
    id: "roc_auc",
    sklearn: "roc_auc_score(y_true, y_proba, multi_class='ovr', average='macro')",
    title: "Area under ROC curve",
    title_zh: "ROC 曲线下面积",
    help: t(
        "How well the model puts rows of a class above the others: 0.5 is guessing, 1 is perfect.",
        "模型把属于某个类别的行排在其他行之前的能力：0.5 相当于随机猜测，1 为完美。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Classification(roc_auc_macro),
};

pub(super) static WEIGHTED: Metric = Metric {
    id: "roc_auc_weighted",
    sklearn: "roc_auc_score(y_true, y_proba, multi_class='ovr', average='weighted')",
    title: "Area under ROC curve (weighted)",
    title_zh: "ROC 曲线下面积（加权平均）",
    help: t(
        "How well the model puts rows of a class above the others, where frequent classes count more.",
        "模型把属于某个类别的行排在其他行之前的能力；常见类别权重更大。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Classification(roc_auc_weighted),
};

fn roc_auc_macro(scored: &Scored<'_>) -> Value {
    roc_auc(scored, |_| 1.0)
}

/// The same as the macro mean for two classes, so only for more.
fn roc_auc_weighted(scored: &Scored<'_>) -> Value {
    if scored.n_classes() == 2 {
        return Err(Absence::NotApplicable);
    }
    let n_true = |class: usize| scored.tallies().get(class).map_or(0, |tally| tally.n_true);
    // Where it is undefined, the note on the macro mean says why.
    roc_auc(scored, |class| n_true(class) as f64).map_err(|_| Absence::NotApplicable)
}

/// Class 1 of two; with more classes the mean of each class against the rest.
fn roc_auc(scored: &Scored<'_>, weight: impl Fn(usize) -> f64) -> Value {
    let classes = scored.curve_classes();
    if scored.tallies().iter().filter(|tally| tally.n_true > 0).count() < 2 {
        return undefined(t(
            "the evaluated rows hold one class only, so nothing can be ranked against it",
            "被评估的行只含一个类别，无法与其他类别比较排序",
        ));
    }
    let (mut sum, mut weights) = (0.0, 0.0);
    for class in classes {
        match Ranking::new(scored.one_vs_rest(class)).roc_auc() {
            Some(area) => {
                sum += weight(class) * area;
                weights += weight(class);
            }
            None => {
                return undefined(say!(
                    "class number {class} does not occur in the evaluated rows",
                    "被评估的行中没有第 {class} 号类别"
                ));
            }
        }
    }
    Ok(sum / weights)
}
