//! Attention, `dropout(softmax(Q · Kᵀ · scale + mask)) · V`, whose probabilities are never kept.
//!
//! As in FlashAttention (Dao et al. 2022), scores exist for one block of queries and keys at a time. Of each query the
//! forward pass keeps the logarithm of its sum of exponentials; from it the backward pass computes the probabilities
//! anew.

mod backward;
mod forward;
mod head;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

use head::{Scratch, Task};

/// Queries of one block of scores.
const QUERIES: usize = 128;

/// Keys of one block of scores.
const KEYS: usize = 256;

/// Rows are cut into chunks of queries where there are fewer rows than this.
const TASKS: usize = 16;

/// Each chunk has its own sums for the gradients of the keys and values, so there are few.
const MAX_CHUNKS: usize = 8;

/// Shape and settings of one attention.
///
/// Queries and results are `[n_rows, n_queries, width]`, keys and values `[n_rows, n_keys, width]`. The width is
/// `n_heads · head_width`; head h owns the columns from `h · head_width` on.
#[derive(Clone, Copy, Debug)]
pub struct Attention<'a> {
    pub n_rows: usize,
    pub n_queries: usize,
    pub n_keys: usize,
    pub n_heads: usize,
    pub head_width: usize,
    /// Usually `1 / √head_width`.
    pub scale: f32,
    /// `[n_rows, n_keys]`, true where a key is not looked at.
    pub padding: Option<&'a [bool]>,
    /// Whether query i looks at the keys `..=i` alone.
    pub causal: bool,
    /// The probability `[row, head, query, key]` is dropped where [`super::dropout`] at this rate drops it.
    pub dropout: f64,
    pub seed: u64,
}

/// What attention reads.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub queries: &'a [f32],
    pub keys: &'a [f32],
    pub values: &'a [f32],
}

/// What [`Attention::forward`] wrote.
#[derive(Clone, Copy, Debug)]
pub struct Outputs<'a> {
    /// `[n_rows, n_queries, width]`.
    pub results: &'a [f32],
    /// `[n_rows, n_queries, n_heads]`, the logarithm of each query's sum of exponentials.
    pub log_sums: &'a [f32],
}

/// Where [`Attention::backward`] writes the gradients of its inputs.
#[derive(Debug)]
pub struct Gradients<'a> {
    pub queries: &'a mut [f32],
    pub keys: &'a mut [f32],
    pub values: &'a mut [f32],
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Attention<'_> {
    fn width(&self) -> usize {
        self.n_heads * self.head_width
    }

    /// Queries of one task, whole blocks of them.
    fn chunk(&self) -> usize {
        let n_blocks = self.n_queries.div_ceil(QUERIES).max(1);
        let n_chunks = (TASKS / self.n_rows.max(1)).clamp(1, n_blocks.min(MAX_CHUNKS));
        n_blocks.div_ceil(n_chunks) * QUERIES
    }

    fn task(&self, row: usize, index: usize) -> Task {
        let first = index * self.chunk();
        Task { row, queries: first..self.n_queries.min(first + self.chunk()) }
    }

    fn check(&self, inputs: &Inputs<'_>, outputs: &Outputs<'_>) {
        let n_queries = self.n_rows * self.n_queries;
        let n_keys = self.n_rows * self.n_keys;
        assert_eq!(inputs.queries.len(), n_queries * self.width(), "attention: queries");
        assert_eq!(inputs.keys.len(), n_keys * self.width(), "attention: keys");
        assert_eq!(inputs.values.len(), n_keys * self.width(), "attention: values");
        assert_eq!(outputs.results.len(), n_queries * self.width(), "attention: results");
        assert_eq!(outputs.log_sums.len(), n_queries * self.n_heads, "attention: sums");
        if let Some(padding) = self.padding {
            assert_eq!(padding.len(), n_keys, "attention: padding");
        }
    }
}
