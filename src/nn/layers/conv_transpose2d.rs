//! Transposed convolution: makes a picture larger, every pixel painting a small pattern.

use burn::module::{Module, Param as Weight};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::ops::ConvTransposeOptions;
use pg_base::{NodeText, Param, ParamValues, Trouble, say, t};
use pg_onnx::Attr;

use super::conv2d::{BIAS, FILTERS};
use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "conv_transpose2d",
    version: 1,
    text: NodeText {
        title: t("Transposed convolution", "转置卷积"),
        summary: t(
            "Makes a picture larger: every pixel paints a small learnt pattern.",
            "放大图片：每个像素画出一个学到的小图案。",
        ),
        help: t(
            "Undoes the shrinking of pooling or of a stride, for networks that give a picture back. A window of 4, a stride of 2 and a padding of 1 double the picture exactly; a window that is a multiple of the stride paints evenly, without a chessboard pattern.",
            "用于输出图片的网络，抵消池化或步幅造成的缩小。窗口 4、步幅 2、填充 1 恰好将图片放大一倍；窗口为步幅的整数倍时着色均匀，不会出现棋盘格纹。",
        ),
        keywords: &[
            "transposed convolution",
            "deconvolution",
            "ConvTranspose2d",
            "Conv2DTranspose",
            "ConvTranspose",
            "upsampling",
            "decoder",
            "U-Net",
            "反卷积",
            "上采样",
        ],
    },
    params: &[FILTERS.spec, KERNEL.spec, STRIDE.spec, PADDING.spec, BIAS.spec],
    arity: Arity::One,
    signal,
    cost,
    lower,
};

/// Side of the window.
pub const KERNEL: Param<i64> = Param::int("kernel", t("Window", "窗口大小"), 4, 1, 31)
    .help(t(
        "Side of the square that a pixel paints on; a multiple of the stride is best.",
        "一个像素着色的正方形的边长，最好是步幅的整数倍。",
    ))
    .unit(t("pixels", "像素"));

/// Step of the window.
pub const STRIDE: Param<i64> = Param::int("stride", t("Stride", "步幅"), 2, 1, 16)
    .help(t(
        "Pixels between two windows; 2 doubles the picture.",
        "相邻窗口的间距；取 2 时图片放大一倍。",
    ))
    .unit(t("pixels", "像素"));

/// Border that is cut off.
pub const PADDING: Param<i64> = Param::int("padding", t("Padding", "填充"), 1, 0, 31)
    .help(t(
        "Pixels that are cut off on each of the four sides of the result, as a convolution with this padding would have added them.",
        "从结果四边各裁去的像素数，对应同样填充的卷积所补的像素。",
    ))
    .unit(t("pixels", "像素"));

/// The filters `[channels, filters, height, width]`.
#[derive(Module, Debug)]
pub struct ConvTranspose2d<B: Backend> {
    weight: Weight<Tensor<B, 4>>,
    bias: Option<Weight<Tensor<B, 1>>>,
    stride: usize,
    padding: usize,
}

impl<B: Backend> LayerModule<B> for ConvTranspose2d<B> {
    /// Weight and bias uniform in ±1/√(filters · window), PyTorch's default.
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let shape = weight_shape(params, inputs)?;
        let [_, n_filters, height, width] = shape;
        let bound = 1.0 / ((n_filters * height * width) as f64).sqrt();
        Ok(Self {
            weight: init.uniform("weight", shape, bound),
            bias: BIAS.of(params).then(|| init.uniform("bias", [n_filters], bound)),
            stride: shapes::size(&STRIDE, params),
            padding: shapes::size(&PADDING, params),
        })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let x = value::only(inputs)?.rank4()?;
        let options =
            ConvTransposeOptions::new([self.stride; 2], [self.padding; 2], [0; 2], [1; 2], 1);
        let bias = self.bias.as_ref().map(Weight::val);
        Ok(K::conv_transpose2d(x, self.weight.val(), bias, options).into())
    }
}

