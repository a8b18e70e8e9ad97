//! Clip outliers: pulls extreme numbers back to limits learnt from the training rows.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::clip_outliers::ClipOutliers;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const FACTOR: Param<f64> = Param::float("factor", t("Reach", "范围"), 1.5, 0.0, 100.0)
    .unit(t("× IQR", "× 四分位距"))
    .help(t(
        "How far beyond the middle half of the values a number may lie, in widths of that half. 1.5 is usual, 3 keeps more.",
        "数值可以超出中间一半数据的距离，以该区间的宽度为单位。通常为 1.5，3 更宽松。",
    ));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "clip_outliers",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Clip outliers", "截断离群值"),
        summary: t("Pulls extreme numbers back to the usual range.", "把极端数值拉回常见范围。"),
        help: t(
            "A few wild values can dominate scaling and training. The limits are the quartiles minus and plus the reach times the distance between them (Tukey), learnt from training rows; values beyond become the limit.",
            "少数极端值会主导缩放和训练。界限为四分位数减去或加上“范围”乘以四分位距（Tukey），从训练数据学得；超出的值变为界限值。",
        ),
        keywords: &["outlier", "winsorize", "clip", "IQR", "Tukey", "离群", "异常值", "截断"],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, FACTOR.spec],
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
    Ok(ClipOutliers { columns: COLUMNS.of(params), factor: FACTOR.of(params), fitted: Vec::new() }
        .into())
}
