//! Steps of a network that a device may do faster than burn; every default calls burn.

use std::ops::Range;

use burn::tensor::backend::Backend;
use burn::tensor::ops::{ConvTransposeOptions, FloatTensor, PaddedConvOptions};
use burn::tensor::{ElementConversion, Int, Tensor, TensorPrimitive, module};

mod attention;
pub mod chance;
mod curve;
mod dropout;
mod loss;
mod norm;
mod optimizer;
mod recurrent;

pub use attention::{Attending, FILL};
pub use curve::Curve;
pub(crate) use loss::log_right;
pub use norm::{BatchNormed, Scaling};
pub use optimizer::{AdaGradStep, AdamStep, Moved, RmsPropState, RmsPropStep, SgdStep};
pub use recurrent::{Cell, Recurrence};

/// The faster steps of one family of devices for the backend `B`.
///
/// A type of the device's crate implements it: `CpuKernels` for `Flex` and for `Autodiff<Flex>` alike, so that
/// predictions gain what training gains. (It is no supertrait on the backend, because a crate may not implement a
/// foreign trait for a foreign type.) Whatever is not overridden goes through burn; [`BurnKernels`] overrides nothing,
/// works on every backend and is the reference for tests.
///
/// An override must give the same numbers up to rounding and must fall back to burn for what it does not cover.
/// A step that is not here needs only `B: Backend` and no method.
pub trait Kernels<B: Backend>: std::fmt::Debug + Send + Sync + 'static {
    /// Steps after which losses are read back. Reading waits for the device: nothing on a CPU, a stall on a GPU.
    const STEPS_PER_READ: usize = 1;

    /// Does the work of a whole step where its parts run: handing over one step costs less than each of its parts.
    fn hosted<R: Send>(work: impl FnOnce() -> R + Send) -> R {
        work()
    }

    /// Does the work of a prediction for all rows, in as many parts as pay; the results in the order of the rows.
    fn by_rows<R: Send>(n_rows: usize, work: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
        vec![work(0..n_rows)]
    }

    /// `x · weight + bias`, then the curve: `[rows, in]` → `[rows, out]` with a weight `[in, out]`.
    fn linear(
        x: Tensor<B, 2>,
        weight: Tensor<B, 2>,
        bias: Option<Tensor<B, 1>>,
        curve: Option<Curve>,
    ) -> Tensor<B, 2> {
        curved::<B, Self, 2>(module::linear(x, weight, bias), curve)
    }

    /// Convolution of `[rows, channels, height, width]`, then the curve.
    fn conv2d(
        x: Tensor<B, 4>,
        weight: Tensor<B, 4>,
        bias: Option<Tensor<B, 1>>,
        options: PaddedConvOptions<2>,
        curve: Option<Curve>,
    ) -> Tensor<B, 4> {
        curved::<B, Self, 4>(module::conv2d(x, weight, bias, options), curve)
    }

    /// Transposed convolution of `[rows, channels, height, width]`: spreads each pixel over a window of the larger
    /// picture; the weight is `[channels, filters / groups, height, width]`.
    fn conv_transpose2d(
        x: Tensor<B, 4>,
        weight: Tensor<B, 4>,
        bias: Option<Tensor<B, 1>>,
        options: ConvTransposeOptions<2>,
    ) -> Tensor<B, 4> {
        module::conv_transpose2d(x, weight, bias, options)
    }

    /// The largest number under each window of a picture, then the curve.
    fn max_pool2d(x: Tensor<B, 4>, window: Pooling, curve: Option<Curve>) -> Tensor<B, 4> {
        let Pooling { kernel, stride, padding, dilation } = window;
        let largest = module::max_pool2d(x, kernel, stride, padding, dilation, false);
        curved::<B, Self, 4>(largest, curve)
    }

    /// The mean under each window of a picture; `counts_padding` takes the border as zeros.
    fn avg_pool2d(x: Tensor<B, 4>, window: Pooling, counts_padding: bool) -> Tensor<B, 4> {
        let Pooling { kernel, stride, padding, .. } = window;
        module::avg_pool2d(x, kernel, stride, padding, counts_padding, false)
    }

    /// The mean of each channel of a picture.
    fn global_average(x: Tensor<B, 4>) -> Tensor<B, 2> {
        x.flatten::<3>(2, 3).mean_dim(2).squeeze_dim(2)
    }

    /// Tensors one after the other along a dimension, alike in the others.
    fn concatenate<const D: usize>(parts: Vec<Tensor<B, D>>, dim: usize) -> Tensor<B, D> {
        Tensor::cat(parts, dim)
    }

    /// The sum of two tensors of one shape, then the curve.
    fn add<const D: usize>(
        x: Tensor<B, D>,
        other: Tensor<B, D>,
        curve: Option<Curve>,
    ) -> Tensor<B, D> {
        curved::<B, Self, D>(x.add(other), curve)
    }

    /// A curve applied to every number.
    fn curve<const D: usize>(x: Tensor<B, D>, curve: Curve) -> Tensor<B, D> {
        curve.on(x)
    }

    /// Zeroes numbers at random while training and scales the others up (Srivastava et al. 2014); passes them on when
    /// predicting. A rate of 0 draws no random numbers.
    fn dropout<const D: usize>(x: Tensor<B, D>, rate: f64) -> Tensor<B, D> {
        dropout::dropout(x, rate)
    }

    /// Layer normalisation over the last dimension.
    fn layer_norm<const D: usize>(x: Tensor<B, D>, scaling: Scaling<B>) -> Tensor<B, D> {
        norm::layer_norm(x, scaling)
    }

    /// Normalisation by the root mean square over the last dimension.
    fn rms_norm<const D: usize>(
        x: Tensor<B, D>,
        weight: Tensor<B, 1>,
        epsilon: f64,
    ) -> Tensor<B, D> {
        norm::rms_norm(x, weight, epsilon)
    }

    /// Normalisation of each of `n_groups` groups of channels of `[rows, channels, pixels]`.
    fn group_norm(x: Tensor<B, 3>, n_groups: usize, scaling: Scaling<B>) -> Tensor<B, 3> {
        norm::group_norm(x, n_groups, scaling)
    }

    /// Batch normalisation of `[rows, features, pixels]` with the batch's own statistics, then the curve.
    fn batch_norm(x: Tensor<B, 3>, scaling: Scaling<B>, curve: Option<Curve>) -> BatchNormed<B> {
        let found = norm::batch_norm(x, scaling);
        BatchNormed { normed: curved::<B, Self, 3>(found.normed, curve), ..found }
    }

    /// Batch normalisation with the mean and the variance of earlier batches, then the curve.
    fn batch_norm_with(
        x: Tensor<B, 3>,
        scaling: Scaling<B>,
        statistics: [Tensor<B, 1>; 2],
        curve: Option<Curve>,
    ) -> Tensor<B, 3> {
        curved::<B, Self, 3>(norm::batch_norm_with(x, scaling, statistics), curve)
    }

    /// Attention of queries `[rows, queries, width]` on keys and values `[rows, keys, width]`.
    fn attention(inputs: [Tensor<B, 3>; 3], how: &Attending<B>) -> Tensor<B, 3>
    where
        Self: Sized,
    {
        attention::attend::<B, Self>(inputs, how)
    }

    /// A row of the table `[vocabulary, width]` for each id `[rows, length]`; id 0 is padding, gives zeros and learns
    /// nothing, as with PyTorch's `padding_idx`.
    fn embedding(table: Tensor<B, 2>, ids: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        let is_padding = ids.clone().equal_elem(0).unsqueeze_dim::<3>(2);
        let rows = module::embedding(table, ids);
        let dims = rows.dims();
        rows.mask_fill(is_padding.expand(dims), 0.0)
    }

    /// A recurrent layer over `[rows, length, in]` → `[rows, length, hidden]`.
    fn recurrent(x: Tensor<B, 3>, layer: &Recurrence<B>) -> Tensor<B, 3> {
        recurrent::run(x, layer)
    }

    /// Mean cross-entropy `[1]` of logits `[rows, classes]`, as `torch.nn.functional.cross_entropy` weighs and smooths it;
    /// no class weights count all alike.
    fn cross_entropy(
        logits: Tensor<B, 2>,
        classes: Tensor<B, 1, Int>,
        class_weights: &[f32],
        smoothing: f64,
    ) -> Tensor<B, 1> {
        loss::cross_entropy(logits, classes, class_weights, smoothing)
    }

    /// Mean binary cross-entropy `[1]` of logits and answers between 0 and 1, both `[rows, units]`; with a weight per
    /// answer the weighted sum over the sum of the weights.
    fn binary_cross_entropy(
        logits: Tensor<B, 2>,
        yes: Tensor<B, 2>,
        weights: Option<Tensor<B, 2>>,
    ) -> Tensor<B, 1> {
        loss::binary_cross_entropy(logits, yes, weights)
    }

    /// The sum of the squares of all numbers. Waits for the device.
    fn squared_norm(tensor: FloatTensor<B>) -> f64 {
        let sum = B::float_sum(B::float_mul(tensor.clone(), tensor));
        Tensor::<B, 1>::from_primitive(TensorPrimitive::Float(sum)).into_scalar().elem::<f64>()
    }

    /// One step of Adam or AdamW for one parameter; the same formulas as `torch.optim.Adam` and `torch.optim.AdamW`.
    /// All tensors have the same shape. Returns the parameter and both moments.
    fn adam_step<const D: usize>(
        step: &AdamStep,
        moved: Moved<B, D>,
        moments: [Tensor<B, D>; 2],
    ) -> (Tensor<B, D>, [Tensor<B, D>; 2]) {
        optimizer::adam_step(step, moved, moments)
    }

    /// One step of gradient descent for one parameter, with momentum where a velocity is given; the same formulas as
    /// `torch.optim.SGD` without dampening. All tensors have the same shape. Returns the parameter and the velocity.
    fn sgd_step<const D: usize>(
        step: &SgdStep,
        moved: Moved<B, D>,
        velocity: Option<Tensor<B, D>>,
    ) -> (Tensor<B, D>, Option<Tensor<B, D>>) {
        optimizer::sgd_step(step, moved, velocity)
    }

    /// One step of Adam or AdamW that divides by the largest second moment so far, the third of the moments; as with
    /// `amsgrad=True` in PyTorch.
    fn ams_grad_step<const D: usize>(
        step: &AdamStep,
        moved: Moved<B, D>,
        moments: [Tensor<B, D>; 3],
    ) -> (Tensor<B, D>, [Tensor<B, D>; 3]) {
        optimizer::ams_grad_step(step, moved, moments)
    }

    /// One step of RMSprop; the same formulas as `torch.optim.RMSprop`.
    fn rms_prop_step<const D: usize>(
        step: &RmsPropStep,
        moved: Moved<B, D>,
        state: RmsPropState<B, D>,
    ) -> (Tensor<B, D>, RmsPropState<B, D>) {
        optimizer::rms_prop_step(step, moved, state)
    }

    /// One step of AdaGrad with the sum of the squared gradients; the same formulas as `torch.optim.Adagrad`.
    fn ada_grad_step<const D: usize>(
        step: &AdaGradStep,
        moved: Moved<B, D>,
        sum: Tensor<B, D>,
    ) -> (Tensor<B, D>, Tensor<B, D>) {
        optimizer::ada_grad_step(step, moved, sum)
    }
}

/// The curve, where there is one.
pub fn curved<B: Backend, K: Kernels<B> + ?Sized, const D: usize>(
    x: Tensor<B, D>,
    curve: Option<Curve>,
) -> Tensor<B, D> {
    match curve {
        Some(curve) => K::curve(x, curve),
        None => x,
    }
}

/// How windows lie on a picture; pairs are height and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pooling {
    /// Sides of the window.
    pub kernel: [usize; 2],
    /// Distance of two windows.
    pub stride: [usize; 2],
    /// Border on each side.
    pub padding: [usize; 2],
    /// Distance of the pixels under a window that takes the largest.
    pub dilation: [usize; 2],
}

/// burn as it is, on any backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct BurnKernels;

impl<B: Backend> Kernels<B> for BurnKernels {}
