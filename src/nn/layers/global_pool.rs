//! Global pooling: one number per channel of a picture.

use burn::module::Module;
use burn::tensor::backend::Backend;
use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};

use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "global_pool",
    version: 1,
    text: NodeText {
        title: t("Global pooling", "全局池化"),
        summary: t("One number per channel of a picture.", "图片的每个通道得到一个数字。"),
        help: t(
            "Ends the convolutional part of a network. Unlike Flatten it needs few weights afterwards and does not care where in the picture something is.",
            "用于结束网络的卷积部分。与展平不同，之后只需很少的权重，也不在意目标在图片中的位置。",
        ),
        keywords: &[
            "global pooling",
            "GlobalAveragePooling2D",
            "GlobalMaxPooling2D",
            "AdaptiveAvgPool2d",
            "GlobalAveragePool",
            "全局平均池化",
        ],
    },
    params: &[KIND.spec],
    arity: Arity::One,
    signal: |_, inputs| Ok(Signal::numbers([shapes::picture(inputs)?[0]])),
    cost,
    lower,
};

/// Mean or maximum.
pub const KIND: Param<String> = Param::choice(
    "kind",
    t("Take", "取"),
    "avg",
    &[
        Choice { id: "avg", label: t("Average", "平均值") },
        Choice { id: "max", label: t("Maximum", "最大值") },
    ],
)
.help(t("The average of the channel, or its strongest pixel.", "取通道的平均值，或其最强的像素。"));

/// Which number is kept.
#[derive(Module, Clone, Debug)]
pub struct GlobalPool {
    takes_max: bool,
}

impl<B: Backend> LayerModule<B> for GlobalPool {
    fn build(params: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self { takes_max: KIND.of(params) == "max" })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let x = value::only(inputs)?.rank4()?;
        let pooled = if self.takes_max {
            x.flatten::<3>(2, 3).max_dim(2).squeeze_dim(2)
        } else {
            K::global_average(x)
        };
        Ok(pooled.into())
    }
}

fn cost(_: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let n_macs = inputs.first().map_or(0, Signal::n_elements);
    Cost { n_params: 0, n_macs, n_kept: output.n_elements() }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let op = if KIND.of(cx.params) == "max" { "ReduceMax" } else { "ReduceMean" };
    Ok(cx.graph.reduce(op, input.value, &[2, 3], false).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::BurnKernels;
    use burn::tensor::Tensor;
    use burn_flex::{Flex, FlexDevice};

    #[test]
    fn one_number_per_channel() {
        let x = Tensor::<Flex, 4>::from_data(
            [[[[1.0, 2.0], [3.0, 6.0]], [[-1.0, -1.0], [-4.0, -2.0]]]],
            &FlexDevice,
        );
        for (takes_max, expected) in [(false, [3.0, -2.0]), (true, [6.0, -1.0])] {
            let value = GlobalPool { takes_max }.forward::<BurnKernels>(vec![x.clone().into()]);
            let found = value
                .and_then(Value::rank2)
                .expect("a matrix")
                .into_data()
                .to_vec::<f32>()
                .expect("floats");
            assert_eq!(found, expected);
        }
    }
}