fn weight_shape(params: &ParamValues, inputs: &[Signal]) -> Result<[usize; 4], Trouble> {
    let [n_channels, ..] = shapes::picture(inputs)?;
    let kernel = shapes::size(&KERNEL, params);
    Ok([n_channels, shapes::size(&FILTERS, params), kernel, kernel])
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    let [_, height, width] = shapes::picture(inputs)?;
    let [kernel, stride, padding] =
        [&KERNEL, &STRIDE, &PADDING].map(|param| shapes::size(param, params));
    let [whole_height, whole_width] =
        [height, width].map(|length| length.saturating_sub(1) * stride + kernel);
    if whole_height.min(whole_width) > 2 * padding {
        let [height, width] = [whole_height, whole_width].map(|length| length - 2 * padding);
        return Ok(Signal::numbers([shapes::size(&FILTERS, params), height, width]));
    }
    Err(Trouble::new(
        "conv-transpose-padding",
        say!(
            "a result of {whole_height} × {whole_width} with {padding} pixels cut off on each side",
            "结果为 {whole_height} × {whole_width}，四边各裁去 {padding} 个像素"
        ),
    )
    .expected(say!("at least one pixel that is left", "至少剩下一个像素"))
    .param(PADDING.spec.id))
}

fn cost(params: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let [n_channels, n_filters, height, width] =
        weight_shape(params, inputs).unwrap_or_default().map(|size| size as u64);
    let per_pixel = n_filters * height * width;
    let n_in = inputs.first().map_or(0, Signal::n_elements);
    Cost {
        n_params: n_channels.saturating_mul(per_pixel)
            + if BIAS.of(params) { n_filters } else { 0 },
        n_macs: n_in.saturating_mul(per_pixel),
        n_kept: output.n_elements(),
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let shape = weight_shape(cx.params, cx.signals)?;
    let hint = cx.name("weight");
    let weight = cx.weight("weight", &shape)?;
    let mut inputs = vec![input.value, cx.graph.constant_f32(&hint, &shape, weight)];
    if BIAS.of(cx.params) {
        let hint = cx.name("bias");
        let bias = cx.weight("bias", &shape[1..2])?;
        inputs.push(cx.graph.constant_f32(&hint, &shape[1..2], bias));
    }
    let [stride, padding] = [&STRIDE, &PADDING].map(|param| shapes::size(param, cx.params));
    let attrs = [
        ("kernel_shape", Attr::sizes(&shape[2..])),
        ("strides", Attr::sizes(&[stride; 2])),
        ("pads", Attr::sizes(&[padding; 4])),
    ];
    Ok(cx.graph.node("ConvTranspose", &inputs, &attrs).into())
}

#[cfg(test)]
mod tests {
    use pg_base::ParamValue;

    use super::*;
    use crate::layers::Layer;
    use crate::layers::golden::{AD, cases, init};

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/conv_transpose2d.json")) {
            let size = |key| ParamValue::Int(case.size(key) as i64);
            let params = [
                ("filters", size("out_channels")),
                ("kernel", size("kernel_size")),
                ("stride", size("stride")),
                ("padding", size("padding")),
                ("bias", ParamValue::Bool(case.flag("bias"))),
            ];
            let params = params.map(|(id, value)| (id.to_owned(), value)).into();
            let picture = [Signal::numbers([case.size("in_channels"), 3, 4])];
            let layer = ConvTranspose2d::<AD>::build(&params, &picture, &init()).expect("fits");
            let names = [("weight", "weight", false), ("bias", "bias", false)];
            case.check(Layer::ConvTranspose2d(layer), &names);
            let expected = Signal::numbers(&case.output.shape[1..]);
            assert_eq!((SPEC.signal)(&params, &picture), Ok(expected));
        }
    }

    #[test]
    fn something_must_be_left() {
        let params =
            |padding| ParamValues::from([("padding".to_owned(), ParamValue::Int(padding))]);
        let shape = |padding, side| {
            (SPEC.signal)(&params(padding), &[Signal::numbers([2, side, 8])])
                .map(|signal| signal.shape)
                .map_err(|trouble| trouble.code)
        };
        assert_eq!(shape(1, 7), Ok(vec![16, 14, 16]));
        assert_eq!(shape(2, 2), Ok(vec![16, 2, 14]));
        assert_eq!(shape(2, 1), Err("conv-transpose-padding".into()));
    }
}
