//! Lag features: values of earlier rows beside each row.

use pg_base::{NodeText, Param, ParamValue, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status, Value};
use pg_data::Table;
use pg_data::combine::{self, LagFeatures, RollingStatistic};

use crate::by_step::{TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t(
        "Empty for the target where it is a number, else for all number features.",
        "留空时，若目标为数值则用目标列，否则用所有数值特征。",
    ));
const LAGS: Param<Vec<i64>> =
    Param::ints("lags", t("Values so many rows back", "前几行的值"), &[1], 1, 100_000);
const CHANGES: Param<Vec<i64>> =
    Param::ints("changes", t("Changes over so many rows", "跨若干行的变化"), &[], 1, 100_000).help(
        t(
            "The value one row back minus the value so many rows before that.",
            "前一行的值减去再往前若干行的值。",
        ),
    );
const WINDOWS: Param<Vec<i64>> =
    Param::ints("windows", t("Windows of so many rows back", "前若干行的窗口"), &[], 1, 100_000);
const MEAN: Param<bool> = Param::flag("mean", t("Window: mean", "窗口：均值"), true);
const STD: Param<bool> = Param::flag("std", t("Window: standard deviation", "窗口：标准差"), false);
const MIN: Param<bool> = Param::flag("min", t("Window: smallest", "窗口：最小值"), false);
const MAX: Param<bool> = Param::flag("max", t("Window: largest", "窗口：最大值"), false);
const ORDER: Param<String> = Param::column("order", t("Order by", "排序依据"), &["date", "number"])
    .help(t(
        "Empty for the column in the role of time, else the first date, else the order as read.",
        "留空则用时间角色的列，其次第一个日期列，否则按读入顺序。",
    ));
const GROUPS: Param<Vec<String>> = Param::columns("groups", t("Groups", "分组"), &[]).help(t(
    "Each group, such as a shop, has a history of its own.",
    "每组（如每家门店）各有自己的历史。",
));
const DROP: Param<bool> = Param::flag(
    "drop_incomplete",
    t("Drop rows with too short a history", "删除历史不足的行"),
    true,
)
.help(t("Otherwise what is not known is missing.", "否则未知的值为缺失。"));

const STATISTICS: [(&Param<bool>, RollingStatistic); 4] = [
    (&MEAN, RollingStatistic::Mean),
    (&STD, RollingStatistic::Std),
    (&MIN, RollingStatistic::Min),
    (&MAX, RollingStatistic::Max),
];

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "lag_features",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Lag features", "滞后特征"),
        summary: t(
            "Puts values of earlier rows beside each row, to forecast from the past.",
            "将前几行的值放到每一行旁边，用过去预测未来。",
        ),
        help: t(
            "Rows are put in the order of time, and each gets what was known before it: values some rows back, changes, and the mean or spread of a \
             window. Nothing comes from the row itself or from later ones, so the past of the target may be used. The result is a new table: \
             put it before the split and before steps that learn from data. A model made from it is given rows that have these columns already \
             (sold_lag_1 and so on), because one row alone does not hold its past. To predict from a file of raw history, let a CSV file node, this \
             node and a Predict node do it in the project.",
            "各行按时间排序，每一行得到此前已知的信息：前几行的值、变化量，以及窗口的均值或离散程度。不使用本行及之后的数据，因此可以使用目标列的过去值。结果是一个新表：请放在划分以及需要学习的步骤之前。由它得到的模型以已含这些列（如 sold_lag_1）的行为输入，因为单独一行并不包含自己的历史。若要用原始历史文件预测，请在项目中依次连接“CSV 文件”、本节点与“预测”节点。",
        ),
        keywords: &[
            "lag",
            "shift",
            "rolling",
            "moving average",
            "difference",
            "time series",
            "window",
            "lag column",
            "as timeseries",
            "forecast",
            "滞后",
            "移动平均",
            "滚动",
            "差分",
            "时间序列",
            "窗口",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[
        COLUMNS.spec,
        LAGS.spec,
        CHANGES.spec,
        WINDOWS.spec,
        MEAN.spec,
        STD.spec,
        MIN.spec,
        MAX.spec,
        ORDER.spec,
        GROUPS.spec,
        DROP.spec,
    ],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| super::infer(cx, make),
    run: |cx| super::run(cx, make),
    example: Example {
        params: || {
            examples::params([
                ("columns", ParamValue::Texts(vec!["sold".to_owned()])),
                ("groups", ParamValue::Texts(vec!["shop".to_owned()])),
                ("windows", ParamValue::Ints(vec![2])),
                ("drop_incomplete", ParamValue::Bool(false)),
            ])
        },
        inputs: || Ok(vec![("table", Value::Table(super::sales()?))]),
    },
};

fn make(params: &ParamValues, tables: &[&Table]) -> Result<Table, Trouble> {
    let rows = |param: &Param<Vec<i64>>| -> Vec<usize> {
        param.of(params).into_iter().filter_map(|n| usize::try_from(n).ok()).collect()
    };
    let statistics = STATISTICS.into_iter().filter(|(param, _)| param.of(params));
    let options = LagFeatures {
        columns: COLUMNS.of(params),
        lags: rows(&LAGS),
        changes: rows(&CHANGES),
        windows: rows(&WINDOWS),
        statistics: statistics.map(|(_, statistic)| statistic).collect(),
        order: Some(ORDER.of(params)).filter(|name| !name.is_empty()),
        groups: GROUPS.of(params),
        drops_incomplete: DROP.of(params),
    };
    combine::lag_features(super::only(tables)?, &options)
}
