//! Clip: keeps numbers between bounds or quantiles.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::clip::{Bounds, Clip};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const BY: Param<String> = Param::choice(
    "by",
    t("Bounds are", "界限为"),
    "quantiles",
    &[
        Choice {
            id: "quantiles",
            label: t("Quantiles of the training values", "训练数据的分位数"),
        },
        Choice { id: "values", label: t("Given numbers", "给定数值") },
    ],
)
.help(t("What the bounds mean.", "界限的含义。"));
const LOW_SHARE: Param<f64> =
    Param::float("low_share", t("Lower quantile", "下分位"), 0.01, 0.0, 1.0)
        .help(t("Share of the values that lies below.", "低于此界的数据比例。"))
        .shown_when("by", &["quantiles"]);
const HIGH_SHARE: Param<f64> =
    Param::float("high_share", t("Upper quantile", "上分位"), 0.99, 0.0, 1.0)
        .help(t("Share of the values that lies below.", "低于此界的数据比例。"))
        .shown_when("by", &["quantiles"]);
const LOW: Param<f64> =
    Param::float("low", t("Lowest", "最小值"), 0.0, -1e12, 1e12).shown_when("by", &["values"]);
const HIGH: Param<f64> =
    Param::float("high", t("Highest", "最大值"), 1.0, -1e12, 1e12).shown_when("by", &["values"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "clip",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Clip", "限制范围"),
        summary: t("Keeps numbers between two bounds.", "把数值限制在两个界限之间。"),
        help: t(
            "Values below the lower bound become that bound, values above the upper one become that: an age of 999 becomes the highest age that you allow. Quantiles are learnt from training rows. Clip outliers finds bounds by itself.",
            "低于下限的值变为下限，高于上限的值变为上限：年龄 999 会变为允许的最大年龄。分位数从训练数据学得。“截断离群值”会自动确定界限。",
        ),
        keywords: &[
            "winsorize",
            "clip",
            "cap",
            "floor",
            "truncate",
            "bounds",
            "percentile",
            "截断",
            "上限",
            "下限",
            "分位数",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, BY.spec, LOW_SHARE.spec, HIGH_SHARE.spec, LOW.spec, HIGH.spec],
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
    let bounds = if BY.of(params) == "values" {
        Bounds::Values { low: LOW.of(params), high: HIGH.of(params) }
    } else {
        Bounds::Quantiles { low: LOW_SHARE.of(params), high: HIGH_SHARE.of(params) }
    };
    Ok(Clip { columns: COLUMNS.of(params), bounds, fitted: Vec::new() }.into())
}
