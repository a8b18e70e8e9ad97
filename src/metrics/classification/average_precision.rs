//! Average precision: the precision at each threshold, weighted by the gain in recall.

use pg_base::{say, t};

use super::scored::Scored;
use crate::curves::Ranking;
use crate::error::{Absence, Value, undefined};
use crate::registry::{Compute, Metric};

pub(super) static METRIC: Metric = Metric {
    id: "average_precision",
    sklearn: "average_precision_score(y_true, y_proba, average='macro')",
    title: "Average precision",
    title_zh: "平均精确率",
    help: t(
        "The area under the precision-recall curve, from 0 to 1. Telling where the class of interest is rare.",
        "精确率–召回率曲线下的面积，范围 0 到 1。当关注的类别很少见时尤其有用。",
    ),
    is_percentage: false,
    higher_is_better: true,
    compute: Compute::Classification(average_precision),
};

/// Class 1 of two; with more classes the mean of each class against the rest.
fn average_precision(scored: &Scored<'_>) -> Value {
    if scored.n_classes() < 2 {
        return Err(Absence::NotApplicable);
    }
    let classes = scored.curve_classes();
    let (mut sum, n_classes) = (0.0, classes.len());
    for class in classes {
        match Ranking::new(scored.one_vs_rest(class)).average_precision() {
            Some(precision) => sum += precision,
            None => {
                return undefined(say!(
                    "class number {class} does not occur in the evaluated rows",
                    "被评估的行中没有第 {class} 号类别"
                ));
            }
        }
    }
    Ok(sum / n_classes as f64)
}
