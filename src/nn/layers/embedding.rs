//! Embedding: a learnt list of numbers for every token.

use burn::module::{Module, Param as Weight};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};
use pg_base::{NodeText, Param, ParamValues, Trouble, t};

use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "embedding",
    version: 1,
    text: NodeText {
        title: t("Embedding", "嵌入"),
        summary: t("A learnt list of numbers for every token.", "为每个词元学习一组数字。"),
        help: t(
            "The first layer of networks for text: words used alike get similar numbers. Id 0 is padding: it gives zeros, is never trained, and the layers after it leave it out.",
            "文本网络的第一层：用法相近的词会得到相近的数字。编号 0 为填充：输出全零、不参与训练，后续各层也会忽略它。",
        ),
        keywords: &[
            "embedding",
            "Embedding",
            "lookup",
            "word vectors",
            "word2vec",
            "Gather",
            "token",
            "词向量",
        ],
    },
    params: &[DIM.spec],
    arity: Arity::One,
    signal,
    cost,
    lower,
};

/// Numbers per token.
pub const DIM: Param<i64> = Param::int("dim", t("Width", "维度"), 64, 1, 4096).help(t(
    "Numbers per token. 32 to 128 suit small data sets.",
    "每个词元的数字个数。小数据集使用 32 到 128 即可。",
));

/// The table `[vocabulary, dim]`.
#[derive(Module, Debug)]
pub struct Embedding<B: Backend> {
    weight: Weight<Tensor<B, 2>>,
    /// `[1, length]`: 1 at position 0, else 0.
    first: Tensor<B, 2, Int>,
}

impl<B: Backend> LayerModule<B> for Embedding<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let (length, vocabulary) = shapes::ids(inputs)?;
        Ok(Self::new(length, [vocabulary, shapes::size(&DIM, params)], init))
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let ids = value::only(inputs)?.ids()?;
        // Position 0 always counts, so that an empty text is one (zero) token and no mean or maximum is of nothing.
        let has_padding = ids.dims()[1] > 1;
        let padding = has_padding.then(|| ids.clone().add(self.first.clone()).equal_elem(0));
        let x = K::embedding(self.weight.val(), ids);
        Ok(Value::from(x).with_padding(padding))
    }
}

impl<B: Backend> Embedding<B> {
    /// Standard normal as in PyTorch, which is also "Attention is all you need" with its scaling by √dim:
    /// the size of sinusoidal positions. The row of id 0 is zero.
    fn new(length: usize, [vocabulary, width]: [usize; 2], init: &Init<'_, B>) -> Self {
        let mut numbers = init.normals("weight", vocabulary * width, 1.0);
        numbers.iter_mut().take(width).for_each(|number| *number = 0.0);
        let first: Vec<i32> = (0..length).map(|position| i32::from(position == 0)).collect();
        let first =
            Tensor::<B, 1, Int>::from_ints(first.as_slice(), init.device()).reshape([1, length]);
        Self { weight: init.given([vocabulary, width], numbers), first }
    }
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    let (length, _) = shapes::ids(inputs)?;
    Ok(Signal::numbers([length, shapes::size(&DIM, params)]))
}

fn cost(params: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let (_, vocabulary) = shapes::ids(inputs).unwrap_or_default();
    let n_params = (vocabulary as u64).saturating_mul(shapes::size(&DIM, params) as u64);
    Cost { n_params, n_macs: 0, n_kept: 2 * output.n_elements() }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let (length, vocabulary) = shapes::ids(cx.signals)?;
    let width = shapes::size(&DIM, cx.params);
    let mut table = cx.weight("weight", &[vocabulary, width])?.to_vec();
    table.iter_mut().take(width).for_each(|number| *number = 0.0);
    let hint = cx.name("table");
    let value = cx.graph.embedding(&hint, input.value, [vocabulary, width], &table);
    let first: Vec<i64> = (0..length).map(|position| i64::from(position == 0)).collect();
    let first = cx.graph.constant_i64("first", &[1, length], &first);
    let zero = cx.graph.constant_i64("zero", &[], &[0]);
    let shifted = cx.graph.node("Add", &[input.value, first], &[]);
    let padding = cx.graph.node("Equal", &[shifted, zero], &[]);
    Ok(Lowered { value, padding: Some(padding) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::BurnKernels;
    use crate::layers::Layer;
    use crate::layers::golden::{AD, cases, init};
    use burn_flex::FlexDevice;
    use pg_base::Array;

    #[test]
    fn equals_pytorch_with_a_padding_row() {
        let all = cases(include_str!("../golden/embedding.json"));
        let padded: Vec<_> = all.iter().filter(|case| case.config["padding_idx"] == 0).collect();
        assert_eq!(padded.len(), 1);
        for case in padded {
            case.check(
                Layer::Embedding(Embedding::<AD>::new(4, [7, 3], &init())),
                &[("weight", "weight", false)],
            );
        }
    }

    #[test]
    fn padding_is_id_0_after_the_first_position() {
        let layer = Embedding::<AD>::new(3, [5, 2], &init());
        let ids =
            Value::from_array(&Array::i32([3, 3], vec![1, 0, 2, 0, 0, 0, 4, 4, 0]), &FlexDevice);
        let value =
            LayerModule::forward::<BurnKernels>(&layer, vec![ids.expect("ids")]).expect("fits");
        let padding =
            value.padding.expect("made here").into_data().to_vec::<bool>().expect("truth values");
        assert_eq!(padding, [false, true, false, false, true, true, false, false, true]);
    }
}
