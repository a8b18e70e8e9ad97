//! Multi-head self-attention: every position looks at all others (Vaswani et al. 2017).

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor};
use pg_base::Trouble;
use pg_onnx::{Attr, ElemType, Name};

use super::Init;
use super::parts::Linear;
use crate::kernels::{Attending, FILL, Kernels};
use crate::lower::Lowering;
use crate::spec::Cost;

/// Four linear maps of one width; queries, keys and values are split into heads of equal width.
#[derive(Module, Debug)]
pub struct Attention<B: Backend> {
    query: Linear<B>,
    key: Linear<B>,
    value: Linear<B>,
    output: Linear<B>,
    n_heads: usize,
    dropout: f64,
}

impl<B: Backend> Attention<B> {
    /// PyTorch's defaults: the three inner maps Xavier-uniform as one stacked `[width, 3 · width]` matrix with zero
    /// biases, the output map as any linear map, but with a zero bias.
    pub(super) fn new(
        part: &str,
        width: usize,
        n_heads: usize,
        dropout: f64,
        init: &Init<'_, B>,
    ) -> Self {
        let stacked = (6.0 / (4 * width) as f64).sqrt();
        let own = 1.0 / (width as f64).sqrt();
        let linear = |name: &str, bound: f64| {
            Linear::bounded(&format!("{part}{name}."), width, width, bound, init)
        };
        Self {
            query: linear("query", stacked),
            key: linear("key", stacked),
            value: linear("value", stacked),
            output: linear("output", own),
            n_heads,
            dropout,
        }
    }

    /// `[rows, length, width]` → the same; positions marked in `padding` are not looked at.
    pub(super) fn forward<K: Kernels<B>>(
        &self,
        x: Tensor<B, 3>,
        padding: Option<Tensor<B, 2, Bool>>,
    ) -> Tensor<B, 3> {
        let inputs = [&self.query, &self.key, &self.value]
            .map(|linear| linear.forward_sequence::<K>(x.clone(), None));
        let how = Attending { n_heads: self.n_heads, padding, dropout: self.dropout };
        self.output.forward_sequence::<K>(K::attention(inputs, &how), None)
    }
}

/// The cost of one row.
pub(super) fn cost(length: u64, width: u64, n_heads: u64) -> Cost {
    let (flat, scores) = (product(&[length, width]), product(&[n_heads, length, length]));
    Cost {
        n_params: product(&[4, width, width.saturating_add(1)]),
        n_macs: product(&[4, flat, width]).saturating_add(product(&[2, flat, length])),
        // Queries, keys, values, what was seen, the output; scores, softmax and their dropout.
        n_kept: product(&[5, flat]).saturating_add(product(&[3, scores])),
    }
}

/// The product, or the largest number where it is larger.
pub(super) fn product(factors: &[u64]) -> u64 {
    factors.iter().copied().fold(1, u64::saturating_mul)
}

/// Adds the attention with the weights `part.query.weight` … to an ONNX graph; `x` is `[N, length, width]`.
pub(super) fn lower(
    cx: &mut Lowering<'_>,
    part: &str,
    x: Name,
    padding: Option<Name>,
    [length, width]: [usize; 2],
    n_heads: usize,
) -> Result<Name, Trouble> {
    let head_width = width / n_heads;
    let split = [0, length as i64, n_heads as i64, head_width as i64];
    let mut parts = Vec::new();
    for (name, perm) in [("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])] {
        let mapped = cx.linear(&format!("{part}.{name}"), x, 3, [width, width], true)?;
        let heads = cx.graph.reshape(mapped, &split);
        parts.push(cx.graph.transpose(heads, &perm));
    }
    let [query, key, value] = parts[..] else { return Err(Trouble::internal("three maps")) };
    let scale = cx.graph.scalar("scale", 1.0 / (head_width as f32).sqrt());
    let query = cx.graph.node("Mul", &[query, scale], &[]);
    let mut scores = cx.graph.node("MatMul", &[query, key], &[]);
    if let Some(padding) = padding {
        let padding = cx.graph.cast(padding, ElemType::F32);
        let fill = cx.graph.scalar("fill", FILL);
        let penalty = cx.graph.node("Mul", &[padding, fill], &[]);
        let penalty = cx.graph.unsqueeze(penalty, &[1, 2]);
        scores = cx.graph.node("Add", &[scores, penalty], &[]);
    }
    let weights = cx.graph.node("Softmax", &[scores], &[("axis", Attr::Int(-1))]);
    let seen = cx.graph.node("MatMul", &[weights, value], &[]);
    let seen = cx.graph.transpose(seen, &[0, 2, 1, 3]);
    let seen = cx.graph.reshape(seen, &[0, length as i64, width as i64]);
    cx.linear(&format!("{part}.output"), seen, 3, [width, width], true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::BurnKernels;
    use crate::layers::golden::{AD, cases, init};
    use crate::value::Value;

    #[test]
    fn equals_pytorch() {
        let names = [
            ("wq", "query.weight", true),
            ("bq", "query.bias", false),
            ("wk", "key.weight", true),
            ("bk", "key.bias", false),
            ("wv", "value.weight", true),
            ("bv", "value.bias", false),
            ("wo", "output.weight", true),
            ("bo", "output.bias", false),
        ];
        let all = cases(include_str!("../golden/multi_head_attention.json"));
        for case in all.iter().filter(|case| !case.flag("causal")) {
            let attention = Attention::<AD>::new(
                "",
                case.size("d_model"),
                case.size("num_heads"),
                0.0,
                &init(),
            );
            case.check_module(attention, &names, |attention, value| {
                let padding = value.padding.clone();
                Ok(Value::from(attention.forward::<BurnKernels>(value.rank3()?, padding)))
            });
        }
    }
}
