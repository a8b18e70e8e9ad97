//! The faster steps of the device `cpu`, for flex tensors with and without gradients.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use burn::tensor::ops::{ConvTransposeOptions, FloatTensor, PaddedConvOptions};
use burn::tensor::{Int, Tensor, TensorData};
use pg_nn::kernels::{
    AdaGradStep, AdamStep, Attending, BatchNormed, BurnKernels, Curve, Kernels, Moved, Pooling,
    Recurrence, RmsPropState, RmsPropStep, Scaling, SgdStep, chance, curved,
};
use rayon::prelude::*;

use crate::math::convolve::Convolution;
use crate::math::optimize;
use crate::math::pool::Pool;
use crate::op::{FlexBased, Op, contiguous, is_f32, numbers, truths, whole_numbers, wrapped};

mod attention;
mod convolution;
mod cross_entropy;
mod curve;
mod dropout;
mod embedding;
mod join;
mod linear;
mod normalisation;
mod optimizer;
mod pooling;
mod recurrent;
#[cfg(test)]
mod tests;

use attention::Attention;
use convolution::{Convolve, ConvolveTransposed};
use cross_entropy::{MeanBinaryCrossEntropy, MeanCrossEntropy};
use curve::{AddRelu, Bend, Softmax};
use dropout::Dropout;
use embedding::Embedding;
use linear::Linear;
use normalisation::{BatchNorm, BatchNormWith, GroupNorm, LayerNorm, RmsNorm};
use pooling::{AveragePool, GlobalAverage, MaxPool};
use recurrent::Recurrent;

/// The faster steps of the device `cpu`. What a kernel does not cover goes through burn.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuKernels;

impl<B: FlexBased> Kernels<B> for CpuKernels {
    /// On a thread of the pool: from any other, each parallel loop would wake one and wait for it.
    fn hosted<R: Send>(work: impl FnOnce() -> R + Send) -> R {
        rayon::scope(|_| work())
    }

    fn by_rows<R: Send>(n_rows: usize, work: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
        // Threads that go their own way wait for each other once; with fewer rows they would read the weights too often.
        const MANY: usize = 256;
        let n_parts = (n_rows / MANY).clamp(1, rayon::current_num_threads());
        let part = |i: usize| work(i * n_rows / n_parts..(i + 1) * n_rows / n_parts);
        <Self as Kernels<B>>::hosted(|| (0..n_parts).into_par_iter().map(part).collect())
    }

