//! Recurrent layers over the whole sequence in one operation.

use std::sync::Arc;

use burn_flex::FlexTensor;
use pg_nn::kernels::Cell;

use crate::math::recurrent::{self, Gradients, Kept, Sequence, Shape, Weights};
use crate::op::{Op, dims, filled, like, numbers, tensor};

/// A layer of `x`, the weights of input and state, and their biases.
#[derive(Clone, Debug)]
pub(super) struct Recurrent {
    pub(super) cell: Cell,
    pub(super) padding: Option<Arc<[bool]>>,
    pub(super) is_reversed: bool,
}

impl Recurrent {
    fn cell(&self) -> recurrent::Cell {
        match self.cell {
            Cell::Lstm => recurrent::Cell::Lstm,
            Cell::Gru => recurrent::Cell::Gru,
            Cell::Tanh => recurrent::Cell::Tanh,
        }
    }

    fn sequence<'a>(&'a self, x: &'a FlexTensor) -> Sequence<'a> {
        Sequence { x: numbers(x), padding: self.padding.as_deref(), is_reversed: self.is_reversed }
    }
}

fn shape(x: &FlexTensor, w_hidden: &FlexTensor) -> Shape {
    let [n_rows, n_steps, n_in] = dims(x);
    let [n_hidden, _] = dims(w_hidden);
    Shape { n_rows, n_steps, n_in, n_hidden }
}

fn weights([w_input, w_hidden, b_input, b_hidden]: [&FlexTensor; 4]) -> Weights<'_> {
    Weights {
        w_input: numbers(w_input),
        w_hidden: numbers(w_hidden),
        b_input: numbers(b_input),
        b_hidden: numbers(b_hidden),
    }
}

impl Op<5> for Recurrent {
    type Kept = ([FlexTensor; 5], Arc<Kept>);

    fn forward(&self, inputs: &[FlexTensor; 5], keeps: bool) -> (FlexTensor, Option<Self::Kept>) {
        let [x, w_input, w_hidden, b_input, b_hidden] = inputs;
        let shape = shape(x, w_hidden);
        let weights = weights([w_input, w_hidden, b_input, b_hidden]);
        let mut y = filled(shape.n_rows * shape.n_steps * shape.n_hidden);
        let kept = if keeps {
            let kept = recurrent::forward(self.cell(), shape, weights, self.sequence(x), &mut y);
            Some((inputs.clone(), Arc::new(kept)))
        } else {
            recurrent::infer(self.cell(), shape, weights, self.sequence(x), &mut y);
            None
        };
        (tensor(y, [shape.n_rows, shape.n_steps, shape.n_hidden]), kept)
    }

    fn backward(
        &self,
        (inputs, kept): Self::Kept,
        gradient: FlexTensor,
        wanted: [bool; 5],
    ) -> [Option<FlexTensor>; 5] {
        let [x, w_input, w_hidden, b_input, b_hidden] = &inputs;
        let room = |of: &FlexTensor| filled(numbers(of).len());
        let mut dx = wanted[0].then(|| room(x));
        let [mut dw_input, mut dw_hidden, mut db_input, mut db_hidden] =
            [room(w_input), room(w_hidden), room(b_input), room(b_hidden)];
        recurrent::backward(
            &kept,
            weights([w_input, w_hidden, b_input, b_hidden]),
            self.sequence(x),
            numbers(&gradient),
            Gradients {
                x: dx.as_deref_mut(),
                w_input: &mut dw_input,
                w_hidden: &mut dw_hidden,
                b_input: &mut db_input,
                b_hidden: &mut db_hidden,
            },
        );
        [
            dx.map(|dx| like(dx, x)),
            Some(like(dw_input, w_input)),
            Some(like(dw_hidden, w_hidden)),
            Some(like(db_input, b_input)),
            Some(like(db_hidden, b_hidden)),
        ]
    }
}
