//! Convolution: looks for small patterns everywhere in a picture.

use burn::module::{Module, Param as Weight};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::ops::PaddedConvOptions;
use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, say, t};
use pg_onnx::Conv;

use super::window::Window;
use super::{Init, LayerModule, shapes};
use crate::kernels::{Curve, Kernels};
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "conv2d",
    version: 1,
    text: NodeText {
        title: t("Convolution", "卷积"),
        summary: t("Looks for small patterns everywhere in a picture.", "在图片各处寻找小的图案。"),
        help: t(
            "Each filter learns one pattern, such as an edge or a curve. Start with few filters (8 to 32) and use more in later layers, with pooling in between. Put an activation after it.",
            "每个滤波器学习一种图案，如边缘或曲线。先用少量滤波器（8 到 32），后面的层逐渐增多，其间加入池化。其后应接激活函数。",
        ),
        keywords: &["convolution", "Conv2d", "Conv2D", "Conv", "CNN", "filter", "kernel", "卷积层"],
    },
    params: &[
        FILTERS.spec,
        KERNEL.spec,
        STRIDE.spec,
        PADDING.spec,
        PAD.spec,
        DILATION.spec,
        GROUPS.spec,
        BIAS.spec,
    ],
    arity: Arity::One,
    signal,
    cost,
    lower,
};

/// Output channels.
pub const FILTERS: Param<i64> = Param::int("filters", t("Filters", "滤波器数"), 16, 1, 4096)
    .help(t("How many patterns the layer can learn.", "该层可以学习多少种图案。"));

/// Side of the window.
pub const KERNEL: Param<i64> = Param::int("kernel", t("Window", "窗口大小"), 3, 1, 31)
    .help(t(
        "Side of the square that a filter sees at once. 3 or 5 is usual.",
        "滤波器一次看到的正方形的边长，常用 3 或 5。",
    ))
    .unit(t("pixels", "像素"));

/// Step of the window.
pub const STRIDE: Param<i64> = Param::int("stride", t("Stride", "步幅"), 1, 1, 16)
    .help(t(
        "Pixels between two windows; 2 halves the picture.",
        "相邻窗口的间距；取 2 时图片缩小一半。",
    ))
    .unit(t("pixels", "像素"));

/// Zeros around the picture.
pub const PADDING: Param<String> = Param::choice(
    "padding",
    t("Padding", "填充"),
    "same",
    &[
        Choice { id: "same", label: t("Same size", "保持大小") },
        Choice { id: "valid", label: t("None", "不填充") },
        Choice { id: "number", label: t("A number of pixels", "指定像素数") },
    ],
)
.help(t(
    "Zeros around the picture. “Same size” adds as many as keep the picture's size (divided by the stride).",
    "在图片四周补零。“保持大小”会补足使图片尺寸不变（除以步幅）所需的零。",
));

/// Zeros on each side.
pub const PAD: Param<i64> = Param::int("pad", t("Pixels of padding", "填充像素数"), 1, 0, 31)
    .help(t("Zeros on each of the four sides.", "四边各补多少个零。"))
    .unit(t("pixels", "像素"))
    .shown_when("padding", &["number"]);

/// Distance of the pixels under the window.
pub const DILATION: Param<i64> = Param::int("dilation", t("Dilation", "膨胀"), 1, 1, 16).help(t(
    "Distance of the pixels that a filter sees; above 1 it sees further with the same number of weights.",
    "滤波器所看像素之间的间距；大于 1 时用同样多的权重看得更远。",
));

/// Groups of channels that do not mix.
pub const GROUPS: Param<i64> = Param::int("groups", t("Groups", "分组"), 1, 1, 4096).help(t(
    "Splits the channels into groups that do not mix. As many groups as channels makes a depthwise convolution.",
    "将通道分成互不混合的组。组数等于通道数时即为深度卷积。",
));

