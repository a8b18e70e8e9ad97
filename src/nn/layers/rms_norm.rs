//! RMS normalisation: brings the features of every row or position to a root mean square of 1.

use burn::module::{Module, Param as Weight};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, Param, ParamValues, Trouble, t};

use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, AnyRank, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "rms_norm",
    version: 1,
    text: NodeText {
        title: t("RMS normalisation", "RMS 归一化"),
        summary: t(
            "Brings the features of every row or position to a root mean square of 1.",
            "将每行或每个位置的特征归一化为均方根 1。",
        ),
        help: t(
            "Layer normalisation without the mean and the shift: half the weights, a little quicker and as steady (Zhang and Sennrich 2019). Recent language models use it.",
            "省去均值和平移的层归一化：权重减半，稍快且同样稳定（Zhang 与 Sennrich，2019）。近年的语言模型多用它。",
        ),
        keywords: &[
            "RMS norm",
            "RMSNorm",
            "RMSNormalization",
            "SimplifiedLayerNormalization",
            "root mean square",
            "normalization",
            "归一化",
            "均方根",
        ],
    },
    params: &[EPSILON.spec],
    arity: Arity::One,
    signal: |_, inputs| {
        shapes::last_features(inputs)?;
        Ok(shapes::first(inputs)?.clone())
    },
    cost,
    lower,
};

/// Added to the mean square.
pub const EPSILON: Param<f64> = Param::float("epsilon", t("Epsilon", "Epsilon"), 1e-5, 1e-12, 1.0)
    .help(t(
        "A small number that keeps the division safe when all features are 0.",
        "很小的数，避免所有特征为零时除以零。",
    ));

/// Scale of every feature.
#[derive(Module, Debug)]
pub struct RmsNorm<B: Backend> {
    weight: Weight<Tensor<B, 1>>,
    epsilon: f64,
}

impl<B: Backend> LayerModule<B> for RmsNorm<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let (_, width) = shapes::last_features(inputs)?;
        Ok(Self { weight: init.constant([width], 1.0), epsilon: EPSILON.of(params) })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        value::only(inputs)?.apply::<K>(self)
    }
}

impl<B: Backend> AnyRank<B> for RmsNorm<B> {
    fn on<K: Kernels<B>, const D: usize>(&self, tensor: Tensor<B, D>) -> Tensor<B, D> {
        K::rms_norm(tensor, self.weight.val(), self.epsilon)
    }
}

fn cost(_: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let (_, width) = shapes::last_features(inputs).unwrap_or_default();
    Cost { n_params: width as u64, n_macs: output.n_elements(), n_kept: 2 * output.n_elements() }
}

/// From its parts: `RMSNormalization` begins with opset 23.
fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let (_, width) = shapes::last_features(cx.signals)?;
    let weight = cx.weight("weight", &[width])?;
    let hint = cx.name("weight");
    let weight = cx.graph.constant_f32(&hint, &[width], weight);
    let epsilon = cx.graph.scalar("epsilon", EPSILON.of(cx.params) as f32);
    let square = cx.graph.node("Mul", &[input.value, input.value], &[]);
    let mean = cx.graph.reduce("ReduceMean", square, &[-1], true);
    let mean = cx.graph.node("Add", &[mean, epsilon], &[]);
    let root = cx.graph.node("Sqrt", &[mean], &[]);
    let normed = cx.graph.node("Div", &[input.value, root], &[]);
    let value = cx.graph.node("Mul", &[normed, weight], &[]);
    Ok(Lowered { value, padding: input.padding })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Layer;
    use crate::layers::golden::{AD, cases, init};

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/rms_norm.json")) {
            let features = [Signal::numbers([6])];
            let layer = RmsNorm::<AD>::build(&ParamValues::new(), &features, &init());
            case.check(Layer::RmsNorm(layer.expect("fits")), &[("weight", "weight", false)]);
        }
    }
}
