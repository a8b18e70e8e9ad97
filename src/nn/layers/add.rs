//! Add: the sum of branches, element by element.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};
use pg_base::{NodeText, ParamValues, Trouble, t};

use super::{Init, LayerModule, join};
use crate::kernels::{Curve, Kernels, curved};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{JoinAnyRank, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "add",
    version: 1,
    text: NodeText {
        title: t("Add", "相加"),
        summary: t("Adds branches of one shape.", "将形状相同的分支逐元素相加。"),
        help: t(
            "Makes residual connections: wire the input of a block around it and add it to the block's result, and even deep networks train well.",
            "用于残差连接：把一个模块的输入绕过该模块，与其结果相加，即使很深的网络也能训练好。",
        ),
        keywords: &[
            "add",
            "Add",
            "sum",
            "residual",
            "skip connection",
            "shortcut",
            "残差",
            "跳跃连接",
        ],
    },
    params: &[],
    arity: Arity::Many,
    signal: |_, inputs| join::same_shape(inputs),
    cost: |_, _, output| Cost { n_kept: output.n_elements(), ..Cost::default() },
    lower: |cx| join::lower_fold(cx, "Add"),
};

/// Adds its inputs.
#[derive(Module, Clone, Debug)]
pub struct Add;

impl<B: Backend> LayerModule<B> for Add {
    fn build(_: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self)
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        self.forward_curved::<K>(inputs, None)
    }

    fn forward_curved<K: Kernels<B>>(
        &self,
        inputs: Vec<Value<B>>,
        curve: Option<Curve>,
    ) -> Result<Value<B>, Trouble> {
        Value::join::<K>(inputs, &Sum { curve })
    }
}

/// A sum, then the curve.
struct Sum {
    curve: Option<Curve>,
}

impl<B: Backend> JoinAnyRank<B> for Sum {
    fn join<K: Kernels<B>, const D: usize>(
        &self,
        first: Tensor<B, D>,
        mut rest: Vec<Tensor<B, D>>,
    ) -> Tensor<B, D> {
        let last = rest.pop();
        let sum = rest.into_iter().fold(first, Tensor::add);
        match last {
            Some(last) => K::add(sum, last, self.curve),
            None => curved::<B, K, D>(sum, self.curve),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_shapes_are_named() {
        let inputs = [Signal::numbers([8]), Signal::numbers([16])];
        let trouble = (SPEC.signal)(&ParamValues::new(), &inputs).expect_err("different");
        assert_eq!(trouble.code, "join-mismatch");
        assert!(
            trouble.to_string().contains("8 numbers per row meets 16 numbers per row"),
            "{trouble}"
        );
    }
}
