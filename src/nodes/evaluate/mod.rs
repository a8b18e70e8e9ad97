//! Judging models.

use pg_contract::NodeSpec;

mod cross_validate;
mod evaluate;

pub(crate) use evaluate::{MODEL_IN, REPORT_OUT};

/// Kinds of this stage in palette order.
pub(crate) const ALL: &[&NodeSpec] = &[&evaluate::SPEC, &cross_validate::SPEC];
