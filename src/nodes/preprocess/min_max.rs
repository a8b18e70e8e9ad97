//! Min-max scale: brings numbers into a range, learnt from the training rows.

use pg_base::{NodeText, Param, ParamValues, Trouble, say, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::min_max::MinMax;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const LOW: Param<f64> = Param::float("low", t("From", "下限"), 0.0, -1e9, 1e9);
const HIGH: Param<f64> = Param::float("high", t("To", "上限"), 1.0, -1e9, 1e9);
const CLIPS: Param<bool> =
    Param::flag("clips", t("Cut new values to the range", "将新值限制在范围内"), false);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "min_max",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Min-max scale", "最小最大缩放"),
        summary: t("Brings numbers into a fixed range.", "把数值缩放到固定范围。"),
        help: t(
            "The smallest training value becomes the lower end, the largest the upper end. One extreme value squeezes all others together: clip outliers first, or standardise instead.",
            "训练数据的最小值变为下限，最大值变为上限。一个极端值会把其他值挤在一起：请先处理离群值，或改用标准化。",
        ),
        keywords: &["min-max", "MinMaxScaler", "rescale", "normalise", "range", "最小最大", "缩放"],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, LOW.spec, HIGH.spec, CLIPS.spec],
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
    let (low, high) = (LOW.of(params), HIGH.of(params));
    if low >= high {
        return Err(Trouble::new(
            "param-invalid",
            say!("the range is from {low} to {high}", "范围是 {low} 到 {high}"),
        )
        .expected(say!("an upper end above the lower end", "上限应大于下限"))
        .param(HIGH.spec.id));
    }
    Ok(MinMax {
        columns: COLUMNS.of(params),
        low,
        high,
        clips: CLIPS.of(params),
        fitted: Vec::new(),
    }
    .into())
}
