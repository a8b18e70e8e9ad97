//! Training.

use pg_contract::NodeSpec;

pub(crate) mod estimate;
mod learning_rate_finder;
mod search;
pub(crate) mod settings;
mod target;
mod train;
pub(crate) mod work;

/// Kinds of this stage in palette order.
pub(crate) const ALL: &[&NodeSpec] = &[&train::SPEC, &learning_rate_finder::SPEC, &search::SPEC];
