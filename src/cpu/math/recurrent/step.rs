//! What tells one recurrent cell from another: its arithmetic once the products are there.

use super::super::functions::tanh;

/// A cell with `G` gates that keeps `K` numbers for each unit and step, the output first.
pub trait Step<const G: usize, const K: usize> {
    /// The gradient with respect to the hidden part of the gates differs from the one with respect to the input part.
    const HAS_OWN_HIDDEN_GRADIENT: bool;

    /// The next state and what is kept, from the parts of the gates that come from the input and from the hidden
    /// state, biases included.
    fn forward(from_input: [f32; G], from_hidden: [f32; G], state: State) -> (State, [f32; K]);

    /// Gradients one step back, from those of the output and the cell state.
    fn backward(before: [f32; K], now: [f32; K], gradient: State) -> Back<G>;
}

/// What travels from step to step, or its gradient.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// The hidden state.
    pub output: f32,
    /// Of the LSTM alone.
    pub cell: f32,
}

/// What a step hands back.
#[derive(Clone, Copy, Debug)]
pub struct Back<const G: usize> {
    /// For the step before, as far as it does not pass through the weights.
    pub state: State,
    pub from_input: [f32; G],
    pub from_hidden: [f32; G],
}

/// Units treated at a time: a number known to the compiler is what makes it use vectors.
const LANES: usize = 16;

/// A row of [`State`]s, `[n_hidden]` each.
pub struct StateRow<'a> {
    pub output: &'a mut [f32],
    pub cell: &'a mut [f32],
}

/// One row through [`Step::forward`]; both parts of the gates `[G, n_hidden]`, `kept` `[K, n_hidden]` or empty.
#[inline(always)]
pub fn forward_row<C: Step<G, K>, const G: usize, const K: usize>(
    [from_input, from_hidden]: [&[f32]; 2],
    state: &mut StateRow,
    kept: &mut [f32],
) {
    each_block(
        state.output.len(),
        #[inline(always)]
        |units| {
            let from_input = load::<G>(from_input, units);
            let from_hidden = load::<G>(from_hidden, units);
            let [mut output] = load::<1>(state.output, units);
            let [mut cell] = load::<1>(state.cell, units);
            let mut keep = [[0.0; LANES]; K];
            for lane in 0..LANES {
                let state = State { output: output[lane], cell: cell[lane] };
                let (state, unit) =
                    C::forward(pick(&from_input, lane), pick(&from_hidden, lane), state);
                output[lane] = state.output;
                cell[lane] = state.cell;
                for i in 0..K {
                    keep[i][lane] = unit[i];
                }
            }
            store(state.output, units, &[output]);
            store(state.cell, units, &[cell]);
            if !kept.is_empty() {
                store(kept, units, &keep);
            }
        },
    );
}

/// One row through [`Step::backward`]; `before` and `now` `[K, n_hidden]`, `dy` `[n_hidden]`, gradients of the parts
/// `[G, n_hidden]`, that of the hidden part empty where the cell has none of its own.
#[inline(always)]
pub fn backward_row<C: Step<G, K>, const G: usize, const K: usize>(
    [before, now]: [&[f32]; 2],
    dy: &[f32],
    gradient: &mut StateRow,
    d_input: &mut [f32],
    d_hidden: &mut [f32],
) {
    each_block(
        dy.len(),
        #[inline(always)]
        |units| {
            let before = load::<K>(before, units);
            let now = load::<K>(now, units);
            let [dy] = load::<1>(dy, units);
            let [mut output] = load::<1>(gradient.output, units);
            let [mut cell] = load::<1>(gradient.cell, units);
            let mut from_input = [[0.0; LANES]; G];
            let mut from_hidden = [[0.0; LANES]; G];
            for lane in 0..LANES {
                let state = State { output: output[lane] + dy[lane], cell: cell[lane] };
                let back = C::backward(pick(&before, lane), pick(&now, lane), state);
                output[lane] = back.state.output;
                cell[lane] = back.state.cell;
                for gate in 0..G {
                    from_input[gate][lane] = back.from_input[gate];
                    from_hidden[gate][lane] = back.from_hidden[gate];
                }
            }
            store(gradient.output, units, &[output]);
            store(gradient.cell, units, &[cell]);
            store(d_input, units, &from_input);
            if C::HAS_OWN_HIDDEN_GRADIENT {
                store(d_hidden, units, &from_hidden);
            }
        },
    );
}

/// The logistic function through tanh, to an absolute 1e-7 in half the operations that exp takes.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    0.5 * tanh(0.5 * x) + 0.5
}

/// Some units of a row.
#[derive(Clone, Copy)]
struct Units {
    start: usize,
    /// At most [`LANES`].
    len: usize,
}

#[inline(always)]
fn each_block(n_units: usize, mut work: impl FnMut(Units)) {
    let whole = n_units - n_units % LANES;
    for start in (0..whole).step_by(LANES) {
        work(Units { start, len: LANES });
    }
    if whole < n_units {
        work(Units { start: whole, len: n_units - whole });
    }
}

/// The units of `N` parts of equal length, zero past the end.
#[inline(always)]
fn load<const N: usize>(parts: &[f32], units: Units) -> [[f32; LANES]; N] {
    let n_units = parts.len() / N;
    let mut lanes = [[0.0; LANES]; N];
    for (i, lanes) in lanes.iter_mut().enumerate() {
        let from = &parts[i * n_units + units.start..][..units.len];
        lanes[..units.len].copy_from_slice(from);
    }
    lanes
}

/// One unit of each part.
#[inline(always)]
fn pick<const N: usize>(parts: &[[f32; LANES]; N], lane: usize) -> [f32; N] {
    let mut unit = [0.0; N];
    for i in 0..N {
        unit[i] = parts[i][lane];
    }
    unit
}

#[inline(always)]
fn store<const N: usize>(parts: &mut [f32], units: Units, lanes: &[[f32; LANES]; N]) {
    let n_units = parts.len() / N;
    for (i, lanes) in lanes.iter().enumerate() {
        let to = &mut parts[i * n_units + units.start..][..units.len];
        to.copy_from_slice(&lanes[..units.len]);
    }
}
