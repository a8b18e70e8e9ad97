//! Drop constant columns: features that hardly vary.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::drop_constant::DropConstant;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["number", "category", "text"])
        .help(t("Empty for all features.", "留空表示所有特征。"));
const SHARE: Param<f64> = Param::float("share", t("Same in", "相同比例"), 1.0, 0.5, 1.0).help(t(
    "1 drops columns without two different values; 0.99 those with one value in 99 of 100 rows.",
    "1 表示删除没有两个不同取值的列；0.99 表示删除 99% 的行取值相同的列。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "drop_constant",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Drop constant columns", "删除常量列"),
        summary: t(
            "Drops features that say the same in all or nearly all rows.",
            "删除在所有或几乎所有行中取值相同的特征。",
        ),
        help: t(
            "A column with one value teaches nothing. With a share of 0.99, columns go too in which 99 of 100 training rows have the same value or none; mind that a rare value can be just what matters. Learnt from training rows; the target is never dropped.",
            "只有一个取值的列学不到任何内容。比例为 0.99 时，99% 的训练行取值相同或缺失的列也会删除；请注意，罕见取值有时正是关键。从训练数据学得；目标列从不删除。",
        ),
        keywords: &[
            "constant",
            "zero variance",
            "low variance",
            "VarianceThreshold",
            "Low Variance Filter",
            "Constant Value Column Filter",
            "nunique",
            "常量",
            "零方差",
            "低方差",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, SHARE.spec],
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
    Ok(DropConstant { columns: COLUMNS.of(params), share: SHARE.of(params), dropped: Vec::new() }
        .into())
}
