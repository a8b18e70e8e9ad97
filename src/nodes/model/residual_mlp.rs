//! Residual MLP: dense layers with short cuts, for larger tables.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_nn::Blueprint;
use pg_nn::presets::{self, ResidualMlp};

use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::{NETWORK_OUT, TASK};
use crate::model::preset::{self, Body};

const WIDTH: Param<i64> = Param::int("width", t("Width", "宽度"), 64, 1, 8192)
    .help(t("Numbers that flow from block to block.", "在各模块之间流动的数字个数。"));
const HIDDEN: Param<i64> =
    Param::int("hidden", t("Units in a block", "模块内单元数"), 128, 1, 8192)
        .unit(t("units", "单元"));
const BLOCKS: Param<i64> = Param::int("blocks", t("Blocks", "层数"), 2, 1, 64);
const DROPOUT: Param<f64> = Param::float("dropout", t("Dropout", "丢弃率"), 0.2, 0.0, 0.95);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "residual_mlp",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("Residual MLP", "残差多层感知机"),
        summary: t(
            "A ready network of dense layers with short cuts around them.",
            "带有跨层捷径的现成全连接网络。",
        ),
        help: t(
            "Short cuts let a deep network learn as easily as a shallow one. Better than the MLP on tables with many thousands of \
             rows (Gorishniy and others, 2021). Scale numbers before it; categories enter one-hot or through Category codes.",
            "捷径使深层网络与浅层一样容易学习。在有数万行以上的表格上优于普通 MLP（Gorishniy 等，2021）。请先缩放数值；\
             类别可独热编码，或用“类别编号”。",
        ),
        keywords: &["ResNet", "residual", "skip connection", "tabular", "deep", "残差网络"],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[NETWORK_OUT],
    params: &[WIDTH.spec, HIDDEN.spec, BLOCKS.spec, DROPOUT.spec, TASK.spec],
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
    let count = |param: &Param<i64>| param.of(params).unsigned_abs() as usize;
    let from = presets::flat(blueprint, prefix, starts)?;
    ResidualMlp {
        width: count(&WIDTH),
        hidden: count(&HIDDEN),
        n_blocks: count(&BLOCKS),
        dropout: DROPOUT.of(params),
    }
    .push(blueprint, prefix, &from)
}
