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
        Choice { id: "drop_rows", label: t("Drop the row", "删除该行") },
        Choice { id: "leave", label: t("Leave missing", "保持缺失") },
    ],
);
const TEXT: Param<String> =
    Param::text("text", t("Text", "文本"), "missing").shown_when("texts", &["constant"]);

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
            "Networks cannot calculate with gaps. The median is safe for most numbers; the most frequent value for categories. The target is never filled. Rows are dropped in training only, never when predicting.",
            "网络无法处理空缺。大多数数值用中位数较稳妥，类别用众数。目标列从不填补。删除行只在训练时进行，预测时不会。",
        ),
        keywords: &[
            "impute",
            "missing",
            "nan",
            "null",
            "na",
            "SimpleImputer",
            "fillna",
            "缺失",
            "填充",
            "插补",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, NUMBERS.spec, NUMBER.spec, TEXTS.spec, TEXT.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    let numbers = match NUMBERS.of(params).as_str() {
        "mean" => NumberFill::Mean,
        "most_frequent" => NumberFill::MostFrequent,
        "constant" => NumberFill::Constant,
        "drop_rows" => NumberFill::DropRows,
        "leave" => NumberFill::Leave,
        _ => NumberFill::Median,
    };
    let texts = match TEXTS.of(params).as_str() {
        "constant" => TextFill::Constant,
        "drop_rows" => TextFill::DropRows,
        "leave" => TextFill::Leave,
        _ => TextFill::MostFrequent,
    };
    Ok(FillMissing {
        columns: COLUMNS.of(params),
        numbers,
        number_constant: NUMBER.of(params),
        texts,
        text_constant: TEXT.of(params),
        fitted: Vec::new(),
    }
    .into())
}
