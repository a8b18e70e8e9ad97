//! Activation curves, and ReLU of sums.

use burn_flex::FlexTensor;
use pg_nn::kernels::Curve;

use crate::math::curve::{self, Kept};
use crate::math::softmax;
use crate::op::{Op, filled, like, numbers};

/// The form of a curve that treats every number alone; none for softmax.
pub(super) fn of_math(curve: Curve) -> Option<curve::Curve> {
    Some(match curve {
        Curve::Relu => curve::Curve::Relu,
        Curve::LeakyRelu { slope } => curve::Curve::LeakyRelu { slope: slope as f32 },
        Curve::Gelu => curve::Curve::Gelu,
        Curve::Silu => curve::Curve::Silu,
        Curve::Elu => curve::Curve::Elu,
        Curve::Tanh => curve::Curve::Tanh,
        Curve::Sigmoid => curve::Curve::Sigmoid,
        Curve::Softmax => return None,
    })
}

/// A curve of every number.
#[derive(Clone, Debug)]
pub(super) struct Bend(pub(super) curve::Curve);

impl Op<1> for Bend {
    type Kept = FlexTensor;

    fn forward(&self, [x]: &[FlexTensor; 1], keeps: bool) -> (FlexTensor, Option<FlexTensor>) {
        let mut y = filled(numbers(x).len());
        curve::forward(self.0, numbers(x), &mut y);
        let y = like(y, x);
        let kept = keeps.then(|| match self.0.kept() {
            Kept::Input => x.clone(),
            Kept::Output => y.clone(),
        });
        (y, kept)
    }

    fn backward(
        &self,
        kept: FlexTensor,
        gradient: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        let mut dx = filled(numbers(&kept).len());
        curve::backward(self.0, numbers(&kept), numbers(&gradient), &mut dx);
        [Some(like(dx, &kept))]
    }
}

/// ReLU of the sum of two tensors of one shape.
#[derive(Clone, Debug)]
pub(super) struct AddRelu;

impl Op<2> for AddRelu {
    /// The result.
    type Kept = FlexTensor;

    fn forward(
        &self,
        [x, other]: &[FlexTensor; 2],
        keeps: bool,
    ) -> (FlexTensor, Option<FlexTensor>) {
        let mut y = filled(numbers(x).len());
        curve::relu_of_sum(numbers(x), numbers(other), &mut y);
        let y = like(y, x);
        let kept = keeps.then(|| y.clone());
        (y, kept)
    }

    fn backward(
        &self,
        y: FlexTensor,
        gradient: FlexTensor,
        _wanted: [bool; 2],
    ) -> [Option<FlexTensor>; 2] {
        let mut dx = filled(numbers(&y).len());
        curve::backward(curve::Curve::Relu, numbers(&y), numbers(&gradient), &mut dx);
        let dx = like(dx, &y);
        [Some(dx.clone()), Some(dx)]
    }
}

/// Softmax along the last dimension.
#[derive(Clone, Debug)]
pub(super) struct Softmax {
    pub(super) width: usize,
}

impl Op<1> for Softmax {
    type Kept = FlexTensor;

    fn forward(&self, [x]: &[FlexTensor; 1], keeps: bool) -> (FlexTensor, Option<FlexTensor>) {
        let mut y = filled(numbers(x).len());
        softmax::forward(numbers(x), self.width, &mut y);
        let y = like(y, x);
        let kept = keeps.then(|| y.clone());
        (y, kept)
    }

    fn backward(
        &self,
        kept: FlexTensor,
        gradient: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        let mut dx = filled(numbers(&kept).len());
        softmax::backward(numbers(&kept), numbers(&gradient), self.width, &mut dx);
        [Some(like(dx, &kept))]
    }
}
