//! One-hot encode: a column of 0 and 1 for each category.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::one_hot::OneHot;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["category", "text", "number"])
        .help(t("Empty for all category features.", "留空表示所有类别特征。"));
const MAX_CATEGORIES: Param<i64> =
    Param::int("max_categories", t("Categories at most", "最多类别数"), 0, 0, 10_000).help(t(
        "Keeps the most frequent ones of each column; 0 keeps all.",
        "每列只保留最常见的类别；0 表示全部保留。",
    ));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "one_hot",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("One-hot encode", "独热编码"),
        summary: t("Turns each category into a column of 0 and 1.", "把每个类别变成一列 0 和 1。"),
        help: t(
            "Networks calculate with numbers; a category becomes one column per value. The values are learnt from training rows; a value never seen gives zeros everywhere.",
            "网络只能计算数字；每个类别值变成一列。取值从训练数据学得；从未见过的值在所有列上都是 0。",
        ),
        keywords: &[
            "one-hot",
            "dummy",
            "OneHotEncoder",
            "get_dummies",
            "continuize",
            "categorical",
            "独热",
            "哑变量",
            "类别",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, MAX_CATEGORIES.spec],
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
    let max_categories = MAX_CATEGORIES.of(params).unsigned_abs() as usize;
    Ok(OneHot { columns: COLUMNS.of(params), max_categories, fitted: Vec::new() }.into())
}
