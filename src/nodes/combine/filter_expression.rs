//! Filter by formula: keeps the rows for which a condition holds.

use pg_base::{NodeText, ParamValue, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::filter_formula::FilterFormula;
use pg_data::{Step, Table};

use super::formula::FORMULA;
use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "filter_expression",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Filter by formula", "按公式筛选"),
        summary: t("Keeps the rows for which a condition holds.", "保留满足条件的行。"),
        help: t(
            "Write a condition in the language of the Formula node: age >= 18 and not is_missing(income). Rows for which it is false \
             or missing are dropped while the model is built, after a split from the training rows only. Rows to predict are never dropped.",
            "用“公式”节点的写法填写条件：年龄 >= 18 and not is_missing(收入)。条件不成立或无法判断的行只在构建模型时删除；划分之后只删除训练行。待预测的行从不删除。",
        ),
        keywords: &[
            "filter",
            "where",
            "query",
            "condition",
            "rule-based row filter",
            "select rows",
            "subset",
            "筛选",
            "过滤",
            "条件",
            "查询",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[FORMULA.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: || {
            examples::params([(
                "formula",
                ParamValue::Text("length < 50 and width > 2".to_owned()),
            )])
        },
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(FilterFormula { formula: FORMULA.of(params), inputs: Vec::new() }.into())
}
