//! Back through time, chunk by chunk; the weight gradients of the chunks are added in order at the end.

use std::ops::Range;

use rayon::prelude::*;

use super::super::gemm::{Finish, Mat, MatMut, Packed, Start, gemm, gemm_packed};
use super::super::reduce::{add, add_up};
use super::super::simd::vectorized;
use super::step::{StateRow, Step, backward_row};
use super::{Chunk, Gradients, Sequence, Shape, Weights};

/// Transposed weights laid out for the products.
struct Factors {
    /// None where the gradient of the input is not wanted.
    w_input: Option<Packed>,
    w_hidden: Packed,
}

/// A chunk's share of the weight gradients.
struct Sums {
    w_input: Vec<f32>,
    w_hidden: Vec<f32>,
    b_input: Vec<f32>,
    b_hidden: Vec<f32>,
}

pub fn backward<C: Step<G, K>, const G: usize, const K: usize>(
    shape: Shape,
    weights: Weights,
    input: Sequence,
    kept: &[Vec<f32>],
    dy: &[f32],
    gradients: Gradients,
) {
    let Shape { n_in, n_hidden, n_steps, .. } = shape;
    let n_columns = G * n_hidden;
    let transposed = |w, n_rows| Packed::new(&Mat::new(w, n_rows, n_columns).transposed());
    let factors = Factors {
        w_input: gradients.x.is_some().then(|| transposed(weights.w_input, n_in)),
        w_hidden: transposed(weights.w_hidden, n_hidden),
    };
    let mut dx: Vec<Option<&mut [f32]>> = Vec::with_capacity(kept.len());
    match gradients.x {
        // A layer without units.
        Some(out) if kept.is_empty() => out.fill(0.0),
        Some(out) => {
            dx.extend(out.chunks_mut((shape.chunk_rows() * n_steps * n_in).max(1)).map(Some));
        }
        None => {}
    }
    dx.resize_with(kept.len(), || None);
    let run = |(i, (kept, dx)): (usize, (&Vec<f32>, Option<&mut [f32]>))| {
        let chunk = Chunk::new(shape, input, i, shape.chunk_rows());
        let start = chunk.first_row * n_steps * n_hidden;
        let dy = &dy[start..start + chunk.n_rows * n_steps * n_hidden];
        run_chunk::<C, G, K>(chunk, &factors, kept, dy, dx)
    };
    let sums: Vec<Sums> = if shape.is_small(n_columns) {
        kept.iter().zip(dx).enumerate().map(run).collect()
    } else {
        kept.par_iter().zip(dx).enumerate().map(run).collect()
    };
    add_up(sums.iter().map(|sums| &sums.w_input[..]), gradients.w_input);
    add_up(sums.iter().map(|sums| &sums.w_hidden[..]), gradients.w_hidden);
    add_up(sums.iter().map(|sums| &sums.b_input[..]), gradients.b_input);
    add_up(sums.iter().map(|sums| &sums.b_hidden[..]), gradients.b_hidden);
}

fn run_chunk<C: Step<G, K>, const G: usize, const K: usize>(
    chunk: Chunk,
    factors: &Factors,
    kept: &[f32],
    dy: &[f32],
    mut dx: Option<&mut [f32]>,
) -> Sums {
    let Chunk { n_rows, shape: Shape { n_steps, n_in, n_hidden, .. }, .. } = chunk;
    let n_columns = G * n_hidden;
    let kept_width = K * n_hidden;
    assert_eq!(kept.len(), (n_steps + 1) * n_rows * kept_width);
    let block_rows = n_rows * chunk.shape.block_steps(n_rows);
    let mut x = vec![0.0; block_rows * n_in];
    let mut back = BackThroughTime::new::<C, G, K>(n_rows * n_hidden, block_rows * n_columns);
    let mut sums = Sums {
        w_input: vec![0.0; n_in * n_columns],
        w_hidden: vec![0.0; n_hidden * n_columns],
        b_input: vec![0.0; n_columns],
        b_hidden: vec![0.0; n_columns],
    };
    for steps in chunk.blocks().rev() {
        back.run::<C, G, K>(chunk, steps.clone(), &factors.w_hidden, kept, dy);
        let block_rows = steps.len() * n_rows;
        let x = &mut x[..block_rows * n_in];
        chunk.read(steps.clone(), x);
        let outputs_before = Mat {
            row_stride: kept_width,
            ..Mat::new(&kept[steps.start * n_rows * kept_width..], block_rows, n_hidden)
        };
        let d_input = Mat::new(&back.d_input[..block_rows * n_columns], block_rows, n_columns);
        let d_hidden = match &back.d_hidden[..] {
            [] => d_input,
            own => Mat::new(&own[..block_rows * n_columns], block_rows, n_columns),
        };
        add_product(Mat::new(x, block_rows, n_in), d_input, &mut sums.w_input);
        add_product(outputs_before, d_hidden, &mut sums.w_hidden);
        add_rows(&mut sums.b_input, d_input.data);
        add_rows(&mut sums.b_hidden, d_hidden.data);
        if let (Some(dx), Some(w_input)) = (&mut dx, &factors.w_input) {
            let c = MatMut::new(x, block_rows, n_in);
            gemm_packed(d_input, w_input, c, Start::Zero, Finish::Nothing);
            chunk.write(steps, x, dx);
        }
    }
    sums
}

