//! Judging models.

use pg_contract::NodeSpec;

mod anew;
mod answer_of;
mod compare_models;
mod cross_validate;
mod drift;
mod error_slices;
mod evaluate;
mod explain_row;
mod fairness;
mod groups;
mod judge;
mod learning_curve;
mod partial_dependence;
mod permutation_importance;
mod rows;
#[cfg(test)]
mod testing;
mod threshold;

pub(crate) use evaluate::{MODEL_IN, REPORT_OUT};

/// Kinds of this stage in palette order.
pub(crate) const ALL: &[&NodeSpec] = &[
    &evaluate::SPEC,
    &cross_validate::SPEC,
    &compare_models::SPEC,
    &threshold::SPEC,
    &error_slices::SPEC,
    &permutation_importance::SPEC,
    &partial_dependence::SPEC,
    &explain_row::SPEC,
    &fairness::SPEC,
    &drift::SPEC,
    &learning_curve::SPEC,
];
