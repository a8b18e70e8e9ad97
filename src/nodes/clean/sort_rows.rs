//! Sort rows: puts the rows in the order of some columns.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::sort_rows::SortRows;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("By", "依据"), &["number", "category", "text", "date"]).help(t(
        "The most important first; with none named nothing changes.",
        "最重要的在前；未指定则不改变。",
    ));
const DESCENDING: Param<bool> = Param::flag("descending", t("Largest first", "降序"), false);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "sort_rows",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Sort rows", "排序"),
        summary: t("Puts the rows in the order of some columns.", "按若干列对行排序。"),
        help: t(
            "Useful before keeping the first of equal rows, before filling gaps from the row before, or to look at extremes. Equal rows keep their order and missing values come last. The order of the rows does not change what a network learns, since each round shuffles them; new rows keep their order.",
            "可用于保留重复行中的第一行之前、用前一行填补空缺之前，或查看极端值。相等的行保持原有顺序，缺失值排在最后。行的顺序不影响网络学习，因为每轮都会打乱；新数据保持原有顺序。",
        ),
        keywords: &[
            "sort",
            "order",
            "arrange",
            "sort_values",
            "Sorter",
            "ascending",
            "descending",
            "排序",
            "升序",
            "降序",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, DESCENDING.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: || {
            examples::params([(
                "columns",
                pg_base::ParamValue::Texts(vec!["colour".to_owned(), "length".to_owned()]),
            )])
        },
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(SortRows { columns: COLUMNS.of(params), is_descending: DESCENDING.of(params) }.into())
}
