//! Cleaning.

use pg_contract::NodeSpec;

mod clean_text;
mod clip_outliers;
pub(crate) mod convert_type;
mod drop_constant;
mod drop_correlated;
mod fill_missing;
mod filter_rows;
mod hide_personal;
mod map_values;
mod merge_rare;
mod parse_dates;
mod remove_duplicates;
mod sample_rows;
pub(crate) mod select_columns;
mod sort_rows;

/// Kinds of this stage in palette order.
pub(crate) const ALL: &[&NodeSpec] = &[
    &fill_missing::SPEC,
    &clip_outliers::SPEC,
    &clean_text::SPEC,
    &map_values::SPEC,
    &merge_rare::SPEC,
    &convert_type::SPEC,
    &parse_dates::SPEC,
    &select_columns::SPEC,
    &drop_constant::SPEC,
    &drop_correlated::SPEC,
    &filter_rows::SPEC,
    &sort_rows::SPEC,
    &remove_duplicates::SPEC,
    &sample_rows::SPEC,
    &hide_personal::SPEC,
];
