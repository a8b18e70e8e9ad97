//! Activation curves, and sums with one.

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

/// The sum of two tensors of one shape, then ReLU where wanted.
#[derive(Clone, Debug)]
pub(super) struct Add {
    pub(super) is_relu: bool,
}

impl Op<2> for Add {
    /// The result where ReLU was part of it.
    type Kept = Option<FlexTensor>;

    fn forward(
        &self,
        [x, other]: &[FlexTensor; 2],
        keeps: bool,
    ) -> (FlexTensor, Option<Option<FlexTensor>>) {
        let mut y = filled(numbers(x).len());
        curve::add(numbers(x), numbers(other), self.is_relu, &mut y);
        let y = like(y, x);
        let kept = keeps.then(|| self.is_relu.then(|| y.clone()));
        (y, kept)
    }

    fn backward(
        &self,
        kept: Option<FlexTensor>,
        gradient: FlexTensor,
        _wanted: [bool; 2],
    ) -> [Option<FlexTensor>; 2] {
        let gradient = match kept {
            Some(y) => {
                let mut dx = filled(numbers(&y).len());
                curve::backward(curve::Curve::Relu, numbers(&y), numbers(&gradient), &mut dx);
                like(dx, &y)
            }
            None => gradient,
        };
        [Some(gradient.clone()), Some(gradient)]
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
