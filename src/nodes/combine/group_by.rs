//! Group by: one row per group, with sums, means and the like.

use pg_base::{NodeText, Param, ParamValue, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status, Value};
use pg_data::Table;
use pg_data::combine::{self, Aggregate, GroupBy};

use crate::by_step::{TABLE_IN, TABLE_OUT};
use crate::examples;

const NUMBERS: &[&str] = &["number"];
const ORDERED: &[&str] = &["number", "date"];
const KEYS: Param<Vec<String>> = Param::columns("keys", t("Group by", "分组列"), &[])
    .help(t("Empty for one group of all rows.", "留空表示所有行为一组。"));
const COUNT_ROWS: Param<bool> =
    Param::flag("count_rows", t("Count the rows of each group", "统计每组行数"), true);

const fn columns(aggregate: Aggregate, kinds: &'static [&'static str]) -> Param<Vec<String>> {
    Param::columns(aggregate.id(), aggregate.label(), kinds)
        .help(t("Columns; empty for none.", "要计算的列；留空则不计算。"))
}
const SUM: Param<Vec<String>> = columns(Aggregate::Sum, NUMBERS);
const MEAN: Param<Vec<String>> = columns(Aggregate::Mean, NUMBERS);
const MEDIAN: Param<Vec<String>> = columns(Aggregate::Median, NUMBERS);
const MIN: Param<Vec<String>> = columns(Aggregate::Min, ORDERED);
const MAX: Param<Vec<String>> = columns(Aggregate::Max, ORDERED);
const STD: Param<Vec<String>> = columns(Aggregate::Std, NUMBERS);
const FIRST: Param<Vec<String>> = columns(Aggregate::First, &[]);
const LAST: Param<Vec<String>> = columns(Aggregate::Last, &[]);
const MOST_FREQUENT: Param<Vec<String>> = columns(Aggregate::MostFrequent, &[]);
const N_DISTINCT: Param<Vec<String>> = columns(Aggregate::NDistinct, &[]);
const COUNT: Param<Vec<String>> = columns(Aggregate::Count, &[]);

const AGGREGATES: [(&Param<Vec<String>>, Aggregate); 11] = [
    (&SUM, Aggregate::Sum),
    (&MEAN, Aggregate::Mean),
    (&MEDIAN, Aggregate::Median),
    (&MIN, Aggregate::Min),
    (&MAX, Aggregate::Max),
    (&STD, Aggregate::Std),
    (&FIRST, Aggregate::First),
    (&LAST, Aggregate::Last),
    (&MOST_FREQUENT, Aggregate::MostFrequent),
    (&N_DISTINCT, Aggregate::NDistinct),
    (&COUNT, Aggregate::Count),
];

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "group_by",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Group by", "分组汇总"),
        summary: t(
            "Makes one row of all rows that agree in some columns.",
            "将若干列取值相同的行汇总为一行。",
        ),
        help: t(
            "Choose the columns that make a group, and for each figure (sum, mean, first …) the columns it is calculated of. Missing values are \
             passed over; a missing key is a group of its own. The new columns are named like price_mean. The result is a new table: put it \
             before the split and before steps that learn from data. A model made from it takes rows of the result. Figures made from the target \
             keep its role, and Join refuses them as features, because they would tell the answer.",
            "选择构成分组的列，并为每种统计量（总和、均值、第一个……）选择要计算的列。缺失值不参与计算；分组列缺失的行自成一组。新列命名形如 price_mean。结果是一个新表：请放在划分以及需要学习的步骤之前。由它得到的模型以结果表的行为输入。由目标列算出的统计量仍为目标角色，“连接”节点不会将其作为特征，以免泄露答案。",
        ),
        keywords: &[
            "group by",
            "groupby",
            "aggregate",
            "summarise",
            "summarize",
            "agg",
            "sum",
            "mean",
            "count",
            "分组",
            "汇总",
            "聚合",
            "统计",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[
        KEYS.spec,
        COUNT_ROWS.spec,
        SUM.spec,
        MEAN.spec,
        MEDIAN.spec,
        MIN.spec,
        MAX.spec,
        STD.spec,
        FIRST.spec,
        LAST.spec,
        MOST_FREQUENT.spec,
        N_DISTINCT.spec,
        COUNT.spec,
    ],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| super::infer(cx, make),
    run: |cx| super::run(cx, make),
    example: Example {
        params: || {
            examples::params([
                ("keys", ParamValue::Texts(vec!["shop".to_owned()])),
                ("mean", ParamValue::Texts(vec!["sold".to_owned()])),
                ("max", ParamValue::Texts(vec!["day".to_owned(), "sold".to_owned()])),
            ])
        },
        inputs: || Ok(vec![("table", Value::Table(super::sales()?))]),
    },
};

fn make(params: &ParamValues, tables: &[&Table]) -> Result<Table, Trouble> {
    let options = GroupBy {
        keys: KEYS.of(params),
        aggregates: AGGREGATES
            .into_iter()
            .map(|(param, aggregate)| (aggregate, param.of(params)))
            .collect(),
        counts_rows: COUNT_ROWS.of(params),
    };
    combine::group_by(super::only(tables)?, &options)
}
