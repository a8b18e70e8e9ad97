//! Targets, splits and preparation that learns from training rows.

use pg_contract::NodeSpec;

mod clusters;
mod dbscan;
mod flip_images;
mod hierarchical;
mod k_means;
mod min_max;
mod move_images;
mod normalise_images;
mod one_hot;
mod resize_images;
mod set_target;
mod split;
mod standardise;
mod t_sne;
mod tokenise;

/// Kinds of this stage in palette order.
pub(crate) const ALL: &[&NodeSpec] = &[
    &set_target::SPEC,
    &split::SPEC,
    &standardise::SPEC,
    &min_max::SPEC,
    &one_hot::SPEC,
    &k_means::SPEC,
    &dbscan::SPEC,
    &hierarchical::SPEC,
    &t_sne::SPEC,
    &tokenise::SPEC,
    &resize_images::SPEC,
    &normalise_images::SPEC,
    &flip_images::SPEC,
    &move_images::SPEC,
];
