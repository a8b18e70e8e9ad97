//! Concatenation.

use burn_flex::FlexTensor;

use crate::math::join::{Part, join};
use crate::op::{contiguous, filled, is_f32, numbers, of_shape};

/// The tensors one after the other along a dimension; none where one is not of the type `f32`.
pub(super) fn joined(tensors: Vec<FlexTensor>, dim: usize) -> Option<FlexTensor> {
    if !tensors.iter().all(is_f32) {
        return None;
    }
    let tensors: Vec<_> = tensors.into_iter().map(contiguous).collect();
    let mut shape = tensors.first()?.layout().shape().clone();
    shape[dim] = tensors.iter().map(|tensor| tensor.layout().shape()[dim]).sum();
    let parts: Vec<_> = tensors
        .iter()
        .map(|tensor| {
            let width = tensor.layout().shape().iter().skip(dim).product();
            Part { rows: numbers(tensor), width }
        })
        .collect();
    let mut y = filled(shape.num_elements());
    join(&parts, &mut y);
    Some(of_shape(y, shape))
}
