//! Maximum pooling: keeps the strongest pixel of every window and makes the picture smaller.

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::module;
use pg_base::{NodeText, ParamValues, Trouble, t};
use pg_onnx::Pool;

use super::pool::{self, Geometry, KERNEL, PADDING, STRIDE};
use super::{Init, LayerModule};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "max_pool2d",
    version: 1,
    text: NodeText {
        title: t("Maximum pooling", "最大池化"),
        summary: t("Keeps the strongest pixel of every window.", "保留每个窗口中最强的像素。"),
        help: t(
            "Makes pictures smaller after a convolution: the pattern found stays, its exact place is given up. A window of 2 with stride 2 halves height and width.",
            "在卷积之后缩小图片：保留找到的图案，放弃其精确位置。窗口 2、步幅 2 使高宽各减半。",
        ),
        keywords: &["max pooling", "MaxPool2d", "MaxPooling2D", "MaxPool", "downsample", "池化"],
    },
    params: &[KERNEL.spec, STRIDE.spec, PADDING.spec],
    arity: Arity::One,
    signal: pool::signal,
    cost: pool::cost,
    lower,
};

/// Where the windows lie.
#[derive(Module, Clone, Debug)]
pub struct MaxPool2d {
    #[module(skip)]
    geometry: Geometry,
    #[module(skip)]
    dilation: [usize; 2],
}

impl<B: Backend> LayerModule<B> for MaxPool2d {
    fn build(params: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self { geometry: Geometry::of(params), dilation: [1, 1] })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let Geometry { kernel, stride, padding } = self.geometry;
        let x = value::only(inputs)?.rank4()?;
        Ok(module::max_pool2d(x, kernel, stride, padding, self.dilation, false).into())
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let geometry = Geometry::of(cx.params);
    let pads = geometry.pads();
    let pool =
        Pool { kernel: &geometry.kernel, strides: &geometry.stride, pads: &pads, is_ceil: false };
    Ok(cx.graph.max_pool(input.value, &pool, &[]).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Layer;
    use crate::layers::golden::cases;

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/max_pool2d.json")) {
            let geometry = Geometry {
                kernel: case.pair("kernel_size"),
                stride: case.pair("stride"),
                padding: case.pair("padding"),
            };
            case.check(
                Layer::MaxPool2d(MaxPool2d { geometry, dilation: case.pair("dilation") }),
                &[],
            );
        }
    }
}
