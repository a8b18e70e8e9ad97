//! Dropout by burn's own generator.

use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, Tensor};

pub(super) fn dropout<B: Backend, const D: usize>(x: Tensor<B, D>, rate: f64) -> Tensor<B, D> {
    if rate == 0.0 || !B::ad_enabled(&x.device()) {
        return x;
    }
    let keep = 1.0 - rate;
    let mask = x.random_like(Distribution::Bernoulli(keep)).mul_scalar(1.0 / keep);
    x.mul(mask)
}
