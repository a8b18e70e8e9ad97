//! Forward: each chunk of rows runs through all steps by itself, so that no step waits for another thread.

use rayon::prelude::*;

use super::super::gemm::{Finish, Mat, MatMut, Packed, Start, gemm_packed};
use super::super::simd::vectorized;
use super::step::{StateRow, Step, forward_row};
use super::{Chunk, Sequence, Shape, Weights};

/// Weights laid out for the products, with their biases.
struct Factors<'a> {
    w_input: Packed,
    w_hidden: Packed,
    b_input: &'a [f32],
    b_hidden: &'a [f32],
}

/// Writes the output; what is kept, one per chunk, stays empty unless asked for.
pub fn forward<C: Step<G, K>, const G: usize, const K: usize>(
    shape: Shape,
    weights: Weights,
    input: Sequence,
    keeps: bool,
    y: &mut [f32],
) -> Vec<Vec<f32>> {
    let n_columns = G * shape.n_hidden;
    let chunk_rows = if keeps { shape.chunk_rows() } else { shape.chunk_rows_to_infer() };
    let chunk_len = chunk_rows * shape.n_steps * shape.n_hidden;
    if chunk_len == 0 {
        return Vec::new();
    }
    let factors = Factors {
        w_input: Packed::new(&Mat::new(weights.w_input, shape.n_in, n_columns)),
        w_hidden: Packed::new(&Mat::new(weights.w_hidden, shape.n_hidden, n_columns)),
        b_input: weights.b_input,
        b_hidden: weights.b_hidden,
    };
    let run = |(i, y): (usize, &mut [f32])| {
        run_chunk::<C, G, K>(Chunk::new(shape, input, i, chunk_rows), &factors, keeps, y)
    };
    if shape.is_small(n_columns) {
        y.chunks_mut(chunk_len).enumerate().map(run).collect()
    } else {
        y.par_chunks_mut(chunk_len).enumerate().map(run).collect()
    }
}

fn run_chunk<C: Step<G, K>, const G: usize, const K: usize>(
    chunk: Chunk,
    factors: &Factors,
    keeps: bool,
    y: &mut [f32],
) -> Vec<f32> {
    let Chunk { n_rows, shape: Shape { n_in, n_hidden, n_steps, .. }, .. } = chunk;
    let n_columns = G * n_hidden;
    let block_rows = n_rows * chunk.shape.block_steps(n_rows);
    let mut x = vec![0.0; block_rows * n_in];
    let mut from_input = vec![0.0; block_rows * n_columns];
    let mut from_hidden = vec![0.0; n_rows * n_columns];
    let mut output = vec![0.0; n_rows * n_hidden];
    let mut cell = vec![0.0; n_rows * n_hidden];
    let mut kept_row = vec![0.0; if keeps { K * n_hidden } else { 0 }];
    let mut kept = Vec::with_capacity((n_steps + 1) * n_rows * kept_row.len());
    kept.resize(n_rows * kept_row.len(), 0.0);
    for steps in chunk.blocks() {
        let block_rows = steps.len() * n_rows;
        let x = &mut x[..block_rows * n_in];
        chunk.read(steps.clone(), x);
        gemm_packed(
            Mat::new(x, block_rows, n_in),
            &factors.w_input,
            MatMut::new(&mut from_input[..block_rows * n_columns], block_rows, n_columns),
            Start::PerColumn(factors.b_input),
            Finish::Nothing,
        );
        for (step, from_input) in steps.zip(from_input.chunks_exact(n_rows * n_columns)) {
            if !chunk.is_all_padding(step) {
                gemm_packed(
                    Mat::new(&output, n_rows, n_hidden),
                    &factors.w_hidden,
                    MatMut::new(&mut from_hidden, n_rows, n_columns),
                    Start::PerColumn(factors.b_hidden),
                    Finish::Nothing,
                );
            }
            vectorized(
                #[inline(always)]
                || {
                    for row in 0..n_rows {
                        let y = &mut y[chunk.position(row, step) * n_hidden..][..n_hidden];
                        if chunk.is_padding(row, step) {
                            y.fill(0.0);
                            let before = kept.len() - n_rows * kept_row.len();
                            kept.extend_from_within(before..before + kept_row.len());
                            continue;
                        }
                        let parts = [from_input, &from_hidden]
                            .map(|part| &part[row * n_columns..][..n_columns]);
                        let mut state = StateRow {
                            output: &mut output[row * n_hidden..][..n_hidden],
                            cell: &mut cell[row * n_hidden..][..n_hidden],
                        };
                        forward_row::<C, G, K>(parts, &mut state, &mut kept_row);
                        y.copy_from_slice(state.output);
                        kept.extend_from_slice(&kept_row);
                    }
                },
            );
        }
    }
    kept
}
