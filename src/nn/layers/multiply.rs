//! Multiply: the product of branches, element by element.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};
use pg_base::{NodeText, ParamValues, Trouble, t};

use super::{Init, LayerModule, join};
use crate::kernels::Kernels;
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{JoinAnyRank, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "multiply",
    version: 1,
    text: NodeText {
        title: t("Multiply", "相乘"),
        summary: t("Multiplies branches of one shape.", "将形状相同的分支逐元素相乘。"),
        help: t(
            "Makes gates: a branch that ends with a Sigmoid activation decides how much of the other branch passes.",
            "用于门控：以 Sigmoid 激活结尾的分支决定另一分支通过多少。",
        ),
        keywords: &["multiply", "Multiply", "Mul", "product", "gate", "attention gate", "门控"],
    },
    params: &[],
    arity: Arity::Many,
    signal: |_, inputs| join::same_shape(inputs),
    cost: |_, _, output| Cost {
        n_macs: output.n_elements(),
        n_kept: output.n_elements(),
        ..Cost::default()
    },
    lower: |cx| join::lower_fold(cx, "Mul"),
};

/// Multiplies its inputs.
#[derive(Module, Clone, Debug)]
pub struct Multiply;

impl<B: Backend> LayerModule<B> for Multiply {
    fn build(_: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self)
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        Value::join::<K>(inputs, self)
    }
}

impl<B: Backend> JoinAnyRank<B> for Multiply {
    fn join<K: Kernels<B>, const D: usize>(
        &self,
        first: Tensor<B, D>,
        rest: Vec<Tensor<B, D>>,
    ) -> Tensor<B, D> {
        rest.into_iter().fold(first, Tensor::mul)
    }
}