    fn linear(
        x: Tensor<B, 2>,
        weight: Tensor<B, 2>,
        bias: Option<Tensor<B, 1>>,
        curve: Option<Curve>,
    ) -> Tensor<B, 2> {
        let found = curve.and_then(curve::of_math);
        if found.is_some() != curve.is_some() {
            return curved::<B, Self, 2>(Self::linear(x, weight, bias, None), curve);
        }
        let shift = shift(bias.clone(), weight.dims()[1], &x.device());
        done(Linear { curve: found }, [raw(&x), raw(&weight), raw(&shift)])
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::linear(x, weight, bias, curve))
    }

    fn conv2d(
        x: Tensor<B, 4>,
        weight: Tensor<B, 4>,
        bias: Option<Tensor<B, 1>>,
        options: PaddedConvOptions<2>,
        curve: Option<Curve>,
    ) -> Tensor<B, 4> {
        let Some(is_relu) = relu_or_nothing(curve) else {
            return curved::<B, Self, 4>(Self::conv2d(x, weight, bias, options, None), curve);
        };
        let [n_images, in_channels, height, width] = x.dims();
        let [out_channels, _, kernel_height, kernel_width] = weight.dims();
        let inner = &options.options;
        let shape = Convolution {
            n_images,
            in_channels,
            out_channels,
            in_size: [height, width],
            kernel: [kernel_height, kernel_width],
            stride: inner.stride,
            padding_start: inner.padding,
            padding_end: options.padding_end.unwrap_or(inner.padding),
            dilation: inner.dilation,
            groups: inner.groups,
        };
        let shift = shift(bias.clone(), out_channels, &x.device());
        let op = Convolve { shape, is_relu };
        done(op, [raw(&x), raw(&weight), raw(&shift)])
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::conv2d(x, weight, bias, options, curve))
    }

    fn conv_transpose2d(
        x: Tensor<B, 4>,
        weight: Tensor<B, 4>,
        bias: Option<Tensor<B, 1>>,
        options: ConvTransposeOptions<2>,
    ) -> Tensor<B, 4> {
        let shape = turned(&x, &weight, &options);
        let [_, _, height, width] = x.dims();
        // More padding of the result than its stride leaves pixels that the convolution back does not read.
        let found = if shape.out_size() == [height, width] {
            let shift = shift(bias.clone(), shape.in_channels, &x.device());
            done(ConvolveTransposed { shape }, [raw(&x), raw(&weight), raw(&shift)])
        } else {
            None
        };
        found.unwrap_or_else(|| {
            <BurnKernels as Kernels<B>>::conv_transpose2d(x, weight, bias, options)
        })
    }

    fn max_pool2d(x: Tensor<B, 4>, window: Pooling, curve: Option<Curve>) -> Tensor<B, 4> {
        let Some(is_relu) = relu_or_nothing(curve) else {
            return curved::<B, Self, 4>(Self::max_pool2d(x, window, None), curve);
        };
        done(MaxPool { pool: pool(&x, window), is_relu }, [raw(&x)])
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::max_pool2d(x, window, curve))
    }

    fn avg_pool2d(x: Tensor<B, 4>, window: Pooling, counts_padding: bool) -> Tensor<B, 4> {
        let pool = Pool { dilation: [1, 1], ..pool(&x, window) };
        done(AveragePool { pool, counts_padding }, [raw(&x)])
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::avg_pool2d(x, window, counts_padding))
    }

    fn global_average(x: Tensor<B, 4>) -> Tensor<B, 2> {
        done(GlobalAverage, [raw(&x)])
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::global_average(x))
    }

    fn concatenate<const D: usize>(parts: Vec<Tensor<B, D>>, dim: usize) -> Tensor<B, D> {
        // The kernel is for predictions: it has no way back.
        let is_covered = parts.iter().all(|part| {
            !B::ad_enabled(&part.device()) && part.dims().iter().product::<usize>() > 0
        });
        let plain = is_covered.then(|| parts.iter().map(|part| B::into_plain(raw(part))));
        plain.and_then(|plain| join::joined(plain.collect(), dim)).map_or_else(
            || <BurnKernels as Kernels<B>>::concatenate(parts, dim),
            |joined| wrapped(B::from_plain(joined)),
        )
    }

    fn add<const D: usize>(
        x: Tensor<B, D>,
        other: Tensor<B, D>,
        curve: Option<Curve>,
    ) -> Tensor<B, D> {
        // A sum alone burn may write over one of its summands.
        if curve != Some(Curve::Relu) || x.dims() != other.dims() {
            return curved::<B, Self, D>(x.add(other), curve);
        }
        done(AddRelu, [raw(&x), raw(&other)])
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::add(x, other, curve))
    }

    fn curve<const D: usize>(x: Tensor<B, D>, curve: Curve) -> Tensor<B, D> {
        let found = match curve::of_math(curve) {
            Some(curve) => done(Bend(curve), [raw(&x)]),
            None if Curve::softmax_dim(D) == D - 1 => {
                done(Softmax { width: x.dims()[D - 1] }, [raw(&x)])
            }
            None => None,
        };
        found.unwrap_or_else(|| <BurnKernels as Kernels<B>>::curve(x, curve))
    }

    fn dropout<const D: usize>(x: Tensor<B, D>, rate: f64) -> Tensor<B, D> {
        if rate == 0.0 || !B::ad_enabled(&x.device()) {
            return x;
        }
        done(Dropout { rate, seed: chance::next() }, [raw(&x)])
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::dropout(x, rate))
    }

    fn layer_norm<const D: usize>(x: Tensor<B, D>, scaling: Scaling<B>) -> Tensor<B, D> {
        let op = LayerNorm { epsilon: scaling.epsilon as f32 };
        done(op, [raw(&x), raw(&scaling.weight), raw(&scaling.bias)])
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::layer_norm(x, scaling))
    }

    fn rms_norm<const D: usize>(
        x: Tensor<B, D>,
        weight: Tensor<B, 1>,
        epsilon: f64,
    ) -> Tensor<B, D> {
        done(RmsNorm { epsilon: epsilon as f32 }, [raw(&x), raw(&weight)])
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::rms_norm(x, weight, epsilon))
    }

    fn group_norm(x: Tensor<B, 3>, n_groups: usize, scaling: Scaling<B>) -> Tensor<B, 3> {
        let op = GroupNorm { n_groups, epsilon: scaling.epsilon as f32 };
        done(op, [raw(&x), raw(&scaling.weight), raw(&scaling.bias)])
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::group_norm(x, n_groups, scaling))
    }

    fn batch_norm(x: Tensor<B, 3>, scaling: Scaling<B>, curve: Option<Curve>) -> BatchNormed<B> {
        let Some(is_relu) = relu_or_nothing(curve) else {
            let found = Self::batch_norm(x, scaling, None);
            return BatchNormed { normed: curved::<B, Self, 3>(found.normed, curve), ..found };
        };
        let statistics = Arc::new(OnceLock::new());
        let op =
            BatchNorm { epsilon: scaling.epsilon as f32, is_relu, statistics: statistics.clone() };
        let normed = done(op, [raw(&x), raw(&scaling.weight), raw(&scaling.bias)]);
        let (Some(normed), Some([mean, variance])) = (normed, statistics.get()) else {
            return <BurnKernels as Kernels<B>>::batch_norm(x, scaling, curve);
        };
        let device = x.device();
        let [mean, variance] = [mean, variance]
            .map(|numbers| Tensor::from_data(TensorData::from(numbers.as_slice()), &device));
        BatchNormed { normed, mean, variance }
    }

    fn batch_norm_with(
        x: Tensor<B, 3>,
        scaling: Scaling<B>,
        statistics: [Tensor<B, 1>; 2],
        curve: Option<Curve>,
    ) -> Tensor<B, 3> {
        let Some(is_relu) = relu_or_nothing(curve) else {
            let y = Self::batch_norm_with(x, scaling, statistics, None);
            return curved::<B, Self, 3>(y, curve);
        };
        // The kernel is for predictions: it has no way back.
        let found = if B::ad_enabled(&x.device()) {
            None
        } else {
            let op = BatchNormWith { epsilon: scaling.epsilon as f32, is_relu };
            let [mean, variance] = statistics.each_ref().map(raw);
            done(op, [raw(&x), raw(&scaling.weight), raw(&scaling.bias), mean, variance])
        };
        found.unwrap_or_else(|| {
            <BurnKernels as Kernels<B>>::batch_norm_with(x, scaling, statistics, curve)
        })
    }

    fn attention(inputs: [Tensor<B, 3>; 3], how: &Attending<B>) -> Tensor<B, 3> {
        let drops = how.dropout > 0.0 && B::ad_enabled(&inputs[0].device());
        let op = Attention {
            n_heads: how.n_heads,
            padding: how.padding.clone().map(|padding| truths(padding.into_primitive())),
            dropout: if drops { how.dropout } else { 0.0 },
            seed: if drops { chance::next() } else { 0 },
        };
        done(op, inputs.each_ref().map(raw))
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::attention(inputs, how))
    }

    fn embedding(table: Tensor<B, 2>, ids: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        let op = Embedding { size: ids.dims(), ids: whole_numbers(ids.clone().into_primitive()) };
        done(op, [raw(&table)])
            .unwrap_or_else(|| <BurnKernels as Kernels<B>>::embedding(table, ids))
    }

    fn recurrent(x: Tensor<B, 3>, layer: &Recurrence<B>) -> Tensor<B, 3> {
        let op = Recurrent {
            cell: layer.cell,
            padding: layer.padding.clone().map(|padding| truths(padding.into_primitive())),
            is_reversed: layer.is_reversed,
        };
        let inputs = [
            raw(&x),
            raw(&layer.input),
            raw(&layer.hidden),
            raw(&layer.input_bias),
            raw(&layer.hidden_bias),
        ];
        done(op, inputs).unwrap_or_else(|| <BurnKernels as Kernels<B>>::recurrent(x, layer))
    }

    fn cross_entropy(
        logits: Tensor<B, 2>,
        classes: Tensor<B, 1, Int>,
        class_weights: &[f32],
        smoothing: f64,
    ) -> Tensor<B, 1> {
        let op = MeanCrossEntropy {
            classes: whole_numbers(classes.clone().into_primitive()),
            class_weights: Arc::from(class_weights),
            smoothing: smoothing as f32,
        };
        done(op, [raw(&logits)]).unwrap_or_else(|| {
            <BurnKernels as Kernels<B>>::cross_entropy(logits, classes, class_weights, smoothing)
        })
    }

    fn binary_cross_entropy(
        logits: Tensor<B, 2>,
        yes: Tensor<B, 2>,
        weights: Option<Tensor<B, 2>>,
    ) -> Tensor<B, 1> {
        let floats = |tensor: &Tensor<B, 2>| tensor.to_data().iter::<f32>().collect();
        let op =
            MeanBinaryCrossEntropy { yes: floats(&yes), weights: weights.as_ref().map(floats) };
        done(op, [raw(&logits)]).unwrap_or_else(|| {
            <BurnKernels as Kernels<B>>::binary_cross_entropy(logits, yes, weights)
        })
    }

    fn squared_norm(tensor: FloatTensor<B>) -> f64 {
        let plain = B::into_plain(tensor);
        if is_f32(&plain) {
            return optimize::squared_norm(numbers(&contiguous(plain)));
        }
        <BurnKernels as Kernels<B>>::squared_norm(B::from_plain(plain))
    }

    fn adam_step<const D: usize>(
        step: &AdamStep,
        moved: Moved<B, D>,
        moments: [Tensor<B, D>; 2],
    ) -> (Tensor<B, D>, [Tensor<B, D>; 2]) {
        optimizer::adam_step(step, moved, moments)
    }

    fn sgd_step<const D: usize>(
        step: &SgdStep,
        moved: Moved<B, D>,
        velocity: Option<Tensor<B, D>>,
    ) -> (Tensor<B, D>, Option<Tensor<B, D>>) {
        optimizer::sgd_step(step, moved, velocity)
    }

    fn ams_grad_step<const D: usize>(
        step: &AdamStep,
        moved: Moved<B, D>,
        moments: [Tensor<B, D>; 3],
    ) -> (Tensor<B, D>, [Tensor<B, D>; 3]) {
        optimizer::ams_grad_step(step, moved, moments)
    }

    fn rms_prop_step<const D: usize>(
        step: &RmsPropStep,
        moved: Moved<B, D>,
        state: RmsPropState<B, D>,
    ) -> (Tensor<B, D>, RmsPropState<B, D>) {
        optimizer::rms_prop_step(step, moved, state)
    }

    fn ada_grad_step<const D: usize>(
        step: &AdaGradStep,
        moved: Moved<B, D>,
        sum: Tensor<B, D>,
    ) -> (Tensor<B, D>, Tensor<B, D>) {
        optimizer::ada_grad_step(step, moved, sum)
    }
}

