//! Concatenate tables: the rows of several tables below one another.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, PortSpec, PortType, Stage, Status, Value};
use pg_data::Table;
use pg_data::combine;

use crate::by_step::TABLE_OUT;
use crate::examples;

const TABLES_IN: PortSpec = PortSpec::new("tables", t("Tables", "表格"), PortType::Table).many();
const SOURCE: Param<String> = Param::text("source", t("Source column", "来源列"), "").help(t(
    "Name of a column that says from which table (1, 2, …) each row comes; empty for none.",
    "用于标明每行来自第几个表（1、2……）的列名；留空则不添加。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "concatenate_tables",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Concatenate tables", "纵向合并表格"),
        summary: t(
            "Puts the rows of several tables below one another.",
            "将多个表格的行依次上下合并。",
        ),
        help: t(
            "Columns are matched by name; a column that a table lacks is missing there. Where a column is a number in one table and a \
             category in another, it becomes a category. Roles, such as the target, are those of the first table that has the column. \
             The result is a new table: put it before the split and before steps that learn from data. A model made from it takes rows of the result.",
            "按列名对应；某表没有的列在其行中为缺失。同一列在一个表中是数值、在另一个表中是类别时，结果为类别。角色（如目标）取自首个含有该列的表。结果是一个新表：请放在划分以及需要学习的步骤之前。由它得到的模型以结果表的行为输入。",
        ),
        keywords: &[
            "concatenate",
            "concat",
            "append",
            "union",
            "stack",
            "rbind",
            "bind rows",
            "pd.concat",
            "合并",
            "追加",
            "拼接",
            "纵向合并",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLES_IN],
    outputs: &[TABLE_OUT],
    params: &[SOURCE.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| super::infer(cx, make),
    run: |cx| super::run(cx, make),
    example: Example {
        params: || examples::params([("source", pg_base::ParamValue::Text("source".to_owned()))]),
        inputs: || {
            Ok(vec![
                ("tables", Value::Table(super::sales()?)),
                ("tables", Value::Table(super::shops()?)),
            ])
        },
    },
};

fn make(params: &ParamValues, tables: &[&Table]) -> Result<Table, Trouble> {
    combine::concatenate(tables, Some(&SOURCE.of(params)))
}
