//! Output: the last layer, one number per class or per value to predict.

use burn::module::Module;
use burn::tensor::backend::Backend;
use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};

use super::parts::Linear;
use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "output",
    version: 1,
    text: NodeText {
        title: t("Output", "输出"),
        summary: t(
            "The last layer: one number per class or value to predict.",
            "最后一层：每个类别或每个预测值对应一个数字。",
        ),
        help: t(
            "Ends every network. Its size comes from the target columns: one number per class, per label or per number to predict. Probabilities are made afterwards, so no activation is needed.",
            "每个网络都以它结束。大小由目标列决定：每个类别、每个标签或每个要预测的数值对应一个数字。概率在其后自动计算，无需激活函数。",
        ),
        keywords: &[
            "output",
            "head",
            "classifier",
            "logits",
            "Softmax",
            "Sigmoid",
            "Linear",
            "输出层",
            "分类头",
        ],
    },
    params: &[UNITS.spec, FORM.spec],
    arity: Arity::One,
    signal,
    cost,
    lower,
};

/// Width; set from the target, not by hand.
pub const UNITS: Param<i64> = Param::int("units", t("Units", "单元数"), 1, 1, 65536).help(t(
    "Numbers that leave the network. It is set from the target column.",
    "网络输出的数字个数，由目标列决定。",
));

/// How two classes are told apart.
pub const FORM: Param<String> = Param::choice(
    "form",
    t("Form", "形式"),
    "auto",
    &[
        Choice { id: "auto", label: t("Automatic", "自动") },
        Choice {
            id: "softmax",
            label: t("Softmax (one number per class)", "Softmax（每类一个数字）"),
        },
        Choice {
            id: "sigmoid",
            label: t("Sigmoid (one number for two classes)", "Sigmoid（两类共用一个数字）"),
        },
    ],
)
.help(t(
    "Automatic chooses by the target. Sigmoid fits two classes only.",
    "“自动”会根据目标选择。Sigmoid 仅适用于两个类别。",
));

/// The weights.
#[derive(Module, Debug)]
pub struct Output<B: Backend> {
    inner: Linear<B>,
}

impl<B: Backend> LayerModule<B> for Output<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let n_in = shapes::vector(inputs)?;
        Ok(Self { inner: Linear::new("", n_in, shapes::size(&UNITS, params), true, init) })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        Ok(self.inner.forward::<K>(value::only(inputs)?.rank2()?, None).into())
    }
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    shapes::vector(inputs)?;
    Ok(Signal::numbers([shapes::size(&UNITS, params)]))
}

fn cost(_: &ParamValues, inputs: &[Signal], output: &Signal) -> Cost {
    let n_in = shapes::vector(inputs).unwrap_or_default() as u64;
    let n_out = output.n_elements();
    let n_macs = n_in.saturating_mul(n_out);
    Cost { n_params: n_macs.saturating_add(n_out), n_macs, n_kept: n_out }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let sizes = [shapes::vector(cx.signals)?, shapes::size(&UNITS, cx.params)];
    Ok(cx.linear("", input.value, 2, sizes, true)?.into())
}
