//! Plain recurrent layer (Elman 1990) with tanh.

use super::super::functions::tanh;
use super::step::{Back, State, Step};

/// Keeps the output alone.
pub struct Rnn;

impl Step<1, 1> for Rnn {
    const HAS_OWN_HIDDEN_GRADIENT: bool = false;

    #[inline(always)]
    fn forward([x]: [f32; 1], [h]: [f32; 1], state: State) -> (State, [f32; 1]) {
        let output = tanh(x + h);
        (State { output, ..state }, [output])
    }

    #[inline(always)]
    fn backward(_: [f32; 1], [y]: [f32; 1], d: State) -> Back<1> {
        let sum = d.output * (1.0 - y * y);
        Back { state: State { output: 0.0, ..d }, from_input: [sum], from_hidden: [sum] }
    }
}
