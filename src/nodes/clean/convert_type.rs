//! Convert type: texts become numbers, numbers categories, and so on.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, RunCx, Stage, Status, Value};
use pg_data::steps::convert_type::{ConvertType, Decimal, Target};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["number", "category", "text", "date"])
        .help(t("With none named nothing changes.", "未指定则不改变。"));
const TO: Param<String> = Param::choice(
    "to",
    t("Becomes", "转换为"),
    "number",
    &[
        Choice { id: "number", label: t("Number", "数值") },
        Choice { id: "category", label: t("Category", "类别") },
        Choice { id: "text", label: t("Text", "文本") },
        Choice { id: "date", label: t("Date", "日期") },
    ],
);
const DECIMAL: Param<String> = Param::choice(
    "decimal",
    t("Decimal sign", "小数点"),
    "auto",
    &[
        Choice { id: "auto", label: t("Automatic", "自动") },
        Choice { id: "point", label: t("Point: 1,234.5", "句点：1,234.5") },
        Choice { id: "comma", label: t("Comma: 1.234,5", "逗号：1.234,5") },
    ],
)
.help(t(
    "Automatic takes a comma where a training value proves it, otherwise a point.",
    "自动：若训练数据能证明使用逗号则用逗号，否则用句点。",
))
.shown_when("to", &["number"]);
const STRAYS: Param<String> = Param::choice(
    "strays",
    t("What cannot be converted", "无法转换的值"),
    "missing",
    &[
        Choice { id: "missing", label: t("Becomes missing", "变为缺失") },
        Choice { id: "error", label: t("Stops the run", "停止运行") },
    ],
);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "convert_type",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Convert type", "转换类型"),
        summary: t(
            "Makes a column one of numbers, categories, texts or dates.",
            "把列转换为数值、类别、文本或日期。",
        ),
        help: t(
            "Numbers are read as people write them: `1,234.50`, `$5`, `12 %` (becomes 0.12), `(3)` (minus three), `3.2万`, full-width digits; a unit that nearly all values have, as in `998 CC`, is left out. Postal codes and other numbers that only name something should become categories. Values that cannot be converted become missing and are counted in a warning, or stop the run with the row named; in new rows they become missing.",
            "可识别人们书写数字的方式：`1,234.50`、`¥5`、`12 %`（变为 0.12）、`(3)`（负三）、`3.2万`、全角数字；若几乎所有值都带同一单位（如 `998 CC`），则去掉单位。邮编等只作名称用的数字应转为类别。无法转换的值变为缺失并在警告中计数，或停止运行并指出所在行；在新数据中则变为缺失。",
        ),
        keywords: &[
            "convert",
            "cast",
            "astype",
            "to_numeric",
            "String to Number",
            "Number to String",
            "Edit Domain",
            "percent",
            "currency",
            "decimal comma",
            "类型",
            "转换",
            "数字",
            "百分比",
            "货币",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, TO.spec, DECIMAL.spec, STRAYS.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run,
    example: Example {
        params: || {
            examples::params([("columns", pg_base::ParamValue::Texts(vec!["price".to_owned()]))])
        },
        inputs: || examples::on_table(examples::orders()),
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?;
    let changed = table.then(step(cx.params, table)?)?;
    by_step::warn_of_new_gaps(cx, table, &changed, &COLUMNS.of(cx.params))?;
    Ok(vec![Value::Table(changed)])
}

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(ConvertType {
        columns: COLUMNS.of(params),
        to: match TO.of(params).as_str() {
            "category" => Target::Category,
            "text" => Target::Text,
            "date" => Target::Date,
            _ => Target::Number,
        },
        decimal: match DECIMAL.of(params).as_str() {
            "point" => Decimal::Point,
            "comma" => Decimal::Comma,
            _ => Decimal::Auto,
        },
        strays_fail: STRAYS.of(params) == "error",
        fitted: Vec::new(),
    }
    .into())
}
