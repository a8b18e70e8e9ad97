//! The backward pass: probabilities anew from the kept logarithms, then the five products of their gradients.

use rayon::prelude::*;

use super::super::gemm::{Finish, Mat, Start, gemm};
use super::super::simd::vectorized;
use super::super::softmax::rows::{dot, exponentials_of_rows};
use super::head::{Block, BlockScratch, Head, Scratch, Task};
use super::{Attention, Gradients, Inputs, Outputs, SCRATCH};

impl Attention<'_> {
    /// Writes the gradients of the inputs, each of its input's shape, from the gradient `d_results` of the results.
    pub fn backward(
        &self,
        inputs: Inputs<'_>,
        outputs: Outputs<'_>,
        d_results: &[f32],
        gradients: Gradients<'_>,
    ) {
        let Gradients { queries: d_queries, keys: d_keys, values: d_values } = gradients;
        self.check(&inputs, &outputs);
        assert_eq!(outputs.results.len(), d_results.len(), "attention: gradient of the results");
        assert_eq!(inputs.queries.len(), d_queries.len(), "attention: gradient of queries");
        assert_eq!(inputs.keys.len(), d_keys.len(), "attention: gradient of keys");
        assert_eq!(inputs.values.len(), d_values.len(), "attention: gradient of values");
        if d_results.is_empty() || self.n_keys == 0 {
            d_queries.fill(0.0);
            d_keys.fill(0.0);
            d_values.fill(0.0);
            return;
        }
        let run = |row: usize, index: usize, gradients: Gradients<'_>| {
            let task = self.task(row, index);
            SCRATCH.with_borrow_mut(|scratch| {
                self.backward_task(&task, inputs, outputs, d_results, scratch, gradients);
            });
        };
        let (chunk, length) = (self.chunk(), self.n_keys * self.width());
        let rows = d_keys.par_chunks_mut(length).zip(d_values.par_chunks_mut(length));
        let rows = d_queries.par_chunks_mut(self.n_queries * self.width()).zip(rows);
        rows.enumerate().for_each(|(row, (queries, (keys, values)))| {
            if chunk >= self.n_queries {
                return run(row, 0, Gradients { queries, keys, values });
            }
            let mut sums = vec![0.0; self.n_queries.div_ceil(chunk) * 2 * length];
            let chunks = queries.par_chunks_mut(chunk * self.width());
            let chunks = chunks.zip(sums.par_chunks_mut(2 * length));
            chunks.enumerate().for_each(|(index, (queries, sums))| {
                let (keys, values) = sums.split_at_mut(length);
                run(row, index, Gradients { queries, keys, values });
            });
            keys.fill(0.0);
            values.fill(0.0);
            for sums in sums.chunks_exact(2 * length) {
                for (total, sum) in keys.iter_mut().chain(&mut *values).zip(sums) {
                    *total += sum;
                }
            }
        });
    }

    fn backward_task(
        &self,
        task: &Task,
        inputs: Inputs<'_>,
        outputs: Outputs<'_>,
        d_results: &[f32],
        scratch: &mut Scratch,
        gradients: Gradients<'_>,
    ) {
        let Gradients { queries: d_queries, keys: d_keys, values: d_values } = gradients;
        let Scratch { penalties, per_query: [means, log_sums], block: scratch } = scratch;
        self.penalties(task.row, penalties);
        let keep = self.keep();
        for index in 0..self.n_heads {
            let head = Head { attention: self, inputs, task, index, penalties, keep };
            head.means(outputs.results, d_results, means);
            head.log_sums(outputs.log_sums, log_sums);
            for keys in head.key_blocks() {
                let mut start = Start::Zero;
                for block in head.blocks(&keys) {
                    let positions = head.positions(&block);
                    let queries = head.queries(d_results, &block.queries);
                    let key = head.keys(inputs.keys, &block.keys);
                    let value = head.keys(inputs.values, &block.keys);

                    head.scores(&block, scratch);
                    let gradients = block.matrix_mut(&mut scratch.gradients);
                    gemm(queries, &value.transposed(), gradients, Start::Zero, Finish::Nothing);
                    let of_queries = [&means[positions.clone()], &log_sums[positions.clone()]];
                    head.differentiate(&block, scratch, of_queries);

                    let probabilities = block.matrix(&scratch.scores).transposed();
                    let d_values = head.matrix_mut(d_values, &block.keys);
                    gemm(probabilities, &queries, d_values, start, Finish::Nothing);
                    let d_scores = block.matrix(&scratch.gradients);
                    let scaled = Mat::new(&scratch.queries, block.queries.len(), self.head_width);
                    let d_keys = head.matrix_mut(d_keys, &block.keys);
                    gemm(d_scores.transposed(), &scaled, d_keys, start, Finish::Nothing);
                    let d_queries = head.matrix_mut(d_queries, &positions);
                    gemm(d_scores, &key, d_queries, block.start(), Finish::Nothing);
                    start = Start::Keep;
                }
            }
        }
        for number in d_queries {
            *number *= self.scale;
        }
        let n_seen = self.n_seen(task) * self.width();
        d_keys[n_seen..].fill(0.0);
        d_values[n_seen..].fill(0.0);
    }
}

impl Head<'_> {
    /// Writes Σ result · gradient of each query of the task. It equals the mean of the gradients of the query's
    /// probabilities, weighted with these (Dao et al., appendix B.2), also under dropout.
    fn means(&self, results: &[f32], d_results: &[f32], means: &mut Vec<f32>) {
        let results = self.queries(results, &self.task.queries);
        let d_results = self.queries(d_results, &self.task.queries);
        let rows = results.data.chunks(results.row_stride);
        let rows = rows.zip(d_results.data.chunks(d_results.row_stride)).take(results.n_rows);
        means.clear();
        means.extend(rows.map(|(result, d_result)| {
            dot(&result[..results.n_cols], &d_result[..d_results.n_cols])
        }));
    }

    /// Gathers the logarithms of the task's queries from `[n_rows, n_queries, n_heads]`.
    fn log_sums(&self, all: &[f32], log_sums: &mut Vec<f32>) {
        let Attention { n_queries, n_heads, .. } = *self.attention;
        let first = (self.task.row * n_queries + self.task.queries.start) * n_heads + self.index;
        log_sums.clear();
        log_sums.extend(all[first..].iter().step_by(n_heads).take(self.task.queries.len()));
    }

    /// Turns scores into probabilities after dropout, and the gradients of these into those of the scores.
    fn differentiate(
        &self,
        block: &Block,
        scratch: &mut BlockScratch,
        [means, log_sums]: [&[f32]; 2],
    ) {
        let stride = block.stride();
        let BlockScratch { scores, gradients, factors, per_query, .. } = scratch;
        self.hide(block, scores);
        per_query.resize(block.queries.len(), 0.0);
        exponentials_of_rows(scores, stride, log_sums, per_query);
        factors.clear();
        factors.resize(stride, 1.0);
        vectorized(
            #[inline(always)]
            || {
                let rows = scores.chunks_exact_mut(stride).zip(gradients.chunks_exact_mut(stride));
                let rows = rows.zip(block.queries.clone().zip(means));
                for ((scores, gradients), (query, mean)) in rows {
                    if let Some(keep) = &self.keep {
                        keep.factors(self.place(block, query), &mut factors[..block.keys.len()]);
                    }
                    let numbers = scores.iter_mut().zip(gradients).zip(&*factors);
                    for ((score, gradient), factor) in numbers {
                        *gradient = *score * (factor * *gradient - mean);
                        *score *= factor;
                    }
                }
            },
        );
    }
}
