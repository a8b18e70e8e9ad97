//! Cleaning.

use pg_contract::NodeSpec;

mod clip_outliers;
mod fill_missing;
mod remove_duplicates;
mod select_columns;

/// Kinds of this stage in palette order.
pub(crate) const ALL: &[&NodeSpec] =
    &[&fill_missing::SPEC, &remove_duplicates::SPEC, &clip_outliers::SPEC, &select_columns::SPEC];
