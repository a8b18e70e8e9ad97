//! Piecewise-linear encoding: a number becomes its way through the intervals of its range.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::piecewise::Piecewise;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const N_BINS: Param<i64> = Param::int("bins", t("Intervals", "区间数"), 8, 2, 128).help(t(
    "Each holds about as many training rows; 8 to 32 is usual.",
    "每个区间的训练行数大致相等；常用 8 到 32。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "piecewise",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Piecewise encoding", "分段线性编码"),
        summary: t(
            "Lets a network bend at quantiles of each number.",
            "让网络能在每个数值的分位点处弯折。",
        ),
        help: t(
            "Every number column becomes one column per interval: 0 before the interval, 1 behind it, the share of the way inside. A network, even a straight line, can then follow jumps and bends that it hardly learns from the bare number. Unlike binning nothing is lost. No scaling is needed afterwards.",
            "每个数值列变为每区间一列：到达区间之前为 0，越过之后为 1，其间为所走过的比例。这样即使是线性模型也能拟合跳跃和弯折，而这些从原始数值很难学到。与分箱不同，信息不会丢失。其后无需再缩放。",
        ),
        keywords: &[
            "PLE",
            "numerical embedding",
            "numeric embedding",
            "spline",
            "hinge",
            "piecewise linear",
            "SplineTransformer",
            "分段线性",
            "数值嵌入",
            "样条",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, N_BINS.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(Piecewise {
        columns: COLUMNS.of(params),
        n_bins: N_BINS.of(params).unsigned_abs() as usize,
        ..Piecewise::default()
    }
    .into())
}
