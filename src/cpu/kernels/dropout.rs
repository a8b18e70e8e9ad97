//! Dropout whose mask is computed again on the way back instead of being kept.

use burn_flex::FlexTensor;

use crate::math::dropout;
use crate::op::{Op, filled, like, numbers};

/// Zeroes numbers at `rate`, decided by the seed and the place of each number.
#[derive(Clone, Debug)]
pub(super) struct Dropout {
    pub(super) rate: f64,
    pub(super) seed: u64,
}

impl Op<1> for Dropout {
    type Kept = ();

    fn forward(&self, [x]: &[FlexTensor; 1], _keeps: bool) -> (FlexTensor, Option<()>) {
        let mut y = filled(numbers(x).len());
        dropout::forward(numbers(x), self.rate, self.seed, &mut y);
        (like(y, x), Some(()))
    }

    fn backward(
        &self,
        _kept: (),
        gradient: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        let mut dx = filled(numbers(&gradient).len());
        dropout::backward(numbers(&gradient), self.rate, self.seed, &mut dx);
        [Some(like(dx, &gradient))]
    }
}
