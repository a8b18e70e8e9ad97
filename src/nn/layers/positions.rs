//! Positions: tells a network for sequences where each token stands.

use burn::module::{Module, Param as Weight};
use burn::tensor::{Tensor, backend::Backend};
use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};

use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "positions",
    version: 1,
    text: NodeText {
        title: t("Positions", "位置编码"),
        summary: t("Tells the network where each token stands.", "告诉网络每个词元所在的位置。"),
        help: t(
            "Transformer blocks do not see the order of tokens by themselves. Put this between Embedding and the first block.",
            "Transformer 模块自身看不到词元的顺序。请将本层放在嵌入层与第一个模块之间。",
        ),
        keywords: &[
            "positional encoding",
            "PositionalEncoding",
            "PositionEmbedding",
            "sinusoidal",
            "order",
            "位置嵌入",
        ],
    },
    params: &[KIND.spec],
    arity: Arity::One,
    signal: |_, inputs| Ok(Signal::numbers(shapes::sequence(inputs)?)),
    cost,
    lower,
};

/// Fixed waves or learnt numbers.
pub const KIND: Param<String> = Param::choice(
    "kind",
    t("Kind", "方式"),
    "sinusoidal",
    &[
        Choice { id: "sinusoidal", label: t("Sinusoidal (fixed)", "正弦（固定）") },
        Choice { id: "learnt", label: t("Learnt", "可学习") },
    ],
)
.help(t(
    "Sinusoidal needs no training and suits small data sets; learnt positions fit long, regular texts a little better.",
    "正弦方式无需训练，适合小数据集；可学习的方式对较长且规则的文本略好。",
));

/// One row per position, learnt or fixed: exactly one of the two is there.
#[derive(Module, Debug)]
pub struct Positions<B: Backend> {
    weight: Option<Weight<Tensor<B, 2>>>,
    waves: Option<Tensor<B, 2>>,
}

impl<B: Backend> LayerModule<B> for Positions<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let shape @ [length, width] = shapes::sequence(inputs)?;
        // The spread of BERT and GPT-2.
        Ok(if KIND.of(params) == "learnt" {
            Self { weight: Some(init.normal("weight", shape, 0.02)), waves: None }
        } else {
            Self { weight: None, waves: Some(init.tensor(shape, sinusoids(length, width))) }
        })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let value = value::only(inputs)?;
        let padding = value.padding.clone();
        let learnt = self.weight.as_ref().map(Weight::val);
        let table = learnt
            .or_else(|| self.waves.clone())
            .ok_or_else(|| Trouble::internal("no positions"))?;
        let x = value.rank3()?;
        let dims @ [n_rows, length, width] = x.dims();
        // As rows of one matrix, for which backends have a quick way.
        let flat = x.reshape([n_rows, length * width]).add(table.reshape([1, length * width]));
        Ok(Value::from(flat.reshape(dims)).with_padding(padding))
    }
}

/// Sine in the even columns, cosine in the odd ones (Vaswani et al. 2017, section 3.5), row-major.
fn sinusoids(length: usize, width: usize) -> Vec<f32> {
    let entry = |position: usize, column: usize| {
        let angle = position as f64 / 10000_f64.powf((column - column % 2) as f64 / width as f64);
        if column.is_multiple_of(2) { angle.sin() } else { angle.cos() }
    };
    (0..length)
        .flat_map(|position| (0..width).map(move |column| entry(position, column) as f32))
        .collect()
}

fn cost(params: &ParamValues, _: &[Signal], output: &Signal) -> Cost {
    let n_params = if KIND.of(params) == "learnt" { output.n_elements() } else { 0 };
    Cost { n_params, n_macs: 0, n_kept: output.n_elements() }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let shape @ [length, width] = shapes::sequence(cx.signals)?;
    let table = if KIND.of(cx.params) == "learnt" {
        cx.weight("weight", &shape)?.to_vec()
    } else {
        sinusoids(length, width)
    };
    let hint = cx.name("positions");
    let table = cx.graph.constant_f32(&hint, &shape, &table);
    Ok(Lowered { value: cx.graph.node("Add", &[input.value, table], &[]), padding: input.padding })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::golden::{assert_close, cases};
    use pg_base::Array;

    #[test]
    fn sinusoids_equal_pytorch() {
        for case in cases(include_str!("../golden/sinusoidal_positions.json")) {
            let (length, width) = (case.size("length"), case.size("d_model"));
            assert_close(
                "table",
                &Array::f32([length, width], sinusoids(length, width)),
                &case.output,
            );
        }
    }
}
