//! Pooling of pictures.

use std::sync::Arc;

use burn_flex::FlexTensor;

use crate::math::pool::{Pool, global_average_backward, global_average_forward};
use crate::op::{Op, dims, filled, numbers, tensor};

/// The largest number under each window, then ReLU where wanted.
#[derive(Clone, Debug)]
pub(super) struct MaxPool {
    pub(super) pool: Pool,
    pub(super) is_relu: bool,
}

/// Sizes of the input, where each maximum stands, and the result where ReLU was part of it.
#[derive(Clone, Debug)]
pub(super) struct MaxPoolKept {
    shape: [usize; 4],
    winners: Arc<[u32]>,
    y: Option<FlexTensor>,
}

/// The mean under each window.
#[derive(Clone, Debug)]
pub(super) struct AveragePool {
    pub(super) pool: Pool,
    pub(super) counts_padding: bool,
}

/// The mean of each channel of `[rows, channels, height, width]`.
#[derive(Clone, Debug)]
pub(super) struct GlobalAverage;

impl Op<1> for MaxPool {
    type Kept = MaxPoolKept;

    fn forward(&self, [x]: &[FlexTensor; 1], keeps: bool) -> (FlexTensor, Option<MaxPoolKept>) {
        let mut y = filled(self.pool.out_len());
        let mut winners = vec![0; self.pool.out_len()];
        self.pool.max_forward(numbers(x), self.is_relu, &mut y, &mut winners);
        let y = tensor(y, smaller(x, &self.pool));
        let kept = keeps.then(|| MaxPoolKept {
            shape: dims(x),
            winners: winners.into(),
            y: self.is_relu.then(|| y.clone()),
        });
        (y, kept)
    }

    fn backward(
        &self,
        MaxPoolKept { shape, winners, y }: MaxPoolKept,
        gradient: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        let mut dx = filled(self.pool.in_len());
        let relu_of = y.as_ref().map(numbers);
        self.pool.max_backward(numbers(&gradient), &winners, relu_of, &mut dx);
        [Some(tensor(dx, shape))]
    }
}

impl Op<1> for AveragePool {
    type Kept = [usize; 4];

    fn forward(&self, [x]: &[FlexTensor; 1], _keeps: bool) -> (FlexTensor, Option<[usize; 4]>) {
        let mut y = filled(self.pool.out_len());
        self.pool.average_forward(numbers(x), self.counts_padding, &mut y);
        (tensor(y, smaller(x, &self.pool)), Some(dims(x)))
    }

    fn backward(
        &self,
        shape: [usize; 4],
        gradient: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        let mut dx = filled(self.pool.in_len());
        self.pool.average_backward(numbers(&gradient), self.counts_padding, &mut dx);
        [Some(tensor(dx, shape))]
    }
}

impl Op<1> for GlobalAverage {
    /// Sizes of the input.
    type Kept = [usize; 4];

    fn forward(&self, [x]: &[FlexTensor; 1], _keeps: bool) -> (FlexTensor, Option<[usize; 4]>) {
        let shape @ [n_rows, n_channels, height, width] = dims(x);
        let mut y = filled(n_rows * n_channels);
        global_average_forward(numbers(x), height * width, &mut y);
        (tensor(y, [n_rows, n_channels]), Some(shape))
    }

    fn backward(
        &self,
        shape: [usize; 4],
        gradient: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        let [n_rows, n_channels, height, width] = shape;
        let mut dx = filled(n_rows * n_channels * height * width);
        global_average_backward(numbers(&gradient), height * width, &mut dx);
        [Some(tensor(dx, shape))]
    }
}

fn smaller(x: &FlexTensor, pool: &Pool) -> [usize; 4] {
    let [n_rows, n_channels, ..] = dims::<4>(x);
    let [height, width] = pool.out_size();
    [n_rows, n_channels, height, width]
}
