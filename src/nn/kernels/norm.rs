//! Normalisation by burn: over the features or channels of each row, or over the rows of each feature.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorPrimitive};

/// Scale and shift of every feature, and what keeps the division safe.
#[derive(Clone, Debug)]
pub struct Scaling<B: Backend> {
    /// Scale.
    pub weight: Tensor<B, 1>,
    /// Shift.
    pub bias: Tensor<B, 1>,
    /// Added to the variance.
    pub epsilon: f64,
}

/// What batch normalisation gives.
#[derive(Clone, Debug)]
pub struct BatchNormed<B: Backend> {
    /// `[rows, features, pixels]`.
    pub normed: Tensor<B, 3>,
    /// Mean of every feature over rows and pixels, without gradients.
    pub mean: Tensor<B, 1>,
    /// Its biased variance, without gradients.
    pub variance: Tensor<B, 1>,
}

/// Over the last dimension (Ba, Kiros and Hinton 2016).
pub(super) fn layer_norm<B: Backend, const D: usize>(
    x: Tensor<B, D>,
    scaling: Scaling<B>,
) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(B::layer_norm(
        x.into_primitive().tensor(),
        scaling.weight.into_primitive().tensor(),
        Some(scaling.bias.into_primitive().tensor()),
        scaling.epsilon,
    )))
}

/// Over the last dimension by its root mean square alone (Zhang and Sennrich 2019).
pub(super) fn rms_norm<B: Backend, const D: usize>(
    x: Tensor<B, D>,
    weight: Tensor<B, 1>,
    epsilon: f64,
) -> Tensor<B, D> {
    let mean_square = x.clone().powi_scalar(2).mean_dim(D - 1);
    x.div(mean_square.add_scalar(epsilon).sqrt()).mul(weight.unsqueeze())
}

/// Over the pixels of each group of channels of each row (Wu and He 2018).
pub(super) fn group_norm<B: Backend>(
    x: Tensor<B, 3>,
    n_groups: usize,
    scaling: Scaling<B>,
) -> Tensor<B, 3> {
    let dims @ [n_rows, n_channels, n_pixels] = x.dims();
    let x = x.reshape([n_rows, n_groups, n_channels / n_groups * n_pixels]);
    let centred = x.clone().sub(x.mean_dim(2));
    let variance = centred.clone().powi_scalar(2).mean_dim(2);
    let normed = centred.div(variance.add_scalar(scaling.epsilon).sqrt()).reshape(dims);
    let wide = [1, n_channels, 1];
    normed.mul(scaling.weight.reshape(wide)).add(scaling.bias.reshape(wide))
}

/// Over rows and pixels, with the batch's own statistics (Ioffe and Szegedy 2015).
pub(super) fn batch_norm<B: Backend>(x: Tensor<B, 3>, scaling: Scaling<B>) -> BatchNormed<B> {
    let n_features = x.dims()[1];
    let mean = x.clone().mean_dim(2).mean_dim(0);
    let centred = x.sub(mean.clone());
    let variance = centred.clone().powi_scalar(2).mean_dim(2).mean_dim(0);
    let wide = [1, n_features, 1];
    let scale =
        scaling.weight.reshape(wide).div(variance.clone().add_scalar(scaling.epsilon).sqrt());
    BatchNormed {
        normed: centred.mul(scale).add(scaling.bias.reshape(wide)),
        mean: mean.detach().reshape([n_features]),
        variance: variance.detach().reshape([n_features]),
    }
}

/// The same with the statistics of earlier batches.
pub(super) fn batch_norm_with<B: Backend>(
    x: Tensor<B, 3>,
    scaling: Scaling<B>,
    [mean, variance]: [Tensor<B, 1>; 2],
) -> Tensor<B, 3> {
    let wide = [1, x.dims()[1], 1];
    let scale = scaling.weight.div(variance.add_scalar(scaling.epsilon).sqrt());
    let shift = scaling.bias.sub(mean.mul(scale.clone()));
    x.mul(scale.reshape(wide)).add(shift.reshape(wide))
}
