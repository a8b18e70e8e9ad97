//! Frequency encode: a category becomes how usual it is.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::frequency_encode::FrequencyEncode;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["category", "text", "number"])
        .help(t("Empty for all category features.", "留空表示所有类别特征。"));
const COUNTS: Param<bool> =
    Param::flag("counts", t("Rows instead of shares", "用行数代替比例"), false);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "frequency_encode",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Frequency encode", "频率编码"),
        summary: t(
            "Turns a category into the share of rows that have it.",
            "把类别变为其所占的数据比例。",
        ),
        help: t(
            "Keeps one column however many categories there are, so it suits postcodes, brands and names of cities. Rare and usual become visible; two equally usual categories look the same. Learnt from training rows; an unseen category is 0.",
            "无论有多少类别都只占一列，适合邮编、品牌和城市名。常见与稀有一目了然；频率相同的两个类别无法区分。从训练数据学得；未见过的类别为 0。",
        ),
        keywords: &[
            "CountEncoder",
            "count encoding",
            "frequency",
            "high cardinality",
            "频率编码",
            "计数编码",
            "高基数",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, COUNTS.spec],
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
    Ok(FrequencyEncode {
        columns: COLUMNS.of(params),
        gives_counts: COUNTS.of(params),
        fitted: Vec::new(),
    }
    .into())
}
