//! Recurrent layers over whole sequences (LSTM, GRU, plain RNN), forward and back through time.

mod backward;
mod forward;
mod gru;
mod lstm;
mod rnn;
mod step;

use std::ops::Range;

use self::gru::Gru;
use self::lstm::Lstm;
use self::rnn::Rnn;

/// What a layer computes at each step; formulas and order of gates as in PyTorch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Gates input, forget, cell, output.
    Lstm,
    /// Gates reset, update, new; the reset gate acts on the hidden part of the new one.
    Gru,
    /// One sum and its hyperbolic tangent.
    Tanh,
}

/// Sizes of a layer and of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub n_rows: usize,
    pub n_steps: usize,
    pub n_in: usize,
    pub n_hidden: usize,
}

/// What is read: `x` `[n_rows, n_steps, n_in]`, in which order, and which steps are not there.
#[derive(Clone, Copy, Debug)]
pub struct Sequence<'a> {
    pub x: &'a [f32],
    /// `[n_rows, n_steps]`, true where there is no element: the state passes by, the output is 0.
    pub padding: Option<&'a [bool]>,
    /// Reads from the last step to the first.
    pub is_reversed: bool,
}

/// Parameters of one direction, the gates side by side.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a> {
    /// `[n_in, n_gates * n_hidden]`
    pub w_input: &'a [f32],
    /// `[n_hidden, n_gates * n_hidden]`
    pub w_hidden: &'a [f32],
    /// `[n_gates * n_hidden]`
    pub b_input: &'a [f32],
    /// `[n_gates * n_hidden]`
    pub b_hidden: &'a [f32],
}

/// Where [`backward`] writes, shapes as in [`Sequence`] and [`Weights`].
#[derive(Debug)]
pub struct Gradients<'a> {
    /// None where nobody asks for it.
    pub x: Option<&'a mut [f32]>,
    pub w_input: &'a mut [f32],
    pub w_hidden: &'a mut [f32],
    pub b_input: &'a mut [f32],
    pub b_hidden: &'a mut [f32],
}

/// What [`forward`] leaves for [`backward`]: states and gates of every step, `n_kept * n_hidden` numbers a row.
#[derive(Clone, Debug)]
pub struct Kept {
    cell: Cell,
    shape: Shape,
    /// One per chunk of rows: `[n_steps + 1, rows of the chunk, n_kept, n_hidden]` in the order of reading, the first
    /// step being the initial state, zero.
    chunks: Vec<Vec<f32>>,
}

impl Cell {
    /// Parts of the weights, each of `n_hidden` columns.
    pub const fn n_gates(self) -> usize {
        match self {
            Self::Lstm => 4,
            Self::Gru => 3,
            Self::Tanh => 1,
        }
    }
}

/// Output `y` `[n_rows, n_steps, n_hidden]` from zero initial states.
pub fn infer(cell: Cell, shape: Shape, weights: Weights, input: Sequence, y: &mut [f32]) {
    run(cell, shape, weights, input, false, y);
}

/// As [`infer`], and keeps what [`backward`] needs.
pub fn forward(cell: Cell, shape: Shape, weights: Weights, input: Sequence, y: &mut [f32]) -> Kept {
    Kept { cell, shape, chunks: run(cell, shape, weights, input, true, y) }
}

/// Gradients from the output's gradient `dy` `[n_rows, n_steps, n_hidden]`, with the weights and the input of
/// [`forward`]; the input's is zero where padding is.
pub fn backward(kept: &Kept, weights: Weights, input: Sequence, dy: &[f32], gradients: Gradients) {
    let Kept { cell, shape, ref chunks } = *kept;
    check(cell, shape, weights, input, dy.len());
    if let Some(dx) = &gradients.x {
        assert_eq!(dx.len(), input.x.len());
    }
    assert_eq!(gradients.w_input.len(), weights.w_input.len());
    assert_eq!(gradients.w_hidden.len(), weights.w_hidden.len());
    assert_eq!(gradients.b_input.len(), weights.b_input.len());
    assert_eq!(gradients.b_hidden.len(), weights.b_hidden.len());
    let run = match cell {
        Cell::Lstm => backward::backward::<Lstm, _, _>,
        Cell::Gru => backward::backward::<Gru, _, _>,
        Cell::Tanh => backward::backward::<Rnn, _, _>,
    };
    run(shape, weights, input, chunks, dy, gradients);
}

/// What each chunk keeps, nothing where it should not.
fn run(
    cell: Cell,
    shape: Shape,
    weights: Weights,
    input: Sequence,
    keeps: bool,
    y: &mut [f32],
) -> Vec<Vec<f32>> {
    check(cell, shape, weights, input, y.len());
    let run = match cell {
        Cell::Lstm => forward::forward::<Lstm, _, _>,
        Cell::Gru => forward::forward::<Gru, _, _>,
        Cell::Tanh => forward::forward::<Rnn, _, _>,
    };
    run(shape, weights, input, keeps, y)
}

