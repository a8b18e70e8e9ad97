//! Target encode: a category becomes the mean of the target.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, RunCx, Stage, Status, Value};
use pg_data::steps::target_encode::TargetEncode;

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["category", "text", "number"])
        .help(t("Empty for all category features.", "留空表示所有类别特征。"));
const SMOOTHING: Param<f64> = Param::float("smoothing", t("Smoothing", "平滑"), 0.0, 0.0, 1e6)
    .unit(t("rows", "行"))
    .help(t(
        "Rows that the overall mean counts for in a rare category; 0 lets the spread of each category decide.",
        "对稀有类别，总体均值相当于多少行；0 表示由各类别的离散程度决定。",
    ));
const FOLDS: Param<i64> = Param::int("folds", t("Folds", "折数"), 5, 2, 100).help(t(
    "Training rows are encoded with the answers of the other folds only.",
    "训练数据只用其他折的答案来编码。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "target_encode",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Target encode", "目标编码"),
        summary: t(
            "Turns a category into the mean of the target for it.",
            "把类别变为该类别的目标均值。",
        ),
        help: t(
            "The strongest encoding for columns with very many categories: one number says what usually follows from the category. Means are learnt from training rows only, rare categories are drawn to the overall mean, and each training row gets a mean without its own answer, so that nothing leaks. More than two classes give one column each.",
            "对类别极多的列最有效的编码：用一个数说明该类别通常的结果。均值只从训练数据学得，稀有类别趋向总体均值，每条训练数据的编码都不包含自身答案，因此不会泄漏。超过两个类别的目标会各生成一列。",
        ),
        keywords: &[
            "TargetEncoder",
            "mean encoding",
            "likelihood encoding",
            "impact encoding",
            "high cardinality",
            "目标编码",
            "均值编码",
            "高基数",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, SMOOTHING.spec, FOLDS.spec],
    effect: Effect::Seeded,
    is_individual: false,
    infer: |cx| by_step::infer_with(cx, |table| table.then(step(cx.params, 0))),
    run,
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?;
    Ok(vec![Value::Table(table.then(step(cx.params, cx.seed))?)])
}

fn step(params: &ParamValues, seed: u64) -> TargetEncode {
    let smoothing = SMOOTHING.of(params);
    TargetEncode {
        columns: COLUMNS.of(params),
        smoothing: (smoothing > 0.0).then_some(smoothing),
        n_folds: FOLDS.of(params).unsigned_abs() as usize,
        seed,
        ..TargetEncode::default()
    }
}
