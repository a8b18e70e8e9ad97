//! Remove duplicates: keeps the first or the last of equal rows.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::remove_duplicates::RemoveDuplicates;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const KEYS: Param<Vec<String>> = Param::columns("keys", t("Compare", "比较的列"), &[]).help(t(
    "Rows are equal when these columns are; empty for all columns.",
    "这些列相同即视为重复；留空表示比较所有列。",
));
const KEEP: Param<String> = Param::choice(
    "keep",
    t("Keep", "保留"),
    "first",
    &[
        Choice { id: "first", label: t("The first", "第一行") },
        Choice { id: "last", label: t("The last", "最后一行") },
    ],
)
.help(t(
    "Put Sort rows before it to decide which comes last.",
    "可在此节点之前排序，以决定哪一行在最后。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "remove_duplicates",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Remove duplicates", "删除重复行"),
        summary: t("Keeps one of rows that are equal.", "相同的行只保留一行。"),
        help: t(
            "Repeated rows make a score look better than it is when one copy is learnt and the other tested. Put it before the split. When predicting, no row is dropped.",
            "若一份副本用于学习、另一份用于测试，重复行会使得分虚高。请放在划分之前。预测时不会删除任何行。",
        ),
        keywords: &["distinct", "unique", "deduplicate", "drop_duplicates", "去重", "重复"],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[KEYS.spec, KEEP.spec],
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
    Ok(RemoveDuplicates { keys: KEYS.of(params), keeps_last: KEEP.of(params) == "last" }.into())
}
