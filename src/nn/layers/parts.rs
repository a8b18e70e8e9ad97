//! What several layers are made of: a linear map and layer normalisation.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::Init;
use crate::kernels::{Curve, Kernels, Scaling};
use crate::value::AnyRank;

/// `x · weight + bias` over the last dimension; the weight is `[in, out]`.
#[derive(Module, Debug)]
pub struct Linear<B: Backend> {
    pub(super) weight: Param<Tensor<B, 2>>,
    pub(super) bias: Option<Param<Tensor<B, 1>>>,
}

impl<B: Backend> Linear<B> {
    /// Weight and bias uniform in ±1/√`n_in`, PyTorch's default.
    /// `part` is the field that holds it, with a dot, or nothing.
    pub(super) fn new(
        part: &str,
        n_in: usize,
        n_out: usize,
        has_bias: bool,
        init: &Init<'_, B>,
    ) -> Self {
        let bound = 1.0 / (n_in as f64).sqrt();
        let weight = init.uniform(&format!("{part}weight"), [n_in, n_out], bound);
        let bias = has_bias.then(|| init.uniform(&format!("{part}bias"), [n_out], bound));
        Self { weight, bias }
    }

    /// Weight uniform in ±`bound`, bias 0.
    pub(super) fn bounded(
        part: &str,
        n_in: usize,
        n_out: usize,
        bound: f64,
        init: &Init<'_, B>,
    ) -> Self {
        let weight = init.uniform(&format!("{part}weight"), [n_in, n_out], bound);
        Self { weight, bias: Some(init.constant([n_out], 0.0)) }
    }

    /// `[rows, in]` → `[rows, out]`, then the curve.
    pub(super) fn forward<K: Kernels<B>>(
        &self,
        x: Tensor<B, 2>,
        curve: Option<Curve>,
    ) -> Tensor<B, 2> {
        K::linear(x, self.weight.val(), self.bias.as_ref().map(Param::val), curve)
    }

    /// `[rows, length, in]` → `[rows, length, out]`, as one matrix product, then the curve.
    pub(super) fn forward_sequence<K: Kernels<B>>(
        &self,
        x: Tensor<B, 3>,
        curve: Option<Curve>,
    ) -> Tensor<B, 3> {
        let [n_rows, length, n_in] = x.dims();
        let y = self.forward::<K>(x.reshape([n_rows * length, n_in]), curve);
        let n_out = y.dims()[1];
        y.reshape([n_rows, length, n_out])
    }
}

/// Layer normalisation over the last dimension (Ba, Kiros and Hinton 2016).
#[derive(Module, Debug)]
pub struct Norm<B: Backend> {
    pub(super) weight: Param<Tensor<B, 1>>,
    pub(super) bias: Param<Tensor<B, 1>>,
    epsilon: f64,
}

impl<B: Backend> Norm<B> {
    /// Weight 1, bias 0.
    pub(super) fn new(width: usize, epsilon: f64, init: &Init<'_, B>) -> Self {
        Self { weight: init.constant([width], 1.0), bias: init.constant([width], 0.0), epsilon }
    }
}

impl<B: Backend> AnyRank<B> for Norm<B> {
    fn on<K: Kernels<B>, const D: usize>(&self, tensor: Tensor<B, D>) -> Tensor<B, D> {
        let (weight, bias) = (self.weight.val(), self.bias.val());
        K::layer_norm(tensor, Scaling { weight, bias, epsilon: self.epsilon })
    }
}