/// Whether a constant is added to every filter.
pub const BIAS: Param<bool> = Param::flag("bias", t("Bias", "偏置"), true).help(t(
    "Adds a learnt constant to every filter. Switch it off right before Batch normalisation.",
    "为每个滤波器加上一个可学习的常数。其后紧接批归一化时可关闭。",
));

/// How windows lie on the picture; pairs are height and width.
#[derive(Clone, Copy, Debug)]
struct Geometry {
    stride: [usize; 2],
    padding_start: [usize; 2],
    padding_end: [usize; 2],
    dilation: [usize; 2],
    groups: usize,
}

/// The filters `[filters, channels / groups, height, width]`.
#[derive(Module, Debug)]
pub struct Conv2d<B: Backend> {
    weight: Weight<Tensor<B, 4>>,
    bias: Option<Weight<Tensor<B, 1>>>,
    #[module(skip)]
    geometry: Geometry,
}

impl<B: Backend> LayerModule<B> for Conv2d<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let picture = shapes::picture(inputs)?;
        Ok(Self::new(
            weight_shape(params, picture[0])?,
            BIAS.of(params),
            geometry(params, picture),
            init,
        ))
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
        let Geometry { stride, padding_start, padding_end, dilation, groups } = self.geometry;
        let options =
            PaddedConvOptions::asymmetric(stride, padding_start, padding_end, dilation, groups);
        let bias = self.bias.as_ref().map(Weight::val);
        Ok(K::conv2d(x, self.weight.val(), bias, options, curve).into())
    }
}

impl<B: Backend> Conv2d<B> {
    /// Weight and bias uniform in ±1/√fan-in, PyTorch's default.
    fn new(shape: [usize; 4], has_bias: bool, geometry: Geometry, init: &Init<'_, B>) -> Self {
        let bound = 1.0 / ((shape[1] * shape[2] * shape[3]) as f64).sqrt();
        let weight = init.uniform("weight", shape, bound);
        let bias = has_bias.then(|| init.uniform("bias", [shape[0]], bound));
        Self { weight, bias, geometry }
    }
}

fn window(params: &ParamValues) -> Window {
    Window {
        kernel: shapes::size(&KERNEL, params),
        stride: shapes::size(&STRIDE, params),
        dilation: shapes::size(&DILATION, params),
    }
}

fn geometry(params: &ParamValues, [_, height, width]: [usize; 3]) -> Geometry {
    let window = window(params);
    let padding = |length: usize| match PADDING.of(params).as_str() {
        "same" => window.same_padding(length),
        "number" => [shapes::size(&PAD, params); 2],
        _ => [0, 0],
    };
    let ([top, bottom], [left, right]) = (padding(height), padding(width));
    Geometry {
        stride: [window.stride; 2],
        padding_start: [top, left],
        padding_end: [bottom, right],
        dilation: [window.dilation; 2],
        groups: shapes::size(&GROUPS, params),
    }
}

fn weight_shape(params: &ParamValues, n_channels: usize) -> Result<[usize; 4], Trouble> {
    let kernel = shapes::size(&KERNEL, params);
    let n_in = channels_per_group(params, n_channels)?;
    Ok([shapes::size(&FILTERS, params), n_in, kernel, kernel])
}

/// How many channels a filter reads.
pub(super) fn channels_per_group(
    params: &ParamValues,
    n_channels: usize,
) -> Result<usize, Trouble> {
    let (n_filters, groups) = (shapes::size(&FILTERS, params), shapes::size(&GROUPS, params));
    if n_channels.is_multiple_of(groups) && n_filters.is_multiple_of(groups) {
        return Ok(n_channels / groups);
    }
    Err(Trouble::new(
        "conv-groups",
        say!(
            "{n_channels} input channels and {n_filters} filters in {groups} groups",
            "{n_channels} 个输入通道、{n_filters} 个滤波器、{groups} 组"
        ),
    )
    .expected(say!(
        "channels and filters that the groups divide evenly",
        "通道数与滤波器数均能被组数整除"
    ))
    .param(GROUPS.spec.id))
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    let picture = shapes::picture(inputs)?;
    let [n_filters, ..] = weight_shape(params, picture[0])?;
    let Geometry { padding_start, padding_end, .. } = geometry(params, picture);
    let window = window(params);
    let height = window.n_positions(picture[1], [padding_start[0], padding_end[0]])?;
    let width = window.n_positions(picture[2], [padding_start[1], padding_end[1]])?;
    Ok(Signal::numbers([n_filters, height, width]))
}

