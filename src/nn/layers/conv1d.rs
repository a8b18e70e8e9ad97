//! Sequence convolution: looks for short patterns everywhere in a sequence.

use burn::module::{Module, Param as Weight};
use burn::tensor::backend::Backend;
use burn::tensor::ops::PaddedConvOptions;
use burn::tensor::{Bool, Int, Tensor};
use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_onnx::Conv;

use super::conv2d::{self, BIAS, FILTERS, GROUPS};
use super::window::Window;
use super::{Init, LayerModule, shapes};
use crate::kernels::{Curve, Kernels};
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "conv1d",
    version: 1,
    text: NodeText {
        title: t("Sequence convolution", "序列卷积"),
        summary: t(
            "Looks for short patterns everywhere in a sequence.",
            "在序列各处寻找短的模式。",
        ),
        help: t(
            "For texts, sounds and measurements over time; quicker than a recurrent layer, but it sees only as far as its window. Put an activation after it and stack several. For forecasts take the padding “Only the past” and double the dilation from layer to layer. Positions that are padding of a short row count as zeros; with a stride, position n of the result is padding where position n × stride of the sequence is.",
            "适用于文本、声音和随时间变化的测量值；比循环层快，但只能看到窗口以内。其后接激活函数，并可叠加多层。做预测时选择填充“仅过去”，并逐层将膨胀加倍。短行的填充位置按零计算；有步幅时，若序列的第 n × 步幅个位置为填充，则结果的第 n 个位置也为填充。",
        ),
        keywords: &[
            "Conv1d",
            "Conv1D",
            "Conv",
            "convolution",
            "temporal convolution",
            "TCN",
            "WaveNet",
            "causal",
            "sequence",
            "time series",
            "一维卷积",
            "时间卷积",
            "因果卷积",
            "时间序列",
        ],
    },
    params: &[
        FILTERS.spec,
        KERNEL.spec,
        STRIDE.spec,
        PADDING.spec,
        DILATION.spec,
        GROUPS.spec,
        BIAS.spec,
    ],
    arity: Arity::One,
    signal,
    cost,
    lower,
};

/// Length of the window.
pub const KERNEL: Param<i64> = Param::int("kernel", t("Window", "窗口大小"), 3, 1, 255)
    .help(t(
        "How many positions a filter sees at once. 3 to 7 is usual.",
        "滤波器一次看到多少个位置，常用 3 到 7。",
    ))
    .unit(t("positions", "个位置"));

/// Step of the window.
pub const STRIDE: Param<i64> = Param::int("stride", t("Stride", "步幅"), 1, 1, 255)
    .help(t(
        "Positions between two windows; 2 halves the sequence.",
        "相邻窗口的间距；取 2 时序列缩短一半。",
    ))
    .unit(t("positions", "个位置"));

/// Zeros around the sequence.
pub const PADDING: Param<String> = Param::choice(
    "padding",
    t("Padding", "填充"),
    "same",
    &[
        Choice { id: "same", label: t("Same length", "保持长度") },
        Choice { id: "valid", label: t("None", "不填充") },
        Choice { id: "causal", label: t("Only the past", "仅过去") },
    ],
)
.help(t(
    "Zeros before and after the sequence. “Same length” adds as many as keep the length (divided by the stride); “Only the past” puts them all before it, so that no position sees a later one.",
    "在序列前后补零。“保持长度”会补足使长度不变（除以步幅）所需的零；“仅过去”则全部补在前面，使任何位置都看不到其后的位置。",
));

/// Distance of the positions under the window.
pub const DILATION: Param<i64> = Param::int("dilation", t("Dilation", "膨胀"), 1, 1, 4096).help(t(
    "Distance of the positions that a filter sees; above 1 it sees further with the same number of weights.",
    "滤波器所看位置之间的间距；大于 1 时用同样多的权重看得更远。",
));

/// The filters `[filters, features / groups, window]`.
#[derive(Module, Debug)]
pub struct Conv1d<B: Backend> {
    weight: Weight<Tensor<B, 3>>,
    bias: Option<Weight<Tensor<B, 1>>>,
    #[module(skip)]
    window: Window,
    padding: [usize; 2],
    groups: usize,
}

