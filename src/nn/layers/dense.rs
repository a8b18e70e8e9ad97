//! Dense: every output is a weighted sum of all inputs.

use burn::module::Module;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, Param, ParamValues, Trouble, t};

use super::parts::Linear;
use super::{Init, LayerModule, shapes};
use crate::kernels::{Curve, Kernels};
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Numbers, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "dense",
    version: 1,
    text: NodeText {
        title: t("Dense", "全连接"),
        summary: t(
            "Every output is a weighted sum of all inputs.",
            "每个输出都是全部输入的加权和。",
        ),
        help: t(
            "The basic building block for tables. More units let the network learn more, and need more data. Put an activation after it, or two Dense layers in a row can do no more than one. On sequences it treats every position alike.",
            "处理表格的基本层。单元越多，网络能学到的越多，但需要的数据也越多。其后应接激活函数，否则连续两个全连接层与一个等效。用于序列时，每个位置的处理方式相同。",
        ),
        keywords: &[
            "dense",
            "Linear",
            "fully connected",
            "Gemm",
            "perceptron",
            "InnerProduct",
            "线性层",
            "全连接层",
        ],
    },
    params: &[UNITS.spec, BIAS.spec],
    arity: Arity::One,
    signal,
    cost,
    lower,
};

/// Outputs per row or position.
pub const UNITS: Param<i64> = Param::int("units", t("Units", "单元数"), 64, 1, 65536).help(t(
    "How many numbers leave the layer. 16 to 256 suit most tables.",
    "该层输出多少个数字。多数表格使用 16 到 256 即可。",
));

/// Whether a constant is added to every output.
pub const BIAS: Param<bool> = Param::flag("bias", t("Bias", "偏置"), true).help(t(
    "Adds a learnt constant to every output. Switch it off only right before a normalisation.",
    "为每个输出加上一个可学习的常数。仅当其后紧接归一化时才需关闭。",
));

/// The weights.
#[derive(Module, Debug)]
pub struct Dense<B: Backend> {
    inner: Linear<B>,
}

impl<B: Backend> LayerModule<B> for Dense<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let (_, n_in) = shapes::last_features(inputs)?;
        Ok(Self {
            inner: Linear::new("", n_in, shapes::size(&UNITS, params), BIAS.of(params), init),
        })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        self.forward_curved::<K>(inputs, None)
    }

    fn forward_curved<K: Kernels<B>>(
        &self,
        inputs: Vec<Value<B>>,
        curve: Option<Curve>,
    ) -> Result<Value<B>, Trouble> {
        let Value { numbers, padding } = value::only(inputs)?;
        let numbers = match numbers {
            Numbers::Rank2(x) => Numbers::Rank2(self.inner.forward::<K>(x, curve)),
            Numbers::Rank3(x) => Numbers::Rank3(self.inner.forward_sequence::<K>(x, curve)),
            Numbers::Rank4(_) | Numbers::Ids(_) => {
                return Err(Trouble::internal("a dense layer on pictures or ids"));
            }
        };
        Ok(Value { numbers, padding })
    }
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    shapes::last_features(inputs)?;
    let mut shape = shapes::first(inputs)?.shape.clone();
    if let Some(last) = shape.last_mut() {
        *last = shapes::size(&UNITS, params);
    }
    Ok(Signal::numbers(shape))
}

fn cost(params: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let (n_positions, n_in) = shapes::last_features(inputs).unwrap_or_default();
    let n_out = shapes::size(&UNITS, params) as u64;
    let n_weights = (n_in as u64).saturating_mul(n_out);
    Cost {
        n_params: n_weights.saturating_add(if BIAS.of(params) { n_out } else { 0 }),
        n_macs: n_weights.saturating_mul(n_positions as u64),
        n_kept: output.n_elements(),
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, shape) = cx.only()?;
    let (_, n_in) = shapes::last_features(cx.signals)?;
    let sizes = [n_in, shapes::size(&UNITS, cx.params)];
    let value = cx.linear("", input.value, shape.len() + 1, sizes, BIAS.of(cx.params))?;
    Ok(Lowered { value, padding: input.padding })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Layer;
    use crate::layers::golden::{AD, cases, init};

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/linear.json")) {
            let has_bias = case.flag("bias");
            let layer =
                Layer::Dense(Dense::<AD> { inner: Linear::new("", 3, 5, has_bias, &init()) });
            case.check(layer, &[("weight", "weight", true), ("bias", "bias", false)]);
        }
    }

    #[test]
    fn pictures_are_told_to_flatten_first() {
        let trouble = (SPEC.signal)(&ParamValues::new(), &[Signal::numbers([1, 8, 8])])
            .expect_err("a picture");
        assert!(trouble.to_string().contains("Add Flatten"), "{trouble}");
    }

    #[test]
    fn costs_count_weights_once_and_sums_per_position() {
        let inputs = [Signal::numbers([5, 3])];
        let output = (SPEC.signal)(&ParamValues::new(), &inputs).expect("fits");
        assert_eq!(output.shape, [5, 64]);
        let cost = (SPEC.cost)(&ParamValues::new(), &inputs, &output);
        assert_eq!(cost, Cost { n_params: 3 * 64 + 64, n_macs: 5 * 3 * 64, n_kept: 5 * 64 });
    }
}