/// The result of an operation; none where it does not cover its inputs.
fn done<B: FlexBased, O: Op<N>, const N: usize, const D: usize>(
    op: O,
    inputs: [FloatTensor<B>; N],
) -> Option<Tensor<B, D>> {
    B::apply(op, inputs).map(wrapped)
}

fn raw<B: FlexBased, const D: usize>(tensor: &Tensor<B, D>) -> FloatTensor<B> {
    tensor.clone().into_primitive().tensor()
}

/// Whether ReLU follows; none for a curve that the kernel cannot do in the same pass.
fn relu_or_nothing(curve: Option<Curve>) -> Option<bool> {
    match curve {
        None => Some(false),
        Some(Curve::Relu) => Some(true),
        Some(_) => None,
    }
}

/// The convolution that maps the result of a transposed one back to the shape of `x`.
fn turned<B: FlexBased>(
    x: &Tensor<B, 4>,
    weight: &Tensor<B, 4>,
    options: &ConvTransposeOptions<2>,
) -> Convolution {
    let [n_images, n_channels, ..] = x.dims();
    let [_, n_filters, ..] = weight.dims();
    let side = |axis: usize| {
        let reach = options.dilation[axis] * (weight.dims()[2 + axis] - 1) + 1;
        let whole = (x.dims()[2 + axis] - 1) * options.stride[axis] + reach;
        (whole + options.padding_out[axis]).saturating_sub(2 * options.padding[axis])
    };
    Convolution {
        n_images,
        in_channels: n_filters * options.groups,
        out_channels: n_channels,
        in_size: [side(0), side(1)],
        kernel: [weight.dims()[2], weight.dims()[3]],
        stride: options.stride,
        padding_start: options.padding,
        padding_end: options.padding,
        dilation: options.dilation,
        groups: options.groups,
    }
}

fn pool<B: FlexBased>(x: &Tensor<B, 4>, window: Pooling) -> Pool {
    let [n_rows, n_channels, height, width] = x.dims();
    Pool {
        n_planes: n_rows * n_channels,
        in_size: [height, width],
        kernel: window.kernel,
        stride: window.stride,
        padding_start: window.padding,
        padding_end: window.padding,
        dilation: window.dilation,
    }
}

/// The bias, or zeros that learn nothing.
fn shift<B: FlexBased>(bias: Option<Tensor<B, 1>>, n: usize, device: &B::Device) -> Tensor<B, 1> {
    bias.unwrap_or_else(|| Tensor::zeros([n], device))
}
