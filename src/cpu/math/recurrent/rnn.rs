//! Plain recurrent layer (Elman 1990) with tanh or relu.

use super::super::functions::tanh;
use super::step::{Back, State, Step};

/// Keeps the output alone.
pub struct Tanh;

/// Keeps the output alone.
pub struct Relu;

impl Step<1, 1> for Tanh {
    const HAS_OWN_HIDDEN_GRADIENT: bool = false;

    #[inline(always)]
    fn forward([x]: [f32; 1], [h]: [f32; 1], state: State) -> (State, [f32; 1]) {
        let output = tanh(x + h);
        (State { output, ..state }, [output])
    }

    #[inline(always)]
    fn backward(_: [f32; 1], [y]: [f32; 1], d: State) -> Back<1> {
        back(d, d.output * (1.0 - y * y))
    }
}

impl Step<1, 1> for Relu {
    const HAS_OWN_HIDDEN_GRADIENT: bool = false;

    #[inline(always)]
    fn forward([x]: [f32; 1], [h]: [f32; 1], state: State) -> (State, [f32; 1]) {
        let sum = x + h;
        let output = if sum < 0.0 { 0.0 } else { sum };
        (State { output, ..state }, [output])
    }

    #[inline(always)]
    fn backward(_: [f32; 1], [y]: [f32; 1], d: State) -> Back<1> {
        // NaN lets the gradient pass, as in PyTorch.
        back(d, if y <= 0.0 { 0.0 } else { d.output })
    }
}

#[inline(always)]
fn back(d: State, d_sum: f32) -> Back<1> {
    Back { state: State { output: 0.0, ..d }, from_input: [d_sum], from_hidden: [d_sum] }
}
