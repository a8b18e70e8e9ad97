//! Using models.

use pg_contract::NodeSpec;

mod bundle;
pub(crate) mod predict;

/// Kinds of this stage in palette order.
pub(crate) const ALL: &[&NodeSpec] = &[&predict::SPEC, &bundle::SPEC];
