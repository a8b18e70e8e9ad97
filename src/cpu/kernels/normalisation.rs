//! Layer, RMS, group and batch normalisation.

use std::sync::{Arc, OnceLock};

use burn_flex::FlexTensor;

use crate::math::batch_norm::{
    self, BatchNormGradients, Moments, batch_norm, batch_norm_backward, batch_norm_training,
};
use crate::math::norm::{
    self, GroupNormGradients, GroupNormKept, LayerNormGradients, LayerNormKept, RmsNormGradients,
    RmsNormKept, group_norm, group_norm_backward, layer_norm, layer_norm_backward, rms_norm,
    rms_norm_backward,
};
use crate::op::{Op, dims, filled, like, numbers};

/// Over the last dimension of `x`, with `weight` and `bias`.
#[derive(Clone, Debug)]
pub(super) struct LayerNorm {
    pub(super) epsilon: f32,
}

/// Input, weight, and mean and 1 / deviation of each row.
#[derive(Clone, Debug)]
pub(super) struct LayerKept {
    x: FlexTensor,
    weight: FlexTensor,
    statistics: Arc<[Vec<f32>; 2]>,
}

impl Op<3> for LayerNorm {
    type Kept = LayerKept;

    fn forward(
        &self,
        [x, weight, bias]: &[FlexTensor; 3],
        _keeps: bool,
    ) -> (FlexTensor, Option<LayerKept>) {
        let norm =
            norm::LayerNorm { weight: numbers(weight), bias: numbers(bias), epsilon: self.epsilon };
        let n_rows = numbers(x).len() / norm.weight.len().max(1);
        let (mut y, mut mean, mut inv_std) =
            (filled(numbers(x).len()), filled(n_rows), filled(n_rows));
        layer_norm(norm, numbers(x), &mut y, &mut mean, &mut inv_std);
        let kept = LayerKept {
            x: x.clone(),
            weight: weight.clone(),
            statistics: Arc::new([mean, inv_std]),
        };
        (like(y, x), Some(kept))
    }

    fn backward(
        &self,
        kept: LayerKept,
        gradient: FlexTensor,
        _wanted: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let LayerKept { x, weight, statistics } = kept;
        let [mean, inv_std] = &*statistics;
        let width = numbers(&weight).len();
        let [mut dx, mut d_weight, mut d_bias] = [numbers(&x).len(), width, width].map(filled);
        layer_norm_backward(
            LayerNormKept { x: numbers(&x), weight: numbers(&weight), mean, inv_std },
            numbers(&gradient),
            LayerNormGradients { x: &mut dx, weight: &mut d_weight, bias: &mut d_bias },
        );
        [Some(like(dx, &x)), Some(like(d_weight, &weight)), Some(like(d_bias, &weight))]
    }
}

/// Over the last dimension of `x` by its root mean square, with `weight`.
#[derive(Clone, Debug)]
pub(super) struct RmsNorm {
    pub(super) epsilon: f32,
}

impl Op<2> for RmsNorm {
    /// Inputs, and 1 / root mean square of each row.
    type Kept = ([FlexTensor; 2], Arc<[f32]>);

    fn forward(&self, inputs: &[FlexTensor; 2], _keeps: bool) -> (FlexTensor, Option<Self::Kept>) {
        let [x, weight] = inputs.each_ref().map(numbers);
        let n_rows = x.len() / weight.len().max(1);
        let (mut y, mut inv_rms) = (filled(x.len()), filled(n_rows));
        rms_norm(weight, self.epsilon, x, &mut y, &mut inv_rms);
        (like(y, &inputs[0]), Some((inputs.clone(), inv_rms.into())))
    }

    fn backward(
        &self,
        (inputs, inv_rms): Self::Kept,
        gradient: FlexTensor,
        _wanted: [bool; 2],
    ) -> [Option<FlexTensor>; 2] {
        let [x, weight] = inputs.each_ref().map(numbers);
        let [mut dx, mut d_weight] = [x.len(), weight.len()].map(filled);
        rms_norm_backward(
            RmsNormKept { x, weight, inv_rms: &inv_rms },
            numbers(&gradient),
            RmsNormGradients { x: &mut dx, weight: &mut d_weight },
        );
        [Some(like(dx, &inputs[0])), Some(like(d_weight, &inputs[1]))]
    }
}

/// Over groups of channels of `x [rows, channels, pixels]`, with `weight` and `bias`.
#[derive(Clone, Debug)]
pub(super) struct GroupNorm {
    pub(super) n_groups: usize,
    pub(super) epsilon: f32,
}

impl GroupNorm {
    fn norm<'a>(&self, [x, weight, bias]: &'a [FlexTensor; 3]) -> norm::GroupNorm<'a> {
        let [_, _, n_pixels] = dims(x);
        norm::GroupNorm {
            n_groups: self.n_groups,
            n_pixels,
            weight: numbers(weight),
            bias: numbers(bias),
            epsilon: self.epsilon,
        }
    }
}

