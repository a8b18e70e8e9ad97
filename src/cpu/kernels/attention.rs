//! Attention that never holds the matrix of all scores.

use std::sync::Arc;

use burn_flex::FlexTensor;

use crate::math::attention::{self, Gradients, Inputs, Outputs};
use crate::op::{Op, dims, filled, like, numbers};

/// Attention of queries on keys and values, `[rows, length, heads · width]` each.
#[derive(Clone, Debug)]
pub(super) struct Attention {
    pub(super) n_heads: usize,
    pub(super) padding: Option<Arc<[bool]>>,
    pub(super) dropout: f64,
    pub(super) seed: u64,
}

impl Attention {
    fn shape(&self, [queries, keys, _]: &[FlexTensor; 3]) -> attention::Attention<'_> {
        let [n_rows, n_queries, width] = dims(queries);
        let [_, n_keys, _] = dims(keys);
        let head_width = width / self.n_heads;
        attention::Attention {
            n_rows,
            n_queries,
            n_keys,
            n_heads: self.n_heads,
            head_width,
            scale: 1.0 / (head_width as f32).sqrt(),
            padding: self.padding.as_deref(),
            causal: false,
            dropout: self.dropout,
            seed: self.seed,
        }
    }
}

fn inputs([queries, keys, values]: &[FlexTensor; 3]) -> Inputs<'_> {
    Inputs { queries: numbers(queries), keys: numbers(keys), values: numbers(values) }
}

impl Op<3> for Attention {
    /// Inputs, results and the sums of each query.
    type Kept = ([FlexTensor; 3], FlexTensor, Arc<[f32]>);

    fn forward(&self, given: &[FlexTensor; 3], keeps: bool) -> (FlexTensor, Option<Self::Kept>) {
        let shape = self.shape(given);
        let mut results = filled(numbers(&given[0]).len());
        let mut log_sums = filled(shape.n_rows * shape.n_queries * shape.n_heads);
        shape.forward(inputs(given), &mut results, &mut log_sums);
        let results = like(results, &given[0]);
        let kept = keeps.then(|| (given.clone(), results.clone(), log_sums.into()));
        (results, kept)
    }

    fn backward(
        &self,
        (given, results, log_sums): Self::Kept,
        gradient: FlexTensor,
        _wanted: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let mut gradients = given.each_ref().map(|tensor| filled(numbers(tensor).len()));
        let [queries, keys, values] = &mut gradients;
        self.shape(&given).backward(
            inputs(&given),
            Outputs { results: numbers(&results), log_sums: &log_sums },
            numbers(&gradient),
            Gradients { queries, keys, values },
        );
        let [queries, keys, values] = gradients;
        [Some(like(queries, &given[0])), Some(like(keys, &given[1])), Some(like(values, &given[2]))]
    }
}
