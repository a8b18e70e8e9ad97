//! One head of one row: its matrices, its mask and the working memory for a block of its scores.

use std::ops::Range;

use super::super::dropout::Keep;
use super::super::gemm::{Finish, Mat, MatMut, Start, gemm};
use super::super::simd::vectorized;
use super::{Attention, Inputs, KEYS, QUERIES};

/// Numbers in the longest vector, that of AVX-512; a query's scores are padded to whole ones.
const LANES: usize = 16;

/// What is added to the scores of a padding key: not −∞, so that padding alone gives an average and not NaN.
const PENALTY: f32 = -1.0e4;

/// What one task computes: some queries of one row, all heads.
pub(super) struct Task {
    pub row: usize,
    pub queries: Range<usize>,
}

/// One head of a task.
pub(super) struct Head<'a> {
    pub attention: &'a Attention<'a>,
    pub inputs: Inputs<'a>,
    pub task: &'a Task,
    pub index: usize,
    /// What is added to the scores, one number per key; nothing where that would change no probability.
    pub penalties: &'a [f32],
    pub keep: Option<Keep>,
}

/// A block of scores: some queries of a task against some keys of its row.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub queries: Range<usize>,
    pub keys: Range<usize>,
}

/// A thread's working memory.
#[derive(Default)]
pub(super) struct Scratch {
    /// [`Head::penalties`] of the row.
    pub penalties: Vec<f32>,
    /// Two numbers per query of the task: forward the largest score and the sum of exponentials so far, backward the
    /// mean of the scores' gradients and the logarithm of the sum.
    pub per_query: [Vec<f32>; 2],
    pub block: BlockScratch,
}

/// Working memory for one block of scores.
#[derive(Default)]
pub(super) struct BlockScratch {
    /// The queries times the scale.
    pub queries: Vec<f32>,
    /// Scores, then probabilities.
    pub scores: Vec<f32>,
    /// The gradients of these.
    pub gradients: Vec<f32>,
    /// Of each query, forward the largest score, backward the sum of probabilities.
    pub per_query: Vec<f32>,
    /// What dropout multiplies the probabilities of one query by.
    pub factors: Vec<f32>,
}

impl Block {
    /// Numbers from one query's scores to the next one's: whole vectors.
    pub fn stride(&self) -> usize {
        self.keys.len().next_multiple_of(LANES)
    }

    /// A matrix `[queries, keys]` in a block's working memory.
    pub fn matrix<'a>(&self, data: &'a [f32]) -> Mat<'a> {
        let row_stride = self.stride();
        Mat { data, n_rows: self.queries.len(), n_cols: self.keys.len(), row_stride, col_stride: 1 }
    }

    /// The same to be written, once it has the block's size.
    pub fn matrix_mut<'a>(&self, data: &'a mut Vec<f32>) -> MatMut<'a> {
        let (n_rows, row_stride) = (self.queries.len(), self.stride());
        data.resize(n_rows * row_stride, 0.0);
        MatMut { data, n_rows, n_cols: self.keys.len(), row_stride }
    }

    /// With what a sum over the keys begins: the first block of them writes, the others add.
    pub fn start<'a>(&self) -> Start<'a> {
        if self.keys.start == 0 { Start::Zero } else { Start::Keep }
    }
}

