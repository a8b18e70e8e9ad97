//! Scale: by median and quartiles, by the largest size, or each row to length 1.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::scale::{Scale, ScaleMethod};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const METHOD: Param<String> = Param::choice("method", t("Method", "方法"), "robust", &[Choice { id: "robust", label: t("Median and quartiles (robust)", "中位数与四分位距（稳健）") },
Choice { id: "max_abs", label: t("Largest absolute value", "最大绝对值") },
Choice { id: "unit_length", label: t("Each row to length 1", "每行单位长度") },
])
.help(t("Robust is not moved by a few extreme values; the largest absolute value keeps 0 at 0; length 1 compares the pattern of a row and not its size.", "稳健缩放不受少数极端值影响；最大绝对值保持 0 不变；单位长度只比较一行的模式而非大小。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "scale",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Robust scale", "稳健缩放"),
        summary: t(
            "Brings numbers to a similar size, whatever their outliers.",
            "使数值大小相近，不受离群值影响。",
        ),
        help: t(
            "Median and quartiles describe the bulk of the values, so one wild number does not squeeze the others together as it does in min-max scaling. Learnt from training rows and used again for every later row.",
            "中位数和四分位距描述大多数值，因此一个极端数值不会像最小最大缩放那样把其他值挤在一起。从训练数据学得，并用于之后的每一行。",
        ),
        keywords: &[
            "RobustScaler",
            "MaxAbsScaler",
            "Normalizer",
            "normalize",
            "robust",
            "median",
            "IQR",
            "unit norm",
            "稳健",
            "缩放",
            "中位数",
            "四分位距",
            "归一化",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, METHOD.spec],
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
    let method = match METHOD.of(params).as_str() {
        "max_abs" => ScaleMethod::MaxAbs,
        "unit_length" => ScaleMethod::UnitLength,
        _ => ScaleMethod::Robust,
    };
    Ok(Scale { columns: COLUMNS.of(params), method, fitted: Vec::new() }.into())
}
