//! Activation: a fixed curve applied to every number, which lets layers in a row learn more than one alone.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_onnx::{Attr, GraphBuilder, Name};

use super::{Init, LayerModule, shapes};
use crate::kernels::{Curve, Kernels};
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, AnyRank, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "activation",
    version: 1,
    text: NodeText {
        title: t("Activation", "激活函数"),
        summary: t(
            "Bends the numbers, so that the network can learn curves.",
            "对数字做非线性变换，使网络能学习曲线关系。",
        ),
        help: t(
            "Put one after each Dense or Convolution layer except the last. ReLU is a good first choice; GELU and SiLU are smoother and usual in newer networks. The Output layer needs none.",
            "除最后一层外，每个全连接层或卷积层之后都应接一个。ReLU 是稳妥的首选；GELU 和 SiLU 更平滑，常见于较新的网络。输出层不需要。",
        ),
        keywords: &[
            "activation",
            "ReLU",
            "LeakyReLU",
            "GELU",
            "SiLU",
            "Swish",
            "ELU",
            "Tanh",
            "Sigmoid",
            "Softmax",
            "nonlinearity",
            "非线性",
        ],
    },
    params: &[KIND.spec, SLOPE.spec],
    arity: Arity::One,
    signal: |_, inputs| Ok(shapes::numbers(inputs)?.clone()),
    cost: |_, _, output| Cost { n_kept: output.n_elements(), ..Cost::default() },
    lower,
};

/// The choices of [`KIND`].
pub const KINDS: &[Choice] = &[
    Choice { id: "relu", label: t("ReLU", "ReLU") },
    Choice { id: "leaky_relu", label: t("Leaky ReLU", "Leaky ReLU") },
    Choice { id: "gelu", label: t("GELU", "GELU") },
    Choice { id: "silu", label: t("SiLU (Swish)", "SiLU（Swish）") },
    Choice { id: "elu", label: t("ELU", "ELU") },
    Choice { id: "tanh", label: t("Tanh", "Tanh") },
    Choice { id: "sigmoid", label: t("Sigmoid", "Sigmoid") },
    Choice { id: "softmax", label: t("Softmax", "Softmax") },
];

/// Which curve.
pub const KIND: Param<String> = Param::choice("kind", t("Curve", "函数"), "relu", KINDS).help(t(
    "ReLU keeps positive numbers and zeroes the others. Softmax makes numbers that sum to 1 over the features (over the channels of pictures).",
    "ReLU 保留正数，其余置零。Softmax 使各特征之和为 1（图片则为各通道）。",
));

/// Slope of leaky ReLU below zero.
pub const SLOPE: Param<f64> =
    Param::float("slope", t("Slope below zero", "负半轴斜率"), 0.01, 0.0, 1.0)
        .help(t("How much of a negative number passes.", "负数按此比例通过。"))
        .shown_when("kind", &["leaky_relu"]);

impl Curve {
    /// Adds the curve to an ONNX graph; `rank` is that of `x`, the batch included.
    pub(super) fn lower(self, graph: &mut GraphBuilder, x: Name, rank: usize) -> Name {
        match self {
            Self::Relu => graph.node("Relu", &[x], &[]),
            Self::LeakyRelu { slope } => {
                graph.node("LeakyRelu", &[x], &[("alpha", Attr::Float(slope as f32))])
            }
            Self::Gelu => graph.gelu(x),
            Self::Silu => {
                let gate = graph.node("Sigmoid", &[x], &[]);
                graph.node("Mul", &[x, gate], &[])
            }
            Self::Elu => graph.node("Elu", &[x], &[("alpha", Attr::Float(1.0))]),
            Self::Tanh => graph.node("Tanh", &[x], &[]),
            Self::Sigmoid => graph.node("Sigmoid", &[x], &[]),
            Self::Softmax => graph.softmax(x, if rank == 4 { 1 } else { -1 }),
        }
    }
}

impl<B: Backend> AnyRank<B> for Curve {
    fn on<K: Kernels<B>, const D: usize>(&self, x: Tensor<B, D>) -> Tensor<B, D> {
        K::curve(x, *self)
    }
}

/// The curve that these parameters choose.
pub(crate) fn curve_of(params: &ParamValues) -> Result<Curve, Trouble> {
    Curve::from_id(&KIND.of(params), SLOPE.of(params))
}

/// A curve as a layer.
#[derive(Module, Clone, Debug)]
pub struct Activation {
    #[module(skip)]
    curve: Curve,
}

impl<B: Backend> LayerModule<B> for Activation {
    fn build(params: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self { curve: curve_of(params)? })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        value::only(inputs)?.apply::<K>(&self.curve)
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, shape) = cx.only()?;
    let curve = curve_of(cx.params)?;
    Ok(Lowered {
        value: curve.lower(cx.graph, input.value, shape.len() + 1),
        padding: input.padding,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::BurnKernels;
    use crate::layers::Layer;
    use crate::layers::golden::{AD, cases};
    use burn_flex::FlexDevice;

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/activations.json")) {
            let slope = case
                .config
                .get("negative_slope")
                .and_then(serde_json::Value::as_f64)
                .unwrap_or(0.0);
            let curve = Curve::from_id(&case.text("kind"), slope).expect("known");
            case.check(Layer::Activation(Activation { curve }), &[]);
        }
    }

    #[test]
    fn large_numbers_keep_gradients_finite() {
        for choice in KINDS {
            let curve = Curve::from_id(choice.id, 0.01).expect("known");
            let x = Tensor::<AD, 2>::from_data([[500.0, -500.0, 0.0]], &FlexDevice).require_grad();
            let layer = Layer::<AD>::Activation(Activation { curve });
            let y = layer
                .forward::<BurnKernels>(vec![x.clone().into()])
                .and_then(Value::rank2)
                .expect("a matrix");
            let gradient = x
                .grad(&y.sum().backward())
                .expect("tracked")
                .into_data()
                .to_vec::<f32>()
                .expect("floats");
            assert!(
                gradient.iter().all(|number| number.is_finite()),
                "{}: {gradient:?}",
                choice.id
            );
        }
    }
}
