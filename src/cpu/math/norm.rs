//! Normalisations whose sums run within an example: layer norm, RMS norm and group norm.

mod group;
mod layer;
mod rms;
mod sums;
#[cfg(test)]
pub(super) mod testing;

pub use group::{GroupNorm, GroupNormGradients, GroupNormKept, group_norm, group_norm_backward};
pub use layer::{LayerNorm, LayerNormGradients, LayerNormKept, layer_norm, layer_norm_backward};
pub use rms::{RmsNormGradients, RmsNormKept, rms_norm, rms_norm_backward};

pub(super) use sums::{sum, sums_of_pairs};

use super::SMALL;

/// Parts whose sums make up the gradient of a weight; fixed, so that the threads do not change it.
const N_PARTS: usize = 8;

/// Rows of one part of a pass with sums over rows.
fn rows_per_part(n_rows: usize, width: usize) -> usize {
    if n_rows * width <= SMALL { n_rows.max(1) } else { n_rows.div_ceil(N_PARTS) }
}
