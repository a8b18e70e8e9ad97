//! Convolutions of pictures, with ReLU in the same pass, and transposed ones.

use burn_flex::FlexTensor;

use crate::math::convolve::{Convolution, Gradient};
use crate::math::gemm::Finish;
use crate::op::{Op, filled, like, numbers, tensor};

/// A convolution of `x [rows, channels, height, width]` by `weight [filters, channels / groups, …]` plus
/// `bias [filters]`.
#[derive(Clone, Debug)]
pub(super) struct Convolve {
    pub(super) shape: Convolution,
    pub(super) is_relu: bool,
}

/// Inputs, and the result where ReLU was part of it.
#[derive(Clone, Debug)]
pub(super) struct ConvolveKept {
    x: FlexTensor,
    weight: FlexTensor,
    y: Option<FlexTensor>,
}

impl Op<3> for Convolve {
    type Kept = ConvolveKept;

    fn forward(
        &self,
        [x, weight, bias]: &[FlexTensor; 3],
        keeps: bool,
    ) -> (FlexTensor, Option<ConvolveKept>) {
        let Convolution { n_images, out_channels, .. } = self.shape;
        let [height, width] = self.shape.out_size();
        let finish = if self.is_relu { Finish::Relu } else { Finish::Nothing };
        let mut y = filled(self.shape.out_len());
        self.shape.forward(numbers(x), numbers(weight), Some(numbers(bias)), finish, &mut y);
        let y = tensor(y, [n_images, out_channels, height, width]);
        let kept = keeps.then(|| ConvolveKept {
            x: x.clone(),
            weight: weight.clone(),
            y: self.is_relu.then(|| y.clone()),
        });
        (y, kept)
    }

    fn backward(
        &self,
        kept: ConvolveKept,
        gradient: FlexTensor,
        [wants_x, wants_weight, wants_bias]: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let ConvolveKept { x, weight, y } = kept;
        let mut dx = wants_x.then(|| filled(self.shape.in_len()));
        let mut d_weight = wants_weight.then(|| filled(self.shape.weight_len()));
        let mut d_bias = wants_bias.then(|| filled(self.shape.out_channels));
        self.shape.backward(
            numbers(&x),
            numbers(&weight),
            Gradient { dy: numbers(&gradient), relu_of: y.as_ref().map(numbers) },
            dx.as_deref_mut(),
            d_weight.as_deref_mut(),
            d_bias.as_deref_mut(),
        );
        [
            dx.map(|dx| like(dx, &x)),
            d_weight.map(|d_weight| like(d_weight, &weight)),
            d_bias.map(|d_bias| tensor(d_bias, [self.shape.out_channels])),
        ]
    }
}

/// The convolution `shape` the other way round: `x` of the shape of its result to a picture of the shape of its input;
/// `weight [channels, filters / groups, …]`, `bias [filters]`.
#[derive(Clone, Debug)]
pub(super) struct ConvolveTransposed {
    pub(super) shape: Convolution,
}

impl Op<3> for ConvolveTransposed {
    /// Input and weight.
    type Kept = [FlexTensor; 2];

    fn forward(
        &self,
        [x, weight, bias]: &[FlexTensor; 3],
        _keeps: bool,
    ) -> (FlexTensor, Option<[FlexTensor; 2]>) {
        let Convolution { n_images, in_channels, in_size: [height, width], .. } = self.shape;
        let mut y = filled(self.shape.in_len());
        self.shape.transposed_forward(numbers(x), numbers(weight), Some(numbers(bias)), &mut y);
        (tensor(y, [n_images, in_channels, height, width]), Some([x.clone(), weight.clone()]))
    }

    fn backward(
        &self,
        [x, weight]: [FlexTensor; 2],
        gradient: FlexTensor,
        [wants_x, wants_weight, wants_bias]: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let mut dx = wants_x.then(|| filled(self.shape.out_len()));
        let mut d_weight = wants_weight.then(|| filled(self.shape.weight_len()));
        let mut d_bias = wants_bias.then(|| filled(self.shape.in_channels));
        self.shape.transposed_backward(
            numbers(&x),
            numbers(&weight),
            numbers(&gradient),
            dx.as_deref_mut(),
            d_weight.as_deref_mut(),
            d_bias.as_deref_mut(),
        );
        [
            dx.map(|dx| like(dx, &x)),
            d_weight.map(|d_weight| like(d_weight, &weight)),
            d_bias.map(|d_bias| tensor(d_bias, [self.shape.in_channels])),
        ]
    }
}
