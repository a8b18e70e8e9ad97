//! Merge rare categories: what few training rows have becomes one category.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::merge_rare::MergeRare;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["category", "text"])
        .help(t("Empty for all category features.", "留空表示所有类别特征。"));
const MIN_COUNT: Param<i64> = Param::int("min_count", t("At least", "至少"), 10, 0, 1_000_000_000)
    .unit(t("rows", "行"))
    .help(t("A category of fewer training rows is rare.", "训练行数少于此值的类别视为罕见。"));
const MIN_SHARE: Param<f64> =
    Param::float("min_share", t("At least the share", "最小比例"), 0.0, 0.0, 1.0).help(t(
        "A category of a smaller share of the training rows is rare; 0.01 is one in a hundred.",
        "在训练数据中比例小于此值的类别视为罕见；0.01 即百分之一。",
    ));
const MAX_CATEGORIES: Param<i64> =
    Param::int("max_categories", t("At most", "最多"), 0, 0, 1_000_000)
        .unit(t("categories", "个类别"))
        .help(t("The most frequent ones stay; 0 for no bound.", "保留最常见的；0 表示不限。"));
const OTHER: Param<String> = Param::text("other", t("Name of the rest", "其余名称"), "other");

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "merge_rare",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Merge rare categories", "合并罕见类别"),
        summary: t("Few-and-far-between categories become one.", "把很少出现的类别合并为一个。"),
        help: t(
            "A category seen in a handful of rows teaches nothing and costs a column. Categories that are rarer than either limit in the training rows become one; so does every category of new rows that was never seen. Missing values stay missing.",
            "只出现在几行中的类别学不到什么，却要占一列。在训练数据中低于任一界限的类别合并为一个；新数据中从未见过的类别也归入其中。缺失值保持缺失。",
        ),
        keywords: &[
            "rare",
            "infrequent",
            "other",
            "min_frequency",
            "Edit Domain",
            "lump",
            "high cardinality",
            "罕见",
            "低频",
            "合并",
            "其他",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, MIN_COUNT.spec, MIN_SHARE.spec, MAX_CATEGORIES.spec, OTHER.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: || examples::params([("min_count", pg_base::ParamValue::Int(4))]),
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(MergeRare {
        columns: COLUMNS.of(params),
        min_count: MIN_COUNT.of(params).unsigned_abs() as usize,
        min_share: MIN_SHARE.of(params),
        max_categories: MAX_CATEGORIES.of(params).unsigned_abs() as usize,
        other: OTHER.of(params),
        fitted: Vec::new(),
    }
    .into())
}