fn check(cell: Cell, shape: Shape, weights: Weights, input: Sequence, n_out: usize) {
    let Shape { n_rows, n_steps, n_in, n_hidden } = shape;
    let n_columns = cell.n_gates() * n_hidden;
    assert_eq!(input.x.len(), n_rows * n_steps * n_in);
    if let Some(padding) = input.padding {
        assert_eq!(padding.len(), n_rows * n_steps);
    }
    assert_eq!(n_out, n_rows * n_steps * n_hidden);
    assert_eq!(weights.w_input.len(), n_in * n_columns);
    assert_eq!(weights.w_hidden.len(), n_hidden * n_columns);
    assert_eq!(weights.b_input.len(), n_columns);
    assert_eq!(weights.b_hidden.len(), n_columns);
}

/// Multiply-adds below which a second thread costs more than it brings.
const SMALL: usize = 1 << 21;

/// Rows times steps of one pass over the weights of the input, enough to read them seldom.
const BLOCK: usize = 128;

impl Shape {
    /// Rows that go through all steps together, a multiple of the four that a product treats well; at most eight
    /// chunks, since each has its own sum of weight gradients.
    fn chunk_rows(self) -> usize {
        self.n_rows.div_ceil(8).next_multiple_of(4)
    }

    /// The same where nothing is summed over the rows: fewer and larger chunks read the weights less often.
    fn chunk_rows_to_infer(self) -> usize {
        self.n_rows.div_ceil(rayon::current_num_threads()).next_multiple_of(4)
    }

    /// Steps treated at a time by what does not depend on the step before.
    fn block_steps(self, n_rows: usize) -> usize {
        (BLOCK / n_rows.max(1)).clamp(1, self.n_steps.max(1))
    }

    fn is_small(self, n_columns: usize) -> bool {
        self.n_rows * self.n_steps * (self.n_in + self.n_hidden) * n_columns < SMALL
    }
}

/// Some rows of the input.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    shape: Shape,
    input: Sequence<'a>,
    first_row: usize,
    n_rows: usize,
}

impl<'a> Chunk<'a> {
    /// Number `i` of the chunks of so many rows.
    fn new(shape: Shape, input: Sequence<'a>, i: usize, chunk_rows: usize) -> Self {
        let first_row = i * chunk_rows;
        let n_rows = chunk_rows.min(shape.n_rows - first_row);
        Self { shape, input, first_row, n_rows }
    }

    /// Blocks of steps in the order of reading.
    fn blocks(self) -> impl DoubleEndedIterator<Item = Range<usize>> {
        let n_steps = self.shape.n_steps;
        let size = self.shape.block_steps(self.n_rows);
        (0..n_steps).step_by(size).map(move |start| start..n_steps.min(start + size))
    }

    /// Position of a row of the chunk and a step of reading in `[rows of the chunk, n_steps]`.
    fn position(self, row: usize, step: usize) -> usize {
        let n_steps = self.shape.n_steps;
        let time = if self.input.is_reversed { n_steps - 1 - step } else { step };
        row * n_steps + time
    }

    fn is_padding(self, row: usize, step: usize) -> bool {
        let start = self.first_row * self.shape.n_steps;
        self.input.padding.is_some_and(|padding| padding[start + self.position(row, step)])
    }

    fn is_all_padding(self, step: usize) -> bool {
        (0..self.n_rows).all(|row| self.is_padding(row, step))
    }

    /// Writes the input `[steps, rows of the chunk, n_in]`, zero where padding is.
    fn read(self, steps: Range<usize>, out: &mut [f32]) {
        let n_in = self.shape.n_in;
        let start = self.first_row * self.shape.n_steps;
        let places = steps.flat_map(|step| (0..self.n_rows).map(move |row| (row, step)));
        for ((row, step), out) in places.zip(out.chunks_exact_mut(n_in.max(1))) {
            if self.is_padding(row, step) {
                out.fill(0.0);
            } else {
                let at = (start + self.position(row, step)) * n_in;
                out.copy_from_slice(&self.input.x[at..at + n_in]);
            }
        }
    }

    /// Writes the input's gradient `[steps, rows of the chunk, n_in]` to its places in `dx`, zero where padding is.
    fn write(self, steps: Range<usize>, gradient: &[f32], dx: &mut [f32]) {
        let n_in = self.shape.n_in;
        let places = steps.flat_map(|step| (0..self.n_rows).map(move |row| (row, step)));
        for ((row, step), gradient) in places.zip(gradient.chunks_exact(n_in.max(1))) {
            let out = &mut dx[self.position(row, step) * n_in..][..n_in];
            if self.is_padding(row, step) {
                out.fill(0.0);
            } else {
                out.copy_from_slice(gradient);
            }
        }
    }
}

#[cfg(test)]
mod tests;
