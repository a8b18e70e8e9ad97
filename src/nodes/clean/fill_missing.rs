//! Fill missing values: gaps become a value learnt from the training rows.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::fill_missing::{FillMissing, NumberFill, TextFill};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["number", "category", "text"])
        .help(t("Empty for all features of these kinds.", "留空表示所有此类特征。"));
const NUMBERS: Param<String> = Param::choice(
    "numbers",
    t("Numbers", "数值"),
    "median",
    &[
        Choice { id: "mean", label: t("Mean", "均值") },
        Choice { id: "median", label: t("Median", "中位数") },
        Choice { id: "most_frequent", label: t("Most frequent", "众数") },
        Choice { id: "constant", label: t("A given number", "指定数值") },
        Choice { id: "forward", label: t("From the row before", "前一行的值") },
        Choice { id: "backward", label: t("From the row after", "后一行的值") },
        Choice {
            id: "neighbours",
            label: t("From similar rows (k nearest)", "相似行的值（k 近邻）"),
        },
        Choice { id: "model", label: t("By regression on the others", "用其他列回归估计") },
        Choice { id: "drop_rows", label: t("Drop the row", "删除该行") },
        Choice { id: "leave", label: t("Leave missing", "保持缺失") },
    ],
);
const NUMBER: Param<f64> = Param::float("number", t("Number", "数值"), 0.0, -1e300, 1e300)
    .shown_when("numbers", &["constant"]);
const TEXTS: Param<String> = Param::choice(
    "texts",
    t("Categories and texts", "类别与文本"),
    "most_frequent",
    &[
        Choice { id: "most_frequent", label: t("Most frequent", "众数") },
        Choice { id: "constant", label: t("A given text", "指定文本") },
        Choice { id: "forward", label: t("From the row before", "前一行的值") },
        Choice { id: "backward", label: t("From the row after", "后一行的值") },
        Choice { id: "drop_rows", label: t("Drop the row", "删除该行") },
        Choice { id: "leave", label: t("Leave missing", "保持缺失") },
    ],
);
const TEXT: Param<String> =
    Param::text("text", t("Text", "文本"), "missing").shown_when("texts", &["constant"]);
const NEIGHBOURS: Param<i64> = Param::int("neighbours", t("Similar rows", "相似行数"), 5, 1, 1000)
    .help(t("How many are averaged.", "取平均的行数。"))
    .shown_when("numbers", &["neighbours"]);
const ORDER_BY: Param<String> =
    Param::column("order_by", t("In the order of", "按此列的顺序"), &["number", "date"]).help(t(
        "For filling from the row before or after; empty for the order of the table.",
        "用于以前一行或后一行填补；留空表示表格顺序。",
    ));
const MARKS: Param<bool> = Param::flag("marks", t("Mark what was missing", "标记缺失"), false).help(t(
    "Adds a column of 0 and 1 for each feature with gaps: that something is missing can tell a lot.",
    "为每个有空缺的特征增加一列 0/1：“是否缺失”本身可能很有信息量。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "fill_missing",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Fill missing values", "填补缺失值"),
        summary: t(
            "Replaces gaps by a value learnt from the training rows.",
            "用从训练数据学到的值填补空缺。",
        ),
        help: t(
            "Networks cannot calculate with gaps. The median is safe for most numbers; the most frequent value for categories. From the row before or after suits readings in the order of time: values are carried between training rows only, and rows for validation, test and prediction, whose neighbours must not be looked at, get the last training value. Similar rows are found by distance over the chosen number columns, so put Standardise before it when their units differ. Regression estimates each number column from the others, in up to ten rounds. The target is never filled. Rows are dropped in training only, never when predicting.",
            "网络无法处理空缺。大多数数值用中位数较稳妥，类别用众数。前一行或后一行的值适合按时间排列的读数：只在训练行之间传递；验证、测试和预测的行不得参考其他行，因此使用最后一个训练值。相似行按所选数值列的距离查找，单位不同时请先做标准化。回归用其他数值列估计每一列，最多十轮。目标列从不填补。删除行只在训练时进行，预测时不会。",
        ),
        keywords: &[
            "impute",
            "missing",
            "nan",
            "null",
            "na",
            "SimpleImputer",
            "fillna",
            "ffill",
            "bfill",
            "KNNImputer",
            "IterativeImputer",
            "MissingIndicator",
            "MICE",
            "Impute",
            "Missing Value",
            "向前填充",
            "近邻",
            "缺失",
            "填充",
            "插补",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[
        COLUMNS.spec,
        NUMBERS.spec,
        NUMBER.spec,
        NEIGHBOURS.spec,
        TEXTS.spec,
        TEXT.spec,
        ORDER_BY.spec,
        MARKS.spec,
    ],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, quick_step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(fill(params).into())
}

/// What is known while editing does not depend on how well a gap is estimated, so it need not take its time.
fn quick_step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    let mut step = fill(params);
    if matches!(step.numbers, NumberFill::Neighbours | NumberFill::Model) {
        step.numbers = NumberFill::Median;
    }
    Ok(step.into())
}

fn fill(params: &ParamValues) -> FillMissing {
    let numbers = match NUMBERS.of(params).as_str() {
        "mean" => NumberFill::Mean,
        "most_frequent" => NumberFill::MostFrequent,
        "constant" => NumberFill::Constant,
        "forward" => NumberFill::Forward,
        "backward" => NumberFill::Backward,
        "neighbours" => NumberFill::Neighbours,
        "model" => NumberFill::Model,
        "drop_rows" => NumberFill::DropRows,
        "leave" => NumberFill::Leave,
        _ => NumberFill::Median,
    };
    let texts = match TEXTS.of(params).as_str() {
        "constant" => TextFill::Constant,
        "forward" => TextFill::Forward,
        "backward" => TextFill::Backward,
        "drop_rows" => TextFill::DropRows,
        "leave" => TextFill::Leave,
        _ => TextFill::MostFrequent,
    };
    FillMissing {
        columns: COLUMNS.of(params),
        numbers,
        number_constant: NUMBER.of(params),
        texts,
        text_constant: TEXT.of(params),
        n_neighbours: NEIGHBOURS.of(params).unsigned_abs() as usize,
        order_by: ORDER_BY.of(params),
        adds_marks: MARKS.of(params),
        ..FillMissing::default()
    }
}
