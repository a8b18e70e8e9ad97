//! Targets, splits and preparation that learns from training rows.

use pg_contract::NodeSpec;

mod balance_classes;
mod bin;
mod category_codes;
mod clip;
mod clusters;
mod dbscan;
mod doubts;
mod flip_images;
mod frequency_encode;
mod hash_encode;
mod hierarchical;
mod k_means;
mod leaks;
mod min_max;
mod move_images;
mod normalise_images;
mod one_hot;
mod ordinal_encode;
mod pca;
mod piecewise;
mod polynomial;
mod reshape;
mod resize_images;
mod scale;
mod select_best;
pub(crate) mod set_target;
pub(crate) mod split;
mod standardise;
mod t_sne;
mod target_encode;
mod tokenise;
mod transform_target;

/// Kinds of this stage in palette order.
pub(crate) const ALL: &[&NodeSpec] = &[
    &set_target::SPEC,
    &split::SPEC,
    &standardise::SPEC,
    &min_max::SPEC,
    &scale::SPEC,
    &reshape::SPEC,
    &clip::SPEC,
    &bin::SPEC,
    &one_hot::SPEC,
    &category_codes::SPEC,
    &ordinal_encode::SPEC,
    &frequency_encode::SPEC,
    &target_encode::SPEC,
    &hash_encode::SPEC,
    &piecewise::SPEC,
    &polynomial::SPEC,
    &pca::SPEC,
    &select_best::SPEC,
    &balance_classes::SPEC,
    &transform_target::SPEC,
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

/// What a person listed, separated by commas.
fn listed(text: &str) -> Vec<String> {
    let parts = text.split([',', '，', '、']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
