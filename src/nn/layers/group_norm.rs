//! Group normalisation: brings groups of channels of every picture to mean 0 and spread 1.

use burn::module::{Module, Param as Weight};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, Param, ParamValues, Trouble, say, t};
use pg_onnx::Attr;

use super::{Init, LayerModule, shapes};
use crate::kernels::{Kernels, Scaling};
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "group_norm",
    version: 1,
    text: NodeText {
        title: t("Group normalisation", "组归一化"),
        summary: t(
            "Brings groups of channels of every picture to mean 0 and spread 1.",
            "将每张图片的各组通道归一化为均值 0、标准差 1。",
        ),
        help: t(
            "Takes the place of Batch normalisation where batches are small: it looks at one picture at a time, in training as in prediction. One group treats the whole picture at once; as many groups as channels treat each channel alone (instance normalisation, used to change the style of pictures).",
            "批次很小时可代替批归一化：它逐张图片计算，训练与预测时相同。一组即对整张图片一起归一化；组数等于通道数时逐通道归一化（实例归一化，常用于改变图片风格）。",
        ),
        keywords: &[
            "group norm",
            "GroupNorm",
            "GroupNormalization",
            "instance norm",
            "InstanceNorm2d",
            "InstanceNormalization",
            "normalization",
            "归一化",
            "实例归一化",
        ],
    },
    params: &[GROUPS.spec, EPSILON.spec],
    arity: Arity::One,
    signal,
    cost,
    lower,
};

/// Groups of channels.
pub const GROUPS: Param<i64> = Param::int("groups", t("Groups", "分组"), 8, 1, 4096).help(t(
    "How many groups the channels are split into; must divide their number.",
    "通道被分成多少组；须能整除通道数。",
));

/// Added to the variance.
pub const EPSILON: Param<f64> = Param::float("epsilon", t("Epsilon", "Epsilon"), 1e-5, 1e-12, 1.0)
    .help(t(
        "A small number that keeps the division safe when all pixels of a group are equal.",
        "很小的数，避免一组内所有像素相等时除以零。",
    ));

/// Scale and shift of every channel.
#[derive(Module, Debug)]
pub struct GroupNorm<B: Backend> {
    weight: Weight<Tensor<B, 1>>,
    bias: Weight<Tensor<B, 1>>,
    n_groups: usize,
    epsilon: f64,
}

impl<B: Backend> LayerModule<B> for GroupNorm<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let [n_channels, ..] = shapes::picture(inputs)?;
        Ok(Self {
            weight: init.constant([n_channels], 1.0),
            bias: init.constant([n_channels], 0.0),
            n_groups: shapes::size(&GROUPS, params),
            epsilon: EPSILON.of(params),
        })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let x = value::only(inputs)?.rank4()?;
        let dims @ [n_rows, n_channels, height, width] = x.dims();
        let x = x.reshape([n_rows, n_channels, height * width]);
        let (weight, bias) = (self.weight.val(), self.bias.val());
        let scaling = Scaling { weight, bias, epsilon: self.epsilon };
        Ok(K::group_norm(x, self.n_groups, scaling).reshape(dims).into())
    }
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    let [n_channels, ..] = shapes::picture(inputs)?;
    let n_groups = shapes::size(&GROUPS, params);
    if n_channels.is_multiple_of(n_groups) {
        return Ok(shapes::first(inputs)?.clone());
    }
    Err(Trouble::new(
        "norm-groups",
        say!("{n_channels} channels in {n_groups} groups", "{n_channels} 个通道分成 {n_groups} 组"),
    )
    .expected(say!("channels that the groups divide evenly", "通道数能被组数整除"))
    .param(GROUPS.spec.id))
}

fn cost(_: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let n_channels = shapes::picture(inputs).map_or(0, |picture| picture[0]);
    Cost {
        n_params: 2 * n_channels as u64,
        n_macs: output.n_elements(),
        n_kept: 2 * output.n_elements(),
    }
}

/// Opset 18 scales whole groups in its `GroupNormalization`; instance normalisation of the groups as channels and a
/// scale afterwards do what PyTorch does.
fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let [n_channels, height, width] = shapes::picture(cx.signals)?;
    let n_groups = shapes::size(&GROUPS, cx.params);
    let [weight, bias] = ["weight", "bias"].map(|name| cx.weight(name, &[n_channels]));
    let [weight, bias] = [("weight", weight?), ("bias", bias?)].map(|(name, numbers)| {
        let hint = cx.name(name);
        cx.graph.constant_f32(&hint, &[n_channels, 1, 1], numbers)
    });
    let [ones, zeros] = [("ones", 1.0), ("zeros", 0.0)].map(|(name, number)| {
        let hint = cx.name(name);
        cx.graph.constant_f32(&hint, &[n_groups], &vec![number; n_groups])
    });
    let groups = cx.graph.reshape(input.value, &[0, n_groups as i64, -1]);
    let epsilon = ("epsilon", Attr::Float(EPSILON.of(cx.params) as f32));
    let normed = cx.graph.node("InstanceNormalization", &[groups, ones, zeros], &[epsilon]);
    let picture = [0, n_channels, height, width].map(|size| size as i64);
    let normed = cx.graph.reshape(normed, &picture);
    let scaled = cx.graph.node("Mul", &[normed, weight], &[]);
    Ok(cx.graph.node("Add", &[scaled, bias], &[]).into())
}

#[cfg(test)]
mod tests {
    use pg_base::ParamValue;

    use super::*;
    use crate::layers::Layer;
    use crate::layers::golden::{AD, cases, init};

    fn groups(n_groups: usize) -> ParamValues {
        ParamValues::from([("groups".to_owned(), ParamValue::Int(n_groups as i64))])
    }

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/group_norm.json")) {
            let picture = [Signal::numbers([case.size("num_channels"), 3, 2])];
            let params = groups(case.size("num_groups"));
            let layer = GroupNorm::<AD>::build(&params, &picture, &init()).expect("fits");
            let names = [("weight", "weight", false), ("bias", "bias", false)];
            case.check(Layer::GroupNorm(layer), &names);
        }
    }

    #[test]
    fn groups_must_divide_the_channels() {
        let code = |n_groups| {
            (SPEC.signal)(&groups(n_groups), &[Signal::numbers([6, 2, 2])])
                .map_err(|trouble| trouble.code)
        };
        assert_eq!(code(3), Ok(Signal::numbers([6, 2, 2])));
        assert_eq!(code(4), Err("norm-groups".into()));
    }
}
