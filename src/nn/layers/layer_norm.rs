//! Layer normalisation: brings the features of every row or position to mean 0 and spread 1.

use burn::module::Module;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, Param, ParamValues, Trouble, t};

use super::parts::Norm;
use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "layer_norm",
    version: 1,
    text: NodeText {
        title: t("Layer normalisation", "层归一化"),
        summary: t(
            "Brings the features of every row or position to mean 0 and spread 1.",
            "将每行或每个位置的特征归一化为均值 0、标准差 1。",
        ),
        help: t(
            "Steadies the training of networks for text. It looks at one row at a time, so it works with any batch size.",
            "使文本网络的训练更稳定。它逐行计算，因此与批大小无关。",
        ),
        keywords: &["layer norm", "LayerNorm", "LayerNormalization", "normalization", "归一化"],
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

/// Added to the variance.
pub const EPSILON: Param<f64> = Param::float("epsilon", t("Epsilon", "Epsilon"), 1e-5, 1e-12, 1.0)
    .help(t(
        "A small number that keeps the division safe when all features are equal.",
        "很小的数，避免所有特征相等时除以零。",
    ));

/// Scale and shift.
#[derive(Module, Debug)]
pub struct LayerNorm<B: Backend> {
    inner: Norm<B>,
}

impl<B: Backend> LayerModule<B> for LayerNorm<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let (_, width) = shapes::last_features(inputs)?;
        Ok(Self { inner: Norm::new(width, EPSILON.of(params), init) })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        value::only(inputs)?.apply::<K>(&self.inner)
    }
}

fn cost(_: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let (_, width) = shapes::last_features(inputs).unwrap_or_default();
    Cost {
        n_params: 2 * width as u64,
        n_macs: output.n_elements(),
        n_kept: 2 * output.n_elements(),
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let (_, width) = shapes::last_features(cx.signals)?;
    let value = cx.layer_norm("", input.value, width, EPSILON.of(cx.params))?;
    Ok(Lowered { value, padding: input.padding })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Layer;
    use crate::layers::golden::{AD, cases, init};

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/layer_norm.json")) {
            let layer = Layer::LayerNorm(LayerNorm::<AD> { inner: Norm::new(6, 1e-5, &init()) });
            case.check(layer, &[("weight", "weight", false), ("bias", "bias", false)]);
        }
    }
}
