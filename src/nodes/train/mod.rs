//! Training.

use pg_contract::NodeSpec;

pub(crate) mod estimate;
pub(crate) mod settings;
mod train;
pub(crate) mod work;

/// Kinds of this stage in palette order.
pub(crate) const ALL: &[&NodeSpec] = &[&train::SPEC];
