//! Parse dates: texts become days or moments.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, RunCx, Stage, Status, Value};
use pg_data::steps::parse_dates::{DateOrder, ParseDates};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["number", "category", "text", "date"])
        .help(t("With none named nothing changes.", "未指定则不改变。"));
const ORDER: Param<String> = Param::choice(
    "order",
    t("Written", "写法"),
    "auto",
    &[
        Choice { id: "auto", label: t("Automatic", "自动") },
        Choice { id: "day_first", label: t("Day first: 31/12/2023", "日在前：31/12/2023") },
        Choice { id: "month_first", label: t("Month first: 12/31/2023", "月在前：12/31/2023") },
        Choice { id: "pattern", label: t("By a pattern", "指定格式") },
    ],
);
const PATTERN: Param<String> = Param::text("pattern", t("Pattern", "格式"), "%d.%m.%Y")
    .help(t(
        "%d day, %m month, %Y year, %y two digits of it, %b name of the month, %H:%M:%S time.",
        "%d 日、%m 月、%Y 年、%y 两位年份、%b 月份名、%H:%M:%S 时间。",
    ))
    .shown_when("order", &["pattern"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "parse_dates",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Parse dates", "解析日期"),
        summary: t("Reads dates in the forms that people write.", "读取人们书写的各种日期。"),
        help: t(
            "Understands `31.12.2023`, `12/31/23`, `31 Dec 2023`, `2023年12月31日`, `20231231`, each with or without a time. Where day and month cannot be told apart (`3/4/2023`), automatic takes the order that more training values allow, and the day first where both do: choose the order yourself if you know it. Impossible dates such as 30 February become missing and are counted in a warning. The time of day is kept where a training value has one.",
            "可识别 `31.12.2023`、`12/31/23`、`31 Dec 2023`、`2023年12月31日`、`20231231` 等写法，可带时间。无法区分日和月时（`3/4/2023`），自动采用更多训练值允许的顺序，两者相同则日在前；若您知道顺序，请自行选择。2 月 30 日之类不存在的日期变为缺失并在警告中计数。训练数据中有时间时保留时间。",
        ),
        keywords: &[
            "date",
            "datetime",
            "to_datetime",
            "String to Date&Time",
            "dayfirst",
            "strptime",
            "timestamp",
            "日期",
            "时间",
            "解析",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, ORDER.spec, PATTERN.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run,
    example: Example {
        params: || {
            examples::params([("columns", pg_base::ParamValue::Texts(vec!["day".to_owned()]))])
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
    Ok(ParseDates {
        columns: COLUMNS.of(params),
        order: match ORDER.of(params).as_str() {
            "day_first" => DateOrder::DayFirst,
            "month_first" => DateOrder::MonthFirst,
            "pattern" => DateOrder::Pattern,
            _ => DateOrder::Auto,
        },
        pattern: PATTERN.of(params),
        fitted: Vec::new(),
    }
    .into())
}