/// The part of the gradient that runs from step to step.
struct BackThroughTime {
    /// Of the state, `[n_rows, n_hidden]`.
    output: Vec<f32>,
    cell: Vec<f32>,
    /// Of the gates of a block, `[steps, n_rows, n_gates * n_hidden]`.
    d_input: Vec<f32>,
    /// Empty where it equals `d_input`.
    d_hidden: Vec<f32>,
}

impl BackThroughTime {
    fn new<C: Step<G, K>, const G: usize, const K: usize>(state_len: usize, len: usize) -> Self {
        Self {
            output: vec![0.0; state_len],
            cell: vec![0.0; state_len],
            d_input: vec![0.0; len],
            d_hidden: vec![0.0; if C::HAS_OWN_HIDDEN_GRADIENT { len } else { 0 }],
        }
    }

    /// Goes through a block from its last step to its first.
    fn run<C: Step<G, K>, const G: usize, const K: usize>(
        &mut self,
        chunk: Chunk,
        steps: Range<usize>,
        w_hidden: &Packed,
        kept: &[f32],
        dy: &[f32],
    ) {
        let Chunk { n_rows, shape: Shape { n_hidden, .. }, .. } = chunk;
        let width = G * n_hidden;
        let hidden_width = if C::HAS_OWN_HIDDEN_GRADIENT { width } else { 0 };
        let kept_width = K * n_hidden;
        for (i, step) in steps.enumerate().rev() {
            let (before, now) = kept[step * n_rows * kept_width..].split_at(n_rows * kept_width);
            let d_input = &mut self.d_input[i * n_rows * width..][..n_rows * width];
            let d_hidden = &mut self.d_hidden[i * n_rows * hidden_width..][..n_rows * hidden_width];
            vectorized(
                #[inline(always)]
                || {
                    for row in 0..n_rows {
                        let d_input = &mut d_input[row * width..][..width];
                        let d_hidden = &mut d_hidden[row * hidden_width..][..hidden_width];
                        if chunk.is_padding(row, step) {
                            d_input.fill(0.0);
                            d_hidden.fill(0.0);
                            continue;
                        }
                        let kept =
                            [before, now].map(|kept| &kept[row * kept_width..][..kept_width]);
                        let dy = &dy[chunk.position(row, step) * n_hidden..][..n_hidden];
                        let mut state = StateRow {
                            output: &mut self.output[row * n_hidden..][..n_hidden],
                            cell: &mut self.cell[row * n_hidden..][..n_hidden],
                        };
                        backward_row::<C, G, K>(kept, dy, &mut state, d_input, d_hidden);
                    }
                },
            );
            // The initial state is a constant, and padding leaves the gradient as it is.
            if step > 0 && !chunk.is_all_padding(step) {
                let d_gates = if C::HAS_OWN_HIDDEN_GRADIENT { d_hidden } else { d_input };
                gemm_packed(
                    Mat::new(d_gates, n_rows, width),
                    w_hidden,
                    MatMut::new(&mut self.output, n_rows, n_hidden),
                    Start::Keep,
                    Finish::Nothing,
                );
            }
        }
    }
}

/// `sum += leftᵀ · right`, for the gradient of weights.
fn add_product(left: Mat, right: Mat, sum: &mut [f32]) {
    let sum = MatMut::new(sum, left.n_cols, right.n_cols);
    gemm(left.transposed(), &right, sum, Start::Keep, Finish::Nothing);
}

fn add_rows(sum: &mut [f32], rows: &[f32]) {
    vectorized(
        #[inline(always)]
        || {
            for row in rows.chunks_exact(sum.len()) {
                add(sum, row);
            }
        },
    );
}