impl<B: Backend> LayerModule<B> for Conv1d<B> {
    /// Weight and bias uniform in ±1/√fan-in, PyTorch's default.
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let [length, n_features] = shapes::sequence(inputs)?;
        let shape = weight_shape(params, n_features)?;
        let [n_filters, n_in, kernel] = shape;
        let bound = 1.0 / ((n_in * kernel) as f64).sqrt();
        Ok(Self {
            weight: init.uniform("weight", shape, bound),
            bias: BIAS.of(params).then(|| init.uniform("bias", [n_filters], bound)),
            window: window(params),
            padding: padding(params, length),
            groups: shapes::size(&GROUPS, params),
        })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        self.forward_curved::<K>(inputs, None)
    }

    /// As a picture of one row whose channels are the features.
    fn forward_curved<K: Kernels<B>>(
        &self,
        inputs: Vec<Value<B>>,
        curve: Option<Curve>,
    ) -> Result<Value<B>, Trouble> {
        let value = value::only(inputs)?;
        let padding = value.padding.clone();
        let x = value.rank3()?;
        let dims @ [n_rows, length, n_features] = x.dims();
        let x = match &padding {
            Some(padding) => x.mask_fill(padding.clone().unsqueeze_dim::<3>(2).expand(dims), 0.0),
            None => x,
        };
        let picture = x.swap_dims(1, 2).reshape([n_rows, n_features, 1, length]);
        let Window { stride, dilation, .. } = self.window;
        let [before, after] = self.padding;
        let options = PaddedConvOptions::asymmetric(
            [1, stride],
            [0, before],
            [0, after],
            [1, dilation],
            self.groups,
        );
        let weight = self.weight.val().unsqueeze_dim(2);
        let y = K::conv2d(picture, weight, self.bias.as_ref().map(Weight::val), options, curve);
        let [_, n_filters, _, n_positions] = y.dims();
        let y = y.reshape([n_rows, n_filters, n_positions]).swap_dims(1, 2);
        let padding = padding.map(|padding| every(padding, stride, n_positions));
        Ok(Value::from(y).with_padding(padding))
    }
}

/// The padding of the positions where the steps begin; the first one never is padding.
fn every<B: Backend>(
    padding: Tensor<B, 2, Bool>,
    stride: usize,
    n_positions: usize,
) -> Tensor<B, 2, Bool> {
    if stride == 1 {
        return padding.narrow(1, 0, n_positions);
    }
    let end = (n_positions * stride) as i64;
    let steps = Tensor::<B, 1, Int>::arange_step(0..end, stride, &padding.device());
    padding.select(1, steps)
}

fn window(params: &ParamValues) -> Window {
    Window {
        kernel: shapes::size(&KERNEL, params),
        stride: shapes::size(&STRIDE, params),
        dilation: shapes::size(&DILATION, params),
    }
}

fn padding(params: &ParamValues, length: usize) -> [usize; 2] {
    match PADDING.of(params).as_str() {
        "same" => window(params).same_padding(length),
        "causal" => window(params).causal_padding(),
        _ => [0, 0],
    }
}

fn weight_shape(params: &ParamValues, n_features: usize) -> Result<[usize; 3], Trouble> {
    let n_in = conv2d::channels_per_group(params, n_features)?;
    Ok([shapes::size(&FILTERS, params), n_in, shapes::size(&KERNEL, params)])
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    let [length, n_features] = shapes::sequence(inputs)?;
    let [n_filters, ..] = weight_shape(params, n_features)?;
    let n_positions = window(params).n_positions(length, padding(params, length))?;
    Ok(Signal::numbers([n_positions, n_filters]))
}

