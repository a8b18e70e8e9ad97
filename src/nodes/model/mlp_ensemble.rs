//! MLP ensemble: many MLPs in one network, as TabM does it.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_nn::Blueprint;
use pg_nn::layers::activation;
use pg_nn::presets::{self, Mlp, MlpEnsemble};

use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::{NETWORK_OUT, TASK};
use crate::model::preset::{self, Body};

const MEMBERS: Param<i64> = Param::int("members", t("Members", "成员数"), 16, 2, 256).help(t(
    "More are steadier and take longer; 16 to 32 are usual.",
    "越多越稳定，也越慢；常用 16 到 32。",
));
const HIDDEN: Param<Vec<i64>> =
    Param::ints("hidden", t("Hidden layers", "隐藏层"), &[128, 64], 1, 8192)
        .help(t(
            "Units of each hidden layer, from the input to the output.",
            "从输入到输出，各隐藏层的单元数。",
        ))
        .unit(t("units", "单元"));
const ACTIVATION: Param<String> =
    Param::choice("activation", t("Activation", "激活函数"), "relu", activation::KINDS);
const DROPOUT: Param<f64> = Param::float("dropout", t("Dropout", "丢弃率"), 0.1, 0.0, 0.95);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "mlp_ensemble",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("MLP ensemble (TabM)", "集成多层感知机（TabM）"),
        summary: t(
            "Many MLPs in one network; the mean of their answers.",
            "在一个网络中集成许多多层感知机，取其结果的均值。",
        ),
        help: t(
            "Members see the row through scales of their own and share all other weights (the smallest form of TabM, Gorishniy \
             and others, 2024). Steadier than one MLP and often the best network for a table; it learns the mean of its \
             members, where the paper trains each by itself.",
            "各成员通过自己的缩放系数看到每一行，其余权重全部共享（TabM 的最简形式，Gorishniy 等，2024）。比单个 MLP 更稳定，\
             往往是表格数据上最好的网络；训练的是成员均值，而论文中各成员分别训练。",
        ),
        keywords: &["TabM", "ensemble", "BatchEnsemble", "bagging", "tabular", "集成学习"],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[NETWORK_OUT],
    params: &[MEMBERS.spec, HIDDEN.spec, ACTIVATION.spec, DROPOUT.spec, TASK.spec],
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
    let mlp = Mlp {
        hidden: HIDDEN.of(params).into_iter().map(|units| units.unsigned_abs() as usize).collect(),
        activation: ACTIVATION.of(params),
        dropout: DROPOUT.of(params),
        has_batch_norm: false,
    };
    let n_members = MEMBERS.of(params).unsigned_abs() as usize;
    MlpEnsemble { mlp, n_members }.push(blueprint, prefix, &from)
}
