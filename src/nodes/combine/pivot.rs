//! Pivot: the values of a column become columns.

use pg_base::{Choice, NodeText, Param, ParamValue, ParamValues, Trouble, say, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status, Value};
use pg_data::Table;
use pg_data::combine::{self, Aggregate, Pivot};

use crate::by_step::{TABLE_IN, TABLE_OUT};
use crate::examples;

const ROWS: Param<Vec<String>> = Param::columns("rows", t("Rows", "行"), &[])
    .help(t("Each combination of their values becomes a row.", "这些列取值的每种组合成为一行。"));
const COLUMNS: Param<String> =
    Param::column("columns", t("Columns", "列"), &["category", "text", "number"])
        .help(t("Each of its values becomes a column.", "该列的每个值成为一列。"));
const VALUES: Param<String> = Param::column("values", t("Values", "值"), &[])
    .help(t("The column that fills them.", "用于填充的列。"));
const fn choice(aggregate: Aggregate) -> Choice {
    Choice { id: aggregate.id(), label: aggregate.label() }
}
const AGGREGATE: Param<String> = Param::choice(
    "aggregate",
    t("Several values become", "多个值合并为"),
    "mean",
    &[
        choice(Aggregate::Mean),
        choice(Aggregate::Sum),
        choice(Aggregate::Count),
        choice(Aggregate::Median),
        choice(Aggregate::Min),
        choice(Aggregate::Max),
        choice(Aggregate::First),
        choice(Aggregate::Last),
        choice(Aggregate::MostFrequent),
    ],
);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "pivot",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Pivot", "透视"),
        summary: t("Turns the values of a column into columns.", "将一列的取值变为多列。"),
        help: t(
            "From long to wide: one row per combination of the row columns, one column per value. A place without a value is missing. \
             The result is a new table: put it before the split and before steps that learn from data. A model made from it takes rows of the result.",
            "由长表变宽表：行列取值的每种组合成为一行，每个值成为一列。没有值的位置为缺失。结果是一个新表：请放在划分以及需要学习的步骤之前。由它得到的模型以结果表的行为输入。",
        ),
        keywords: &[
            "pivot",
            "pivot table",
            "crosstab",
            "long to wide",
            "spread",
            "pivot_wider",
            "unstack",
            "dcast",
            "透视",
            "透视表",
            "长表转宽表",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[ROWS.spec, COLUMNS.spec, VALUES.spec, AGGREGATE.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| super::infer_whole(cx, make),
    run: |cx| super::run(cx, make),
    example: Example {
        params: || {
            examples::params([
                ("rows", ParamValue::Texts(vec!["day".to_owned()])),
                ("columns", ParamValue::Text("shop".to_owned())),
                ("values", ParamValue::Text("sold".to_owned())),
            ])
        },
        inputs: || Ok(vec![("table", Value::Table(super::sales()?))]),
    },
};

fn make(params: &ParamValues, tables: &[&Table]) -> Result<Table, Trouble> {
    for param in [&COLUMNS, &VALUES] {
        if param.of(params).is_empty() {
            return Err(Trouble::new("param-invalid", say!("no column is chosen", "未选择列"))
                .expected(say!("one column", "一列"))
                .param(param.spec.id));
        }
    }
    let options = Pivot {
        rows: ROWS.of(params),
        columns: COLUMNS.of(params),
        values: VALUES.of(params),
        aggregate: Aggregate::from_id(&AGGREGATE.of(params)).unwrap_or(Aggregate::Mean),
    };
    combine::pivot(super::only(tables)?, &options)
}
