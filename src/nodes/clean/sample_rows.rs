//! Sample rows: keeps a part of the training rows.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, say, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status, Value};
use pg_data::steps::sample_rows::{Amount, RowChoice, SampleRows};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const CHOICE: Param<String> = Param::choice(
    "choice",
    t("Rows", "行"),
    "random",
    &[
        Choice { id: "random", label: t("At random", "随机") },
        Choice { id: "stratified", label: t("Class by class", "分层") },
        Choice { id: "first", label: t("The first", "前若干行") },
    ],
);
const BY: Param<String> =
    Param::column("by", t("Classes of", "分层依据"), &["category", "text", "number"])
        .help(t("Empty for the target.", "留空表示目标列。"))
        .shown_when("choice", &["stratified"]);
const AMOUNT: Param<String> = Param::choice(
    "amount",
    t("How many", "数量"),
    "share",
    &[
        Choice { id: "share", label: t("A share", "比例") },
        Choice { id: "count", label: t("A number of rows", "行数") },
    ],
);
const SHARE: Param<f64> = Param::float("share", t("Share", "比例"), 0.1, 0.0, 1.0)
    .help(t("0.1 is one row in ten.", "0.1 即十分之一。"))
    .shown_when("amount", &["share"]);
const COUNT: Param<i64> = Param::int("count", t("Rows", "行数"), 1000, 1, 4_000_000_000)
    .help(t("All rows where there are fewer.", "不足时保留全部。"))
    .shown_when("amount", &["count"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "sample_rows",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Sample rows", "抽样"),
        summary: t(
            "Keeps some of the rows: at random, class by class, or the first.",
            "保留部分行：随机、分层或前若干行。",
        ),
        help: t(
            "Use it to try things quickly on a large table. Random sampling depends on the project's seed only, so the same rows stay at every run. Stratified keeps the share of each value of a column, the target where none is chosen. After a split only training rows are sampled; when predicting, no row is dropped.",
            "可用于在大表上快速尝试。随机抽样只取决于项目的随机种子，每次运行保留相同的行。分层抽样保持某列各取值的比例，未选择列时使用目标列。位于划分之后只对训练行抽样；预测时不删除任何行。",
        ),
        keywords: &[
            "sample",
            "subsample",
            "downsample",
            "head",
            "Data Sampler",
            "Row Sampling",
            "stratified",
            "limit",
            "抽样",
            "采样",
            "前几行",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[CHOICE.spec, BY.spec, AMOUNT.spec, SHARE.spec, COUNT.spec],
    effect: Effect::Seeded,
    is_individual: false,
    infer: |cx| by_step::infer(cx, |params, table| step(params, table, 0)),
    run: |cx| {
        let table = cx.any_table(TABLE_IN.id)?;
        Ok(vec![Value::Table(table.then(step(cx.params, table, cx.seed)?)?)])
    },
    example: Example {
        params: || examples::params([("share", pg_base::ParamValue::Float(0.5))]),
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, table: &Table, seed: u64) -> Result<Step, Trouble> {
    let choice = match CHOICE.of(params).as_str() {
        "first" => RowChoice::First,
        "stratified" => RowChoice::Stratified,
        _ => RowChoice::Random,
    };
    let mut by = BY.of(params);
    if choice == RowChoice::Stratified && by.is_empty() {
        let target = table.schema().one_target().map_err(|_| {
            Trouble::new(
                "param-invalid",
                say!(
                    "there is no single target whose classes could be kept",
                    "没有可用于分层的单个目标列"
                ),
            )
            .advice(say!(
                "Choose a column, or put Set target before this node.",
                "请选择一列，或在此节点之前设定目标。"
            ))
            .param(BY.spec.id)
        })?;
        by.clone_from(&target.name);
    }
    let amount = if AMOUNT.of(params) == "count" {
        Amount::Count(COUNT.of(params).unsigned_abs() as usize)
    } else {
        Amount::Share(SHARE.of(params))
    };
    Ok(SampleRows { amount, choice, by, seed, drawn: None }.into())
}
