//! Date features: makes numbers of dates.

use pg_base::{Choice, NodeText, Param, ParamValue, ParamValues, Trouble, say, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status, Value};
use pg_data::steps::date_features::{Cycles, DateFeatures, DatePart};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Dates", "日期列"), &["date"])
    .help(t("Empty for all date features.", "留空表示所有日期特征。"));
const YEAR: Param<bool> = Param::flag("year", t("Year", "年"), true);
const QUARTER: Param<bool> = Param::flag("quarter", t("Quarter", "季度"), false);
const MONTH: Param<bool> = Param::flag("month", t("Month", "月"), true);
const WEEK: Param<bool> = Param::flag("week", t("Week of the year", "年内周次"), false)
    .help(t("By ISO 8601, 1 to 53.", "按 ISO 8601，1 至 53。"));
const DAY: Param<bool> = Param::flag("day", t("Day of the month", "日"), false);
const DAY_OF_YEAR: Param<bool> =
    Param::flag("day_of_year", t("Day of the year", "年内天数"), false);
const WEEKDAY: Param<bool> = Param::flag("weekday", t("Weekday", "星期"), true)
    .help(t("1 is Monday, 7 is Sunday.", "1 为星期一，7 为星期日。"));
const IS_WEEKEND: Param<bool> = Param::flag("is_weekend", t("Weekend or not", "是否周末"), false);
const HOUR: Param<bool> = Param::flag("hour", t("Hour", "小时"), false);
const DAYS_SINCE: Param<bool> =
    Param::flag("days_since", t("Days since the first date", "距首个日期的天数"), false).help(t(
        "The first date of the training rows is day 0.",
        "训练数据中的首个日期为第 0 天。",
    ));
const CYCLES: Param<String> = Param::choice(
    "cycles",
    t("Months, weekdays, hours …", "月、星期、小时等"),
    "numbers",
    &[
        Choice { id: "numbers", label: t("As numbers", "数值") },
        Choice {
            id: "circle",
            label: t("On a circle (sine and cosine)", "圆周编码（正弦与余弦）"),
        },
        Choice { id: "both", label: t("Both", "两者都要") },
    ],
)
.help(t(
    "On a circle December lies beside January, and 23 o'clock beside 0.",
    "圆周编码使十二月与一月相邻，23 点与 0 点相邻。",
));
const KEEP: Param<bool> = Param::flag("keep_date", t("Keep the date", "保留日期列"), false);

const PARTS: [(&Param<bool>, DatePart); 10] = [
    (&YEAR, DatePart::Year),
    (&QUARTER, DatePart::Quarter),
    (&MONTH, DatePart::Month),
    (&WEEK, DatePart::Week),
    (&DAY, DatePart::Day),
    (&DAY_OF_YEAR, DatePart::DayOfYear),
    (&WEEKDAY, DatePart::Weekday),
    (&IS_WEEKEND, DatePart::IsWeekend),
    (&HOUR, DatePart::Hour),
    (&DAYS_SINCE, DatePart::DaysSince),
];

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "date_features",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Date features", "日期特征"),
        summary: t(
            "Makes numbers of dates: year, month, weekday, hour and more.",
            "从日期提取数值：年、月、星期、小时等。",
        ),
        help: t(
            "A network cannot calculate with dates. Take the parts that may matter: the month for seasons, the weekday for habits, days since \
             the first date for a trend. Parts that return can be written as sine and cosine, so that the end of a cycle lies beside its beginning. \
             New rows are treated in the same way.",
            "网络无法直接使用日期。请提取可能有用的部分：月份反映季节，星期反映习惯，距首个日期的天数反映趋势。周期性的部分可写成正弦与余弦，使周期首尾相接。新数据按同样方式处理。",
        ),
        keywords: &[
            "date",
            "time",
            "datetime",
            "calendar",
            "month",
            "weekday",
            "cyclic",
            "seasonal",
            "extract date&time fields",
            "dt.year",
            "日期",
            "时间",
            "年月日",
            "星期",
            "周期",
            "季节",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[
        COLUMNS.spec,
        YEAR.spec,
        QUARTER.spec,
        MONTH.spec,
        WEEK.spec,
        DAY.spec,
        DAY_OF_YEAR.spec,
        WEEKDAY.spec,
        IS_WEEKEND.spec,
        HOUR.spec,
        DAYS_SINCE.spec,
        CYCLES.spec,
        KEEP.spec,
    ],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: || {
            examples::params([
                ("cycles", ParamValue::Text("both".to_owned())),
                ("days_since", ParamValue::Bool(true)),
            ])
        },
        inputs: || Ok(vec![("table", Value::Table(super::sales()?))]),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    let parts: Vec<DatePart> =
        PARTS.into_iter().filter(|(param, _)| param.of(params)).map(|(_, part)| part).collect();
    if parts.is_empty() {
        return Err(Trouble::new(
            "param-invalid",
            say!("no part of the date is chosen", "未选择日期的任何部分"),
        )
        .expected(say!("at least one, such as the month", "至少一项，例如月")));
    }
    let cycles = match CYCLES.of(params).as_str() {
        "circle" => Cycles::Circle,
        "both" => Cycles::Both,
        _ => Cycles::Numbers,
    };
    Ok(DateFeatures {
        columns: COLUMNS.of(params),
        parts,
        cycles,
        keeps_date: KEEP.of(params),
        fitted: Vec::new(),
    }
    .into())
}
