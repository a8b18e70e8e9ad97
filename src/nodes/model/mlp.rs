//! MLP: dense layers for tables.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_nn::Blueprint;
use pg_nn::layers::activation;
use pg_nn::presets::{self, Mlp};

use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::{NETWORK_OUT, TASK};
use crate::model::preset::{self, Body};

const HIDDEN: Param<Vec<i64>> =
    Param::ints("hidden", t("Hidden layers", "隐藏层"), &[64, 32], 1, 8192)
        .help(t(
            "Units of each hidden layer, from the input to the output.",
            "从输入到输出，各隐藏层的单元数。",
        ))
        .unit(t("units", "单元"));
const ACTIVATION: Param<String> =
    Param::choice("activation", t("Activation", "激活函数"), "relu", activation::KINDS);
const DROPOUT: Param<f64> =
    Param::float("dropout", t("Dropout", "丢弃率"), 0.0, 0.0, 0.95).help(t(
        "Share of units switched off at random in training; lessens over-fitting.",
        "训练时随机关闭的单元比例，可减轻过拟合。",
    ));
const BATCH_NORM: Param<bool> = Param::flag("batch_norm", t("Batch norm", "批归一化"), false);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "mlp",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("MLP", "多层感知机"),
        summary: t(
            "A ready network of dense layers for tables.",
            "适用于表格数据的现成全连接网络。",
        ),
        help: t(
            "Takes all features of the table and ends with what the target needs. It is the same as Input, then Dense, \
             activation and Dropout for each hidden layer, then Output. Scale numbers before it, and one-hot encode \
             categories or number them with Category codes.",
            "接收表格的全部特征，并以目标所需的形式结束。等同于：输入，然后每个隐藏层依次为全连接、激活、丢弃，最后输出。\
             请先缩放数值，并对类别做独热编码或用“类别编号”编号。",
        ),
        keywords: &[
            "mlp",
            "neural network",
            "dense",
            "feed-forward",
            "MLPClassifier",
            "MLPRegressor",
            "全连接网络",
            "神经网络",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[NETWORK_OUT],
    params: &[HIDDEN.spec, ACTIVATION.spec, DROPOUT.spec, BATCH_NORM.spec, TASK.spec],
    effect: Effect::Pure,
    is_individual: true,
    infer: |cx| preset::infer(cx, Body::OfMany(body)),
    run: |cx| preset::run(cx, Body::OfMany(body)),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::clouds()),
    },
};

fn body(
    params: &ParamValues,
    blueprint: &mut Blueprint,
    prefix: &str,
    starts: &[String],
) -> Result<String, Trouble> {
    let from = presets::flat(blueprint, prefix, starts)?;
    Mlp {
        hidden: HIDDEN.of(params).into_iter().map(|units| units.unsigned_abs() as usize).collect(),
        activation: ACTIVATION.of(params),
        dropout: DROPOUT.of(params),
        has_batch_norm: BATCH_NORM.of(params),
    }
    .push(blueprint, prefix, &from)
}
