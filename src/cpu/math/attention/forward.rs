//! The forward pass: block after block of keys, with a running maximum and sum per query.

use rayon::prelude::*;

use super::super::functions::exp;
use super::super::gemm::{Finish, gemm};
use super::super::simd::vectorized;
use super::super::softmax::rows::{exponentials_of_rows, max_of_rows};
use super::head::{Block, BlockScratch, Head, Scratch, Task};
use super::{Attention, Inputs, Outputs, SCRATCH};

impl Attention<'_> {
    /// Writes what the queries see, `[n_rows, n_queries, width]`, and for the backward pass the logarithms of their
    /// sums of exponentials, `[n_rows, n_queries, n_heads]`. Where there are no keys they see zeros.
    pub fn forward(&self, inputs: Inputs<'_>, results: &mut [f32], log_sums: &mut [f32]) {
        self.check(&inputs, &Outputs { results, log_sums });
        if results.is_empty() || self.n_keys == 0 {
            results.fill(0.0);
            log_sums.fill(f32::NEG_INFINITY);
            return;
        }
        let (chunk, width) = (self.chunk(), self.width());
        let rows = results.par_chunks_mut(self.n_queries * width);
        let rows = rows.zip(log_sums.par_chunks_mut(self.n_queries * self.n_heads));
        rows.enumerate().for_each(|(row, (results, log_sums))| {
            let chunks = results.par_chunks_mut(chunk * width);
            let chunks = chunks.zip(log_sums.par_chunks_mut(chunk * self.n_heads));
            chunks.enumerate().for_each(|(index, (results, log_sums))| {
                let task = self.task(row, index);
                SCRATCH.with_borrow_mut(|scratch| {
                    self.forward_task(&task, inputs, scratch, results, log_sums);
                });
            });
        });
    }

    fn forward_task(
        &self,
        task: &Task,
        inputs: Inputs<'_>,
        scratch: &mut Scratch,
        results: &mut [f32],
        log_sums: &mut [f32],
    ) {
        let Scratch { penalties, per_query: [max, sum], block: scratch } = scratch;
        self.penalties(task.row, penalties);
        let keep = self.keep();
        for index in 0..self.n_heads {
            let head = Head { attention: self, inputs, task, index, penalties, keep };
            max.clear();
            max.resize(task.queries.len(), f32::NEG_INFINITY);
            sum.clear();
            sum.resize(task.queries.len(), 0.0);
            for keys in head.key_blocks() {
                for block in head.blocks(&keys) {
                    let positions = head.positions(&block);
                    let running = [&mut max[positions.clone()], &mut sum[positions.clone()]];
                    let results = head.matrix_mut(results, &positions);
                    head.scores(&block, scratch);
                    head.probabilities(&block, scratch, running, results.data);
                    let probabilities = block.matrix(&scratch.scores);
                    let values = head.keys(inputs.values, &block.keys);
                    gemm(probabilities, &values, results, block.start(), Finish::Nothing);
                }
            }
            head.normalize([max, sum], results, log_sums);
        }
    }
}

impl Head<'_> {
    /// Divides the results by the sums and writes the logarithms of these.
    fn normalize(&self, [max, sum]: [&[f32]; 2], results: &mut [f32], log_sums: &mut [f32]) {
        let Attention { n_heads, head_width, .. } = *self.attention;
        let results = results.chunks_exact_mut(n_heads * head_width);
        let rows = results.zip(log_sums.chunks_exact_mut(n_heads)).zip(max.iter().zip(sum));
        vectorized(
            #[inline(always)]
            || {
                for ((results, log_sums), (max, sum)) in rows {
                    let factor = 1.0 / sum;
                    let results = &mut results[self.index * head_width..][..head_width];
                    for result in results {
                        *result *= factor;
                    }
                    log_sums[self.index] = max + sum.ln();
                }
            },
        );
    }

    /// Turns scores into exponentials, less the running maximum and after dropout; where the maximum grows, sum and
    /// results so far shrink with it.
    fn probabilities(
        &self,
        block: &Block,
        scratch: &mut BlockScratch,
        [max, sum]: [&mut [f32]; 2],
        results: &mut [f32],
    ) {
        let BlockScratch { scores, per_query: highest, .. } = scratch;
        self.hide(block, scores);
        highest.resize(block.queries.len(), 0.0);
        max_of_rows(scores, block.stride(), highest);
        let results = results.chunks_mut(self.attention.width());
        for ((results, (max, sum)), highest) in
            results.zip(max.iter_mut().zip(&mut *sum)).zip(highest)
        {
            if block.keys.start == 0 {
                *max = *highest;
            } else if *highest > *max {
                let shrink = exp(*max - *highest);
                *max = *highest;
                *sum *= shrink;
                for result in &mut results[..self.attention.head_width] {
                    *result *= shrink;
                }
            }
        }
        exponentials_of_rows(scores, block.stride(), max, sum);
        if let Some(keep) = &self.keep {
            let scores = scores.chunks_exact_mut(block.stride());
            for (scores, query) in scores.zip(block.queries.clone()) {
                keep.apply(self.place(block, query), &mut scores[..block.keys.len()]);
            }
        }
    }
}