fn cost(params: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let n_channels = shapes::picture(inputs).map_or(0, |picture| picture[0]);
    let [n_filters, n_in, height, width] =
        weight_shape(params, n_channels).unwrap_or_default().map(|size| size as u64);
    let n_weights = n_filters * n_in * height * width;
    Cost {
        n_params: n_weights + if BIAS.of(params) { n_filters } else { 0 },
        n_macs: output.n_elements().saturating_mul(n_in * height * width),
        n_kept: output.n_elements(),
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let picture = shapes::picture(cx.signals)?;
    let shape = weight_shape(cx.params, picture[0])?;
    let Geometry { stride, padding_start, padding_end, dilation, groups } =
        geometry(cx.params, picture);
    let conv = Conv {
        weight: cx.weight("weight", &shape)?,
        weight_shape: &shape,
        bias: if BIAS.of(cx.params) { Some(cx.weight("bias", &shape[..1])?) } else { None },
        strides: &stride,
        pads: &[padding_start, padding_end].concat(),
        dilations: &dilation,
        n_groups: groups,
    };
    let hint = cx.name("conv");
    Ok(cx.graph.conv(&hint, input.value, &conv).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Layer;
    use crate::layers::golden::{AD, cases, init};
    use pg_base::ParamValue;

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/conv2d.json")) {
            let padding = case.pair("padding");
            let geometry = Geometry {
                stride: case.pair("stride"),
                padding_start: padding,
                padding_end: padding,
                dilation: case.pair("dilation"),
                groups: case.size("groups"),
            };
            let [height, width] = case.pair("kernel_size");
            let shape = [case.size("out_channels"), 2 / case.size("groups"), height, width];
            let layer = Conv2d::<AD>::new(shape, case.flag("bias"), geometry, &init());
            case.check(
                Layer::Conv2d(layer),
                &[("weight", "weight", false), ("bias", "bias", false)],
            );
        }
    }

    fn check(params: &[(&str, ParamValue)], shape: [usize; 3], expected: Result<[usize; 3], &str>) {
        let params = params.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
        let found = (SPEC.signal)(&params, &[Signal::numbers(shape)]);
        let found = found.map(|signal| signal.shape).map_err(|trouble| trouble.code);
        assert_eq!(
            found,
            expected.map(|shape| shape.to_vec()).map_err(str::to_owned),
            "{params:?}"
        );
    }

    #[test]
    fn output_sizes() {
        let text = |id: &str| ParamValue::Text(id.to_owned());
        check(&[], [1, 28, 28], Ok([16, 28, 28]));
        check(&[("stride", ParamValue::Int(2))], [3, 7, 9], Ok([16, 4, 5]));
        check(
            &[("padding", text("valid")), ("kernel", ParamValue::Int(5))],
            [6, 14, 14],
            Ok([16, 10, 10]),
        );
        check(
            &[("padding", text("number")), ("pad", ParamValue::Int(3))],
            [1, 4, 4],
            Ok([16, 8, 8]),
        );
        check(
            &[("padding", text("valid")), ("kernel", ParamValue::Int(5))],
            [1, 4, 9],
            Err("window-too-large"),
        );
        check(&[("groups", ParamValue::Int(3))], [3, 8, 8], Err("conv-groups"));
    }
}