impl Head<'_> {
    /// This head's columns of the given queries of its row in `[n_rows, n_queries, width]`.
    pub fn queries<'a>(&self, numbers: &'a [f32], queries: &Range<usize>) -> Mat<'a> {
        self.matrix(numbers, self.task.row * self.attention.n_queries, queries)
    }

    /// This head's columns of the given keys of its row in `[n_rows, n_keys, width]`.
    pub fn keys<'a>(&self, numbers: &'a [f32], keys: &Range<usize>) -> Mat<'a> {
        self.matrix(numbers, self.task.row * self.attention.n_keys, keys)
    }

    fn matrix<'a>(&self, numbers: &'a [f32], first: usize, rows: &Range<usize>) -> Mat<'a> {
        let width = self.attention.width();
        Mat {
            data: &numbers[(first + rows.start) * width + self.index * self.attention.head_width..],
            n_rows: rows.len(),
            n_cols: self.attention.head_width,
            row_stride: width,
            col_stride: 1,
        }
    }

    /// This head's columns of some positions of `[positions, width]`, to be written.
    pub fn matrix_mut<'a>(&self, numbers: &'a mut [f32], rows: &Range<usize>) -> MatMut<'a> {
        let width = self.attention.width();
        MatMut {
            data: &mut numbers[rows.start * width + self.index * self.attention.head_width..],
            n_rows: rows.len(),
            n_cols: self.attention.head_width,
            row_stride: width,
        }
    }

    /// The blocks of keys that some of the task's queries look at.
    pub fn key_blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let end = self.attention.n_seen(self.task);
        (0..end).step_by(KEYS).map(move |first| first..end.min(first + KEYS))
    }

    /// The blocks that the task's queries and these keys make, without those whose queries look at none of the keys.
    pub fn blocks(&self, keys: &Range<usize>) -> impl Iterator<Item = Block> {
        let queries = &self.task.queries;
        queries
            .clone()
            .step_by(QUERIES)
            .map(move |first| first..queries.end.min(first + QUERIES))
            .filter(|queries| !self.attention.causal || queries.end > keys.start)
            .map(|queries| Block { queries, keys: keys.clone() })
    }

    /// Where the block's queries stand among those of the task.
    pub fn positions(&self, block: &Block) -> Range<usize> {
        let first = self.task.queries.start;
        block.queries.start - first..block.queries.end - first
    }

    /// Fills the scores of keys that a query does not look at, and what pads its scores, with −∞.
    pub fn hide(&self, block: &Block, scores: &mut [f32]) {
        if block.stride() == block.keys.len() && !self.attention.causal {
            return;
        }
        for (scores, query) in scores.chunks_exact_mut(block.stride()).zip(block.queries.clone()) {
            scores[self.n_visible(block, query)..].fill(f32::NEG_INFINITY);
        }
    }

    /// How many of the block's keys a query looks at.
    fn n_visible(&self, block: &Block, query: usize) -> usize {
        let keys = &block.keys;
        let end =
            if self.attention.causal { (query + 1).clamp(keys.start, keys.end) } else { keys.end };
        end - keys.start
    }

    /// The place of the query's first probability of the block in `[row, head, query, key]`.
    pub fn place(&self, block: &Block, query: usize) -> u64 {
        let Attention { n_heads, n_queries, n_keys, .. } = *self.attention;
        let query = (self.task.row * n_heads + self.index) as u64 * n_queries as u64 + query as u64;
        query * n_keys as u64 + block.keys.start as u64
    }

    /// Writes the block's queries times the scale, `[queries, head_width]`, and with them its scores.
    pub fn scores(&self, block: &Block, scratch: &mut BlockScratch) {
        let head_width = self.attention.head_width;
        let queries = self.queries(self.inputs.queries, &block.queries);
        scratch.queries.resize(queries.n_rows * head_width, 0.0);
        let rows = scratch.queries.chunks_exact_mut(head_width);
        let rows = rows.zip(queries.data.chunks(queries.row_stride));
        vectorized(
            #[inline(always)]
            || {
                for (scaled, query) in rows {
                    for (scaled, number) in scaled.iter_mut().zip(query) {
                        *scaled = number * self.attention.scale;
                    }
                }
            },
        );
        let start = match self.penalties.get(block.keys.clone()) {
            Some(penalties) => Start::PerColumn(penalties),
            None => Start::Zero,
        };
        let queries = Mat::new(&scratch.queries, block.queries.len(), head_width);
        let keys = self.keys(self.inputs.keys, &block.keys).transposed();
        let scores = block.matrix_mut(&mut scratch.scores);
        gemm(queries, &keys, scores, start, Finish::Nothing);
    }
}

impl Attention<'_> {
    pub(super) fn keep(&self) -> Option<Keep> {
        (self.dropout > 0.0).then(|| Keep::new(self.dropout, self.seed))
    }

    /// How many keys of its row a task looks at.
    pub(super) fn n_seen(&self, task: &Task) -> usize {
        if self.causal { self.n_keys.min(task.queries.end) } else { self.n_keys }
    }

    /// Writes [`Head::penalties`] of a row.
    pub(super) fn penalties(&self, row: usize, penalties: &mut Vec<f32>) {
        penalties.clear();
        let Some(padding) = self.padding else { return };
        let padding = &padding[row * self.n_keys..][..self.n_keys];
        // The same number added to all scores would only take their last bits.
        if padding.contains(&true) && padding.contains(&false) {
            penalties
                .extend(padding.iter().map(|is_padding| if *is_padding { PENALTY } else { 0.0 }));
        }
    }
}
