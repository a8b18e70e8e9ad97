//! Feature tokens: every number of a table becomes a list of numbers of its own, as words do in a text.

use burn::module::{Module, Param as Weight};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};

use super::parts::Linear;
use super::{Init, LayerModule, shapes};
use crate::kernels::{Curve, Kernels};
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "feature_tokens",
    version: 1,
    text: NodeText {
        title: t("Feature tokens", "特征词元"),
        summary: t(
            "Every number of a table becomes a learnt list of numbers.",
            "表格中的每个数值变为一组可学习的数字。",
        ),
        help: t(
            "Lets a transformer read the columns of a table like the words of a sentence (Gorishniy and others, 2021). \
             Periodic tokens see fine steps in a number that a straight line cannot follow (2022). Scale the numbers before.",
            "让 Transformer 像读句子中的词一样读取表格的各列（Gorishniy 等，2021）。周期式能捕捉直线无法跟随的细微变化（2022）。\
             请先缩放数值。",
        ),
        keywords: &[
            "feature tokenizer",
            "numeric embedding",
            "FT-Transformer",
            "PLR",
            "periodic",
            "tabular",
            "数值嵌入",
        ],
    },
    params: &[DIM.spec, KIND.spec],
    arity: Arity::One,
    signal,
    cost,
    lower,
};

/// Numbers per feature.
pub const DIM: Param<i64> = Param::int("dim", t("Width", "维度"), 32, 1, 4096).help(t(
    "Numbers per feature. 16 to 64 suit most tables.",
    "每个特征的数字个数。多数表格使用 16 到 64 即可。",
));

/// How a number becomes a token.
pub const KIND: Param<String> = Param::choice(
    "kind",
    t("Kind", "方式"),
    "linear",
    &[
        Choice { id: "linear", label: t("Linear", "线性") },
        Choice { id: "periodic", label: t("Periodic", "周期") },
    ],
)
.help(t(
    "Periodic follows fine steps and costs more; try it when linear does not fit the training rows.",
    "周期式能跟随细微变化，但代价更高；当线性无法拟合训练数据时可尝试。",
));

/// Waves of a periodic token; the paper's middle choice.
const N_WAVES: usize = 16;
/// Spread of their first frequencies, per standard deviation of the feature.
const FREQUENCY: f64 = 0.3;

/// `[features, dim]` of slopes and starts, or `[features, waves]` of frequencies and one map for all.
#[derive(Module, Debug)]
pub struct FeatureTokens<B: Backend> {
    weight: Option<Weight<Tensor<B, 2>>>,
    bias: Option<Weight<Tensor<B, 2>>>,
    frequency: Option<Weight<Tensor<B, 2>>>,
    map: Option<Linear<B>>,
}

impl<B: Backend> LayerModule<B> for FeatureTokens<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let n_features = shapes::vector(inputs)?;
        let width = shapes::size(&DIM, params);
        Ok(if KIND.of(params) == "periodic" {
            Self {
                weight: None,
                bias: None,
                frequency: Some(init.normal("frequency", [n_features, N_WAVES], FREQUENCY)),
                map: Some(Linear::new("map.", 2 * N_WAVES, width, true, init)),
            }
        } else {
            let bound = 1.0 / (width as f64).sqrt();
            Self {
                weight: Some(init.uniform("weight", [n_features, width], bound)),
                bias: Some(init.uniform("bias", [n_features, width], bound)),
                frequency: None,
                map: None,
            }
        })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let x = value::only(inputs)?.rank2()?.unsqueeze_dim::<3>(2);
        match (&self.weight, &self.bias, &self.frequency, &self.map) {
            (Some(weight), Some(bias), _, _) => {
                let (weight, bias) = (weight.val().unsqueeze::<3>(), bias.val().unsqueeze::<3>());
                Ok(x.mul(weight).add(bias).into())
            }
            (_, _, Some(frequency), Some(map)) => {
                let angle =
                    x.mul(frequency.val().unsqueeze::<3>().mul_scalar(std::f64::consts::TAU));
                let waves = Tensor::cat(vec![angle.clone().sin(), angle.cos()], 2);
                Ok(map.forward_sequence::<K>(waves, Some(Curve::Relu)).into())
            }
            _ => Err(Trouble::internal("feature tokens without weights")),
        }
    }
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    Ok(Signal::numbers([shapes::vector(inputs)?, shapes::size(&DIM, params)]))
}