impl Op<3> for GroupNorm {
    /// Inputs, and mean and 1 / deviation of each group of each row.
    type Kept = ([FlexTensor; 3], Arc<[Vec<f32>; 2]>);

    fn forward(&self, inputs: &[FlexTensor; 3], _keeps: bool) -> (FlexTensor, Option<Self::Kept>) {
        let x = numbers(&inputs[0]);
        let [n_rows, ..] = dims::<3>(&inputs[0]);
        let n_all = n_rows * self.n_groups;
        let [mut y, mut mean, mut inv_std] = [x.len(), n_all, n_all].map(filled);
        group_norm(self.norm(inputs), x, &mut y, &mut mean, &mut inv_std);
        (like(y, &inputs[0]), Some((inputs.clone(), Arc::new([mean, inv_std]))))
    }

    fn backward(
        &self,
        (inputs, statistics): Self::Kept,
        gradient: FlexTensor,
        _wanted: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let [mean, inv_std] = &*statistics;
        let x = numbers(&inputs[0]);
        let n_channels = numbers(&inputs[1]).len();
        let [mut dx, mut d_weight, mut d_bias] = [x.len(), n_channels, n_channels].map(filled);
        group_norm_backward(
            self.norm(&inputs),
            GroupNormKept { x, mean, inv_std },
            numbers(&gradient),
            GroupNormGradients { x: &mut dx, weight: &mut d_weight, bias: &mut d_bias },
        );
        let [x, weight, bias] = &inputs;
        [Some(like(dx, x)), Some(like(d_weight, weight)), Some(like(d_bias, bias))]
    }
}

/// Over rows and pixels of `x [rows, features, pixels]`, with the batch's own statistics.
#[derive(Clone, Debug)]
pub(super) struct BatchNorm {
    pub(super) epsilon: f32,
    pub(super) is_relu: bool,
    /// Where mean and variance are left: an operation has one result.
    pub(super) statistics: Arc<OnceLock<[Vec<f32>; 2]>>,
}

impl BatchNorm {
    fn norm<'a>(
        &self,
        x: &FlexTensor,
        weight: &'a FlexTensor,
        bias: &'a FlexTensor,
    ) -> batch_norm::BatchNorm<'a> {
        let [_, _, n_pixels] = dims(x);
        batch_norm::BatchNorm {
            n_pixels,
            weight: numbers(weight),
            bias: numbers(bias),
            epsilon: self.epsilon,
            relu: self.is_relu,
        }
    }
}

impl Op<3> for BatchNorm {
    type Kept = [FlexTensor; 3];

    fn forward(
        &self,
        inputs: &[FlexTensor; 3],
        _keeps: bool,
    ) -> (FlexTensor, Option<[FlexTensor; 3]>) {
        let [x, weight, bias] = inputs;
        let norm = self.norm(x, weight, bias);
        let n_features = norm.weight.len();
        let [mut y, mut mean, mut variance] =
            [numbers(x).len(), n_features, n_features].map(filled);
        batch_norm_training(norm, numbers(x), &mut y, &mut mean, &mut variance);
        let _ = self.statistics.set([mean, variance]);
        (like(y, x), Some(inputs.clone()))
    }

    fn backward(
        &self,
        [x, weight, bias]: [FlexTensor; 3],
        gradient: FlexTensor,
        _wanted: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let Some([mean, variance]) = self.statistics.get() else { return [None, None, None] };
        let n_features = mean.len();
        let [mut dx, mut d_weight, mut d_bias] =
            [numbers(&x).len(), n_features, n_features].map(filled);
        batch_norm_backward(
            self.norm(&x, &weight, &bias),
            Moments { mean, variance },
            numbers(&x),
            numbers(&gradient),
            BatchNormGradients { x: &mut dx, weight: &mut d_weight, bias: &mut d_bias },
        );
        [Some(like(dx, &x)), Some(like(d_weight, &weight)), Some(like(d_bias, &bias))]
    }
}

/// With the statistics of earlier batches, `[x, weight, bias, mean, variance]`; for predictions, without a way back.
#[derive(Clone, Debug)]
pub(super) struct BatchNormWith {
    pub(super) epsilon: f32,
    pub(super) is_relu: bool,
}

impl Op<5> for BatchNormWith {
    type Kept = ();

    fn forward(
        &self,
        [x, weight, bias, mean, variance]: &[FlexTensor; 5],
        _keeps: bool,
    ) -> (FlexTensor, Option<()>) {
        let [_, _, n_pixels] = dims(x);
        let norm = batch_norm::BatchNorm {
            n_pixels,
            weight: numbers(weight),
            bias: numbers(bias),
            epsilon: self.epsilon,
            relu: self.is_relu,
        };
        let moments = Moments { mean: numbers(mean), variance: numbers(variance) };
        let mut y = filled(numbers(x).len());
        batch_norm(norm, moments, numbers(x), &mut y);
        (like(y, x), None)
    }

    fn backward(&self, (): (), _: FlexTensor, _: [bool; 5]) -> [Option<FlexTensor>; 5] {
        [None, None, None, None, None]
    }
}
