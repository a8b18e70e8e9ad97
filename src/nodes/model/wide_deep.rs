//! Wide & deep: a linear model and an MLP that answer together.

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
const DROPOUT: Param<f64> = Param::float("dropout", t("Dropout", "丢弃率"), 0.0, 0.0, 0.95);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "wide_deep",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("Wide & deep", "宽深网络"),
        summary: t(
            "A linear model and an MLP that answer together.",
            "线性模型与多层感知机共同作答。",
        ),
        help: t(
            "The linear part remembers what single columns say, the deep part finds what they say together (Cheng and others, \
             2016). Good where many one-hot columns meet a few numbers.",
            "线性部分记住单列的作用，深层部分发现各列的组合（Cheng 等，2016）。适合大量独热列与少量数值并存的表格。",
        ),
        keywords: &["wide and deep", "recommender", "linear", "tabular", "click-through", "宽深"],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[NETWORK_OUT],
    params: &[HIDDEN.spec, ACTIVATION.spec, DROPOUT.spec, TASK.spec],
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
    let wide = presets::flat(blueprint, prefix, starts)?;
    let deep = Mlp {
        hidden: HIDDEN.of(params).into_iter().map(|units| units.unsigned_abs() as usize).collect(),
        activation: ACTIVATION.of(params),
        dropout: DROPOUT.of(params),
        has_batch_norm: false,
    }
    .push(blueprint, prefix, &wide)?;
    presets::side_by_side(blueprint, prefix, &wide, &deep)
}
