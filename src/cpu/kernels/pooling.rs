//! Pooling of pictures.

use std::sync::Arc;

use burn_flex::FlexTensor;

use crate::math::pool::{Pool, global_average_backward, global_average_forward};
use crate::op::{Op, dims, filled, numbers, tensor};

/// The largest number under each window.
#[derive(Clone, Debug)]
pub(super) struct MaxPool(pub(super) Pool);

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
    /// Sizes of the input, and where each maximum stands.
    type Kept = ([usize; 4], Arc<[u32]>);

    fn forward(&self, [x]: &[FlexTensor; 1], _keeps: bool) -> (FlexTensor, Option<Self::Kept>) {
        let mut y = filled(self.0.out_len());
        let mut winners = vec![0; self.0.out_len()];
        self.0.max_forward(numbers(x), false, &mut y, &mut winners);
        (tensor(y, smaller(x, &self.0)), Some((dims(x), winners.into())))
    }

    fn backward(
        &self,
        (shape, winners): Self::Kept,
        gradient: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        let mut dx = filled(self.0.in_len());
        self.0.max_backward(numbers(&gradient), &winners, None, &mut dx);
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
