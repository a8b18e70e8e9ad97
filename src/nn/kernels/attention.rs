//! Attention from queries, keys and values (Vaswani et al. 2017).

use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor, activation};

use super::Kernels;

/// Stands for −∞ where something must not win: finite, so that no row turns into NaN; exp of it is 0 in 32 bits.
pub const FILL: f32 = -1.0e4;

/// How the positions of a sequence look at each other.
#[derive(Clone, Debug)]
pub struct Attending<B: Backend> {
    /// Parts of equal width that queries, keys and values are split into.
    pub n_heads: usize,
    /// `[rows, keys]`, true where nobody looks.
    pub padding: Option<Tensor<B, 2, Bool>>,
    /// Dropout of the softmax.
    pub dropout: f64,
}

/// Softmax(query · keyᵀ / √width) · value for each head of `[rows, length, heads · width]`, by burn.
pub(super) fn attend<B: Backend, K: Kernels<B>>(
    [query, key, value]: [Tensor<B, 3>; 3],
    how: &Attending<B>,
) -> Tensor<B, 3> {
    let [n_rows, n_queries, width] = query.dims();
    let n_keys = key.dims()[1];
    let head_width = width / how.n_heads;
    let heads = |tensor: Tensor<B, 3>, length: usize| {
        tensor.reshape([n_rows, length, how.n_heads, head_width]).swap_dims(1, 2)
    };
    let (query, key, value) = (heads(query, n_queries), heads(key, n_keys), heads(value, n_keys));
    let query = query.mul_scalar(1.0 / (head_width as f64).sqrt());
    let scores = query.matmul(key.swap_dims(2, 3));
    // Adding −10⁴ gives the same zeros as filling with it, needs no mask of the size of the scores and no gradient.
    let scores = match &how.padding {
        Some(padding) => {
            scores.add(padding.clone().float().mul_scalar(FILL).reshape([n_rows, 1, 1, n_keys]))
        }
        None => scores,
    };
    let seen = K::dropout(activation::softmax(scores, 3), how.dropout).matmul(value);
    seen.swap_dims(1, 2).reshape([n_rows, n_queries, width])
}
