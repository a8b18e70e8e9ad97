//! Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

use super::super::functions::tanh;
use super::step::{Back, State, Step, sigmoid};

/// Keeps output, cell state and the four gates.
pub struct Lstm;

impl Step<4, 6> for Lstm {
    const HAS_OWN_HIDDEN_GRADIENT: bool = false;

    #[inline(always)]
    fn forward(x: [f32; 4], h: [f32; 4], state: State) -> (State, [f32; 6]) {
        let i = sigmoid(x[0] + h[0]);
        let f = sigmoid(x[1] + h[1]);
        let g = tanh(x[2] + h[2]);
        let o = sigmoid(x[3] + h[3]);
        let cell = f * state.cell + i * g;
        let output = o * tanh(cell);
        (State { output, cell }, [output, cell, i, f, g, o])
    }

    #[inline(always)]
    fn backward([_, old_cell, ..]: [f32; 6], [_, cell, i, f, g, o]: [f32; 6], d: State) -> Back<4> {
        let tanh_cell = tanh(cell);
        let d_cell = d.cell + d.output * o * (1.0 - tanh_cell * tanh_cell);
        let d_gates = [
            d_cell * g * i * (1.0 - i),
            d_cell * old_cell * f * (1.0 - f),
            d_cell * i * (1.0 - g * g),
            d.output * tanh_cell * o * (1.0 - o),
        ];
        let state = State { output: 0.0, cell: d_cell * f };
        Back { state, from_input: d_gates, from_hidden: d_gates }
    }
}