fn cost(params: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let n_features = shapes::vector(inputs).unwrap_or_default() as u64;
    let width = shapes::size(&DIM, params) as u64;
    let n_waves = N_WAVES as u64;
    if KIND.of(params) == "periodic" {
        Cost {
            n_params: n_features * n_waves + 2 * n_waves * width + width,
            n_macs: n_features * n_waves * (1 + 2 * width),
            n_kept: output.n_elements() + 3 * n_features * n_waves,
        }
    } else {
        let n_elements = output.n_elements();
        Cost { n_params: 2 * n_elements, n_macs: n_elements, n_kept: n_elements }
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let n_features = shapes::vector(cx.signals)?;
    let width = shapes::size(&DIM, cx.params);
    let x = cx.graph.unsqueeze(input.value, &[2]);
    if KIND.of(cx.params) == "periodic" {
        let shape = [n_features, N_WAVES];
        let turns = cx.weight("frequency", &shape)?.iter();
        let turns: Vec<f32> = turns.map(|turns| turns * std::f32::consts::TAU).collect();
        let hint = cx.name("frequency");
        let turns = cx.graph.constant_f32(&hint, &shape, &turns);
        let angle = cx.graph.node("Mul", &[x, turns], &[]);
        let waves = [cx.graph.node("Sin", &[angle], &[]), cx.graph.node("Cos", &[angle], &[])];
        let waves = cx.graph.concat(&waves, 2);
        let mapped = cx.linear("map", waves, 3, [2 * N_WAVES, width], true)?;
        return Ok(cx.graph.node("Relu", &[mapped], &[]).into());
    }
    let shape = [n_features, width];
    let (weight, bias) = (cx.weight("weight", &shape)?, cx.weight("bias", &shape)?);
    let hints = [cx.name("weight"), cx.name("bias")];
    let weight = cx.graph.constant_f32(&hints[0], &shape, weight);
    let bias = cx.graph.constant_f32(&hints[1], &shape, bias);
    let scaled = cx.graph.node("Mul", &[x, weight], &[]);
    Ok(cx.graph.node("Add", &[scaled, bias], &[]).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::BurnKernels;
    use crate::layers::golden::{AD, init};
    use burn_flex::FlexDevice;
    use pg_base::{Array, ParamValue};

    fn params(kind: &str) -> ParamValues {
        ParamValues::from([
            ("dim".to_owned(), ParamValue::Int(3)),
            ("kind".to_owned(), ParamValue::Text(kind.to_owned())),
        ])
    }

    #[test]
    fn each_feature_has_a_token_of_its_own() {
        for kind in ["linear", "periodic"] {
            let (params, inputs) = (params(kind), [Signal::numbers([2])]);
            let layer = FeatureTokens::<AD>::build(&params, &inputs, &init()).expect("fits");
            let run = |numbers: [f32; 4]| {
                let x = Value::from_array(&Array::f32([2, 2], numbers.to_vec()), &FlexDevice);
                let y = LayerModule::forward::<BurnKernels>(&layer, vec![x.expect("numbers")]);
                let y = y.and_then(Value::rank3).expect("tokens");
                assert_eq!(y.dims(), [2, 2, 3]);
                y.into_data().to_vec::<f32>().expect("numbers")
            };
            let (a, b) = (run([0.5, 1.0, -1.0, 2.0]), run([0.5, 3.0, -1.0, 2.0]));
            // The second feature of the first row changed, and with it nothing but its own token.
            assert_eq!((&a[..3], &a[6..]), (&b[..3], &b[6..]), "{kind}");
            assert_ne!(a[3..6], b[3..6], "{kind}");
        }
    }

    #[test]
    fn costs_are_those_of_the_weights() {
        let inputs = [Signal::numbers([5])];
        let n_params = |kind: &str| {
            let output = signal(&params(kind), &inputs).expect("fits");
            cost(&params(kind), &inputs, &output).n_params
        };
        assert_eq!(n_params("linear"), 2 * 5 * 3);
        assert_eq!(n_params("periodic"), 5 * 16 + 32 * 3 + 3);
    }
}
