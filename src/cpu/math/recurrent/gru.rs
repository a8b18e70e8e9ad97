//! Gated recurrent unit (Cho et al. 2014) in PyTorch's form, the reset gate after the product.

use super::super::functions::tanh;
use super::step::{Back, State, Step, sigmoid};

/// Keeps the output, the three gates and the hidden part of the new gate.
pub struct Gru;

impl Step<3, 5> for Gru {
    const HAS_OWN_HIDDEN_GRADIENT: bool = true;

    #[inline(always)]
    fn forward(x: [f32; 3], h: [f32; 3], state: State) -> (State, [f32; 5]) {
        let r = sigmoid(x[0] + h[0]);
        let z = sigmoid(x[1] + h[1]);
        let n = tanh(x[2] + r * h[2]);
        let output = (state.output - n) * z + n;
        (State { output, ..state }, [output, r, z, n, h[2]])
    }

    #[inline(always)]
    fn backward([old, ..]: [f32; 5], [_, r, z, n, hidden]: [f32; 5], d: State) -> Back<3> {
        let d_n = d.output * (1.0 - z) * (1.0 - n * n);
        let d_z = d.output * (old - n) * z * (1.0 - z);
        let d_r = d_n * hidden * r * (1.0 - r);
        let state = State { output: d.output * z, ..d };
        Back { state, from_input: [d_r, d_z, d_n], from_hidden: [d_r, d_z, d_n * r] }
    }
}
