//! Drop correlated columns: numbers that repeat other numbers.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::drop_correlated::DropCorrelated;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const BOUND: Param<f64> = Param::float("bound", t("Limit", "界限"), 0.95, 0.0, 1.0)
    .help(t("Largest size of the coefficient that stays.", "允许保留的最大相关系数绝对值。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "drop_correlated",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Drop correlated columns", "删除高度相关列"),
        summary: t(
            "Of number features that say nearly the same only the first stays.",
            "几乎相同的数值特征只保留第一个。",
        ),
        help: t(
            "Length in centimetres and in inches is one piece of information. Columns are compared in their order by Pearson's coefficient over the training rows that have both values; a column goes when its size is above the limit with one that stays. The target is never dropped.",
            "以厘米和英寸表示的长度是同一信息。按列的顺序，用同时有值的训练行计算皮尔逊相关系数；若与已保留的某列的系数绝对值超过界限，则删除该列。目标列从不删除。",
        ),
        keywords: &[
            "correlation",
            "Pearson",
            "redundant",
            "collinear",
            "Correlation Filter",
            "Correlations",
            "corr",
            "相关",
            "冗余",
            "共线",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, BOUND.spec],
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
    Ok(DropCorrelated { columns: COLUMNS.of(params), bound: BOUND.of(params), dropped: Vec::new() }
        .into())
}
