//! Recurrent layers by burn, step by step: the reference.

use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor, activation, module};

/// What happens at each step of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Long short-term memory (Hochreiter and Schmidhuber 1997), as `torch.nn.LSTM`.
    Lstm,
    /// Gated recurrent unit (Cho et al. 2014), as `torch.nn.GRU`.
    Gru,
    /// A plain recurrent layer with tanh, as `torch.nn.RNN`.
    Tanh,
}

/// One direction of a recurrent layer.
#[derive(Clone, Debug)]
pub struct Recurrence<B: Backend> {
    /// Kind.
    pub cell: Cell,
    /// `[in, gates · hidden]`; gates in PyTorch's order (LSTM: input, forget, cell, output; GRU: reset, update, new).
    pub input: Tensor<B, 2>,
    /// `[hidden, gates · hidden]`.
    pub hidden: Tensor<B, 2>,
    /// Bias of the input's map.
    pub input_bias: Tensor<B, 1>,
    /// Bias of the state's map.
    pub hidden_bias: Tensor<B, 1>,
    /// `[rows, length]`, true where a sequence holds padding: there the state stays as it is and zeros come out.
    pub padding: Option<Tensor<B, 2, Bool>>,
    /// Whether the sequence is read from its end.
    pub is_reversed: bool,
}

impl Cell {
    /// Maps per step.
    pub fn n_gates(self) -> usize {
        match self {
            Self::Lstm => 4,
            Self::Gru => 3,
            Self::Tanh => 1,
        }
    }
}

pub(super) fn run<B: Backend>(x: Tensor<B, 3>, layer: &Recurrence<B>) -> Tensor<B, 3> {
    let [n_rows, length, n_in] = x.dims();
    let n_hidden = layer.hidden.dims()[0];
    let n_wide = layer.cell.n_gates() * n_hidden;
    let device = x.device();
    let flat = x.reshape([n_rows * length, n_in]);
    let mapped = module::linear(flat, layer.input.clone(), Some(layer.input_bias.clone()))
        .reshape([n_rows, length, n_wide]);
    let mut state = Tensor::<B, 2>::zeros([n_rows, n_hidden], &device);
    let mut memory = state.clone();
    let mut seen: Vec<Option<Tensor<B, 2>>> = vec![None; length];
    for turn in 0..length {
        let at = if layer.is_reversed { length - 1 - turn } else { turn };
        let entering = mapped.clone().narrow(1, at, 1).reshape([n_rows, n_wide]);
        let recalled =
            module::linear(state.clone(), layer.hidden.clone(), Some(layer.hidden_bias.clone()));
        let part = |tensor: &Tensor<B, 2>, index: usize| {
            tensor.clone().narrow(1, index * n_hidden, n_hidden)
        };
        let (next_state, next_memory) = match layer.cell {
            Cell::Lstm => {
                let all = entering.add(recalled);
                let [enters, stays, leaves] =
                    [0, 1, 3].map(|gate| activation::sigmoid(part(&all, gate)));
                let memory = stays.mul(memory.clone()).add(enters.mul(part(&all, 2).tanh()));
                (leaves.mul(memory.clone().tanh()), memory)
            }
            Cell::Gru => {
                let [reset, update] = [0, 1].map(|gate| {
                    activation::sigmoid(part(&entering, gate).add(part(&recalled, gate)))
                });
                let new = part(&entering, 2).add(reset.mul(part(&recalled, 2))).tanh();
                let state = new.clone().add(update.mul(state.clone().sub(new)));
                (state, memory.clone())
            }
            Cell::Tanh => (entering.add(recalled).tanh(), memory.clone()),
        };
        seen[at] = Some(next_state.clone());
        let (before, memory_before) = (state, memory);
        (state, memory) = (next_state, next_memory);
        if let Some(padding) = &layer.padding {
            let is_padding = padding.clone().narrow(1, at, 1).expand([n_rows, n_hidden]);
            seen[at] = Some(state.clone().mask_fill(is_padding.clone(), 0.0));
            state = state.mask_where(is_padding.clone(), before);
            memory = memory.mask_where(is_padding, memory_before);
        }
    }
    Tensor::stack(seen.into_iter().flatten().collect(), 1)
}
