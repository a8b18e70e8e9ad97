//! Input: where prepared data enters the network.

use burn::module::Module;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, Param, ParamValues, Trouble, t};

use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "input",
    version: 1,
    text: NodeText {
        title: t("Input", "输入"),
        summary: t("Where prepared data enters the network.", "预处理后的数据由此进入网络。"),
        help: t(
            "The first layer of every network. Its shape comes from the data: numbers per row for a table, channels × height × width for pictures, token ids for text. It changes nothing.",
            "每个网络的第一层。形状由数据决定：表格为每行的数字个数，图片为通道 × 高 × 宽，文本为词元编号。它不改变数据。",
        ),
        keywords: &["input", "InputLayer", "placeholder", "start", "输入层"],
    },
    params: &[SLOT.spec],
    arity: Arity::None,
    signal: |_, inputs| Ok(shapes::first(inputs)?.clone()),
    cost: |_, _, _| Cost::default(),
    lower,
};

/// Which of the network's inputs enters here.
pub const SLOT: Param<i64> = Param::int("slot", t("Input number", "输入序号"), 0, 0, 63).help(t(
    "Which input of the network this is, counted from 0. Networks with one input use 0.",
    "这是网络的第几个输入，从 0 开始。只有一个输入时为 0。",
));

/// Passes its input on.
#[derive(Module, Clone, Debug)]
pub struct Input;

impl<B: Backend> LayerModule<B> for Input {
    fn build(_: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self)
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        value::only(inputs)
    }
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    Ok(cx.only()?.0)
}
