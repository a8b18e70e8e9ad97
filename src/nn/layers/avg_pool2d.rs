//! Average pooling: the mean of every window, which makes the picture smaller.

use burn::module::Module;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_onnx::Pool;

use super::pool::{self, KERNEL, PADDING, STRIDE};
use super::{Init, LayerModule};
use crate::kernels::{Kernels, Pooling};
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "avg_pool2d",
    version: 1,
    text: NodeText {
        title: t("Average pooling", "平均池化"),
        summary: t("The mean of every window.", "取每个窗口的平均值。"),
        help: t(
            "Makes pictures smaller and smoother. Maximum pooling is the usual choice; this one suits pictures without sharp detail.",
            "缩小并平滑图片。通常使用最大池化；图片没有锐利细节时可用本层。",
        ),
        keywords: &[
            "average pooling",
            "AvgPool2d",
            "AveragePooling2D",
            "AveragePool",
            "downsample",
            "池化",
        ],
    },
    params: &[KERNEL.spec, STRIDE.spec, PADDING.spec, COUNTS_PADDING.spec],
    arity: Arity::One,
    signal: pool::signal,
    cost: pool::cost,
    lower,
};

/// Whether the border counts as zeros.
pub const COUNTS_PADDING: Param<bool> = Param::flag("counts_padding", t("Count padding", "计入填充"), true).help(t(
    "Counts the border as zeros in the mean, as PyTorch does; otherwise only pixels of the picture count.",
    "将边框按零计入平均值（与 PyTorch 相同）；否则只计图片内的像素。",
));

/// Where the windows lie.
#[derive(Module, Clone, Debug)]
pub struct AvgPool2d {
    #[module(skip)]
    window: Pooling,
    counts_padding: bool,
}

impl<B: Backend> LayerModule<B> for AvgPool2d {
    fn build(params: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self { window: pool::window(params), counts_padding: COUNTS_PADDING.of(params) })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let x = value::only(inputs)?.rank4()?;
        Ok(K::avg_pool2d(x, self.window, self.counts_padding).into())
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let window = pool::window(cx.params);
    let pads = pool::pads(window);
    let pool =
        Pool { kernel: &window.kernel, strides: &window.stride, pads: &pads, is_ceil: false };
    Ok(cx.graph.avg_pool(input.value, &pool, COUNTS_PADDING.of(cx.params)).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Layer;
    use crate::layers::golden::cases;

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/avg_pool2d.json")) {
            let window = Pooling {
                kernel: case.pair("kernel_size"),
                stride: case.pair("stride"),
                padding: case.pair("padding"),
                dilation: [1, 1],
            };
            let counts_padding = case.flag("count_include_pad");
            case.check(Layer::AvgPool2d(AvgPool2d { window, counts_padding }), &[]);
        }
    }
}
