//! Maximum pooling: keeps the strongest pixel of every window and makes the picture smaller.

use burn::module::Module;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, ParamValues, Trouble, t};
use pg_onnx::Pool;

use super::pool::{self, KERNEL, PADDING, STRIDE};
use super::{Init, LayerModule};
use crate::kernels::{Curve, Kernels, Pooling};
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
    window: Pooling,
}

impl<B: Backend> LayerModule<B> for MaxPool2d {
    fn build(params: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self { window: pool::window(params) })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        self.forward_curved::<K>(inputs, None)
    }

    fn forward_curved<K: Kernels<B>>(
        &self,
        inputs: Vec<Value<B>>,
        curve: Option<Curve>,
    ) -> Result<Value<B>, Trouble> {
        let x = value::only(inputs)?.rank4()?;
        Ok(K::max_pool2d(x, self.window, curve).into())
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let window = pool::window(cx.params);
    let pads = pool::pads(window);
    let pool =
        Pool { kernel: &window.kernel, strides: &window.stride, pads: &pads, is_ceil: false };
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
            let window = Pooling {
                kernel: case.pair("kernel_size"),
                stride: case.pair("stride"),
                padding: case.pair("padding"),
                dilation: case.pair("dilation"),
            };
            case.check(Layer::MaxPool2d(MaxPool2d { window }), &[]);
        }
    }
}