fn cost(params: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let [_, n_features] = shapes::sequence(inputs).unwrap_or_default();
    let [n_filters, n_in, kernel] =
        weight_shape(params, n_features).unwrap_or_default().map(|size| size as u64);
    Cost {
        n_params: n_filters.saturating_mul(n_in * kernel)
            + if BIAS.of(params) { n_filters } else { 0 },
        n_macs: output.n_elements().saturating_mul(n_in * kernel),
        n_kept: output.n_elements(),
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let [length, n_features] = shapes::sequence(cx.signals)?;
    let shape = weight_shape(cx.params, n_features)?;
    let window = window(cx.params);
    let pads = padding(cx.params, length);
    let mut x = input.value;
    if let Some(padding) = input.padding {
        let padding = cx.graph.unsqueeze(padding, &[2]);
        let zero = cx.graph.scalar("zero", 0.0);
        x = cx.graph.node("Where", &[padding, zero, x], &[]);
    }
    let conv = Conv {
        weight: cx.weight("weight", &shape)?,
        weight_shape: &shape,
        bias: if BIAS.of(cx.params) { Some(cx.weight("bias", &shape[..1])?) } else { None },
        strides: &[window.stride],
        pads: &pads,
        dilations: &[window.dilation],
        n_groups: shapes::size(&GROUPS, cx.params),
    };
    let hint = cx.name("conv");
    let x = cx.graph.transpose(x, &[0, 2, 1]);
    let y = cx.graph.conv(&hint, x, &conv);
    let value = cx.graph.transpose(y, &[0, 2, 1]);
    let n_positions = window.n_positions(length, pads)?;
    let padding = input.padding.map(|padding| {
        let steps: Vec<i64> = (0..n_positions).map(|step| (step * window.stride) as i64).collect();
        let steps = cx.graph.constant_i64("steps", &[n_positions], &steps);
        cx.graph.gather(padding, steps, 1)
    });
    Ok(Lowered { value, padding })
}

#[cfg(test)]
mod tests {
    use burn_flex::{Flex, FlexDevice};
    use pg_base::ParamValue;

    use super::*;
    use crate::kernels::BurnKernels;
    use crate::layers::Layer;
    use crate::layers::golden::{AD, cases, init};

    fn params<const N: usize>(values: [(&str, ParamValue); N]) -> ParamValues {
        values.map(|(id, value)| (id.to_owned(), value)).into()
    }

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/conv1d.json")) {
            let size = |key| ParamValue::Int(case.size(key) as i64);
            let params = params([
                ("filters", size("out_channels")),
                ("kernel", size("kernel_size")),
                ("stride", size("stride")),
                ("padding", ParamValue::Text(case.text("padding"))),
                ("dilation", size("dilation")),
                ("groups", size("groups")),
                ("bias", ParamValue::Bool(case.flag("bias"))),
            ]);
            let sequence = [Signal::numbers([7, case.size("in_channels")])];
            let layer = Conv1d::<AD>::build(&params, &sequence, &init()).expect("fits");
            let names = [("weight", "weight", false), ("bias", "bias", false)];
            case.check(Layer::Conv1d(layer), &names);
            let expected = Signal::numbers(&case.output.shape[1..]);
            assert_eq!((SPEC.signal)(&params, &sequence), Ok(expected));
        }
    }

    /// The numbers and the padding that leave the layer for a sequence of which four of six positions are there.
    fn run(padding: &str, stride: i64, rest: f32) -> (Vec<f32>, Vec<bool>) {
        let params = params([
            ("filters", ParamValue::Int(1)),
            ("padding", ParamValue::Text(padding.to_owned())),
            ("stride", ParamValue::Int(stride)),
        ]);
        let init = Init::new(1, "layer", &FlexDevice);
        let layer = Conv1d::<Flex>::build(&params, &[Signal::numbers([6, 1])], &init);
        let x = Tensor::<Flex, 3>::from_data(
            [[[1.0], [-2.0], [3.0], [0.5], [rest], [-rest]]],
            &FlexDevice,
        );
        let is_padding = [[false, false, false, false, true, true]];
        let is_padding = Tensor::<Flex, 2, Bool>::from_data(is_padding, &FlexDevice);
        let value = Value::from(x).with_padding(Some(is_padding));
        let y = layer.and_then(|layer| layer.forward::<BurnKernels>(vec![value])).expect("fits");
        let padding = y.padding.clone().expect("padding").into_data();
        let y = y.rank3().expect("a sequence").into_data();
        (y.to_vec().expect("floats"), padding.iter::<bool>().collect())
    }

    #[test]
    fn padding_counts_as_zeros_and_is_passed_on() {
        for (padding, stride, expected) in [
            ("same", 1, vec![false, false, false, false, true, true]),
            ("causal", 1, vec![false, false, false, false, true, true]),
            ("valid", 1, vec![false, false, false, false]),
            ("same", 2, vec![false, false, true]),
            ("causal", 3, vec![false, false]),
            ("valid", 3, vec![false, false]),
        ] {
            let (numbers, is_padding) = run(padding, stride, 9.0);
            assert_eq!(is_padding, expected, "{padding} {stride}");
            assert_eq!(numbers, run(padding, stride, -4.0).0, "{padding} {stride}");
        }
    }
}
