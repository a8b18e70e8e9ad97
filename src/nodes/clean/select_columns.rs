//! Select columns: keeps or drops columns by name.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::select_columns::{SelectColumns, Selection};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &[])
    .help(t("With none named nothing changes.", "未指定则不改变。"));
const ACTION: Param<String> = Param::choice(
    "action",
    t("Action", "操作"),
    "drop",
    &[
        Choice { id: "keep", label: t("Keep these", "保留这些") },
        Choice { id: "drop", label: t("Drop these", "删除这些") },
    ],
);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "select_columns",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Select columns", "选择列"),
        summary: t("Keeps or drops columns by name.", "按名称保留或删除列。"),
        help: t(
            "Drop what the model must not see: names, numbers that only identify a row, columns that are filled in after the outcome is known. The target is never dropped.",
            "删除模型不应看到的内容：姓名、仅用于标识的编号、结果已知之后才填写的列。目标列不会被删除。",
        ),
        keywords: &[
            "select",
            "drop",
            "keep",
            "filter columns",
            "feature selection",
            "选择",
            "删除列",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, ACTION.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: || {
            examples::params([("columns", pg_base::ParamValue::Texts(vec!["colour".to_owned()]))])
        },
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    let selection = if ACTION.of(params) == "keep" { Selection::Keep } else { Selection::Drop };
    Ok(SelectColumns { columns: COLUMNS.of(params), selection, features: Vec::new() }.into())
}
