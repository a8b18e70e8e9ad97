//! Category codes: categories become numbers that a network has learnt lists for.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::tokenise::{TokenUnit, Tokenise};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["category", "text"])
        .help(t("Empty for all category features.", "留空表示所有类别特征。"));
const MIN_COUNT: Param<i64> =
    Param::int("min_count", t("Seen at least", "最少出现"), 1, 1, 1_000_000)
        .unit(t("times", "次"))
        .help(t("Rarer categories count as unknown.", "更少见的类别视为未知。"));

/// More categories than this are names.
const MAX_CATEGORIES: usize = 100_000;

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "category_codes",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Category codes", "类别编号"),
        summary: t(
            "Numbers categories for networks that learn an embedding of each.",
            "为类别编号，供为每个类别学习嵌入的网络使用。",
        ),
        help: t(
            "One column stays one column, however many categories it has: the network learns a list of numbers for each. \
             Better than one-hot where there are dozens or thousands. Categories that training never saw, and gaps, count \
             as unknown.",
            "一列仍是一列，无论有多少类别：网络为每个类别学习一组数字。类别有几十乃至上千个时优于独热编码。训练中未出现的类别和空缺视为未知。",
        ),
        keywords: &[
            "embedding",
            "entity embedding",
            "label encoding",
            "Continuize",
            "category codes",
            "high cardinality",
            "类别嵌入",
            "标签编码",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, MIN_COUNT.spec],
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
    Ok(Tokenise {
        columns: COLUMNS.of(params),
        unit: TokenUnit::Whole,
        length: 1,
        max_vocabulary: MAX_CATEGORIES,
        min_count: MIN_COUNT.of(params).unsigned_abs() as usize,
        fitted: Vec::new(),
    }
    .into())
}
