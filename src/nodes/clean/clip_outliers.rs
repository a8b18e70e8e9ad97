//! Treat outliers: clips, marks or removes numbers far from most training values.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::clip_outliers::{ClipOutliers, OutlierAction, OutlierMethod};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const METHOD: Param<String> = Param::choice(
    "method",
    t("Method", "方法"),
    "iqr",
    &[
        Choice { id: "iqr", label: t("Quartiles (IQR)", "四分位距（IQR）") },
        Choice { id: "z_score", label: t("Standard deviations (z-score)", "标准差（z 分数）") },
        Choice { id: "modified_z", label: t("Median deviations (modified z-score)", "中位数偏差（修正 z 分数）") },
        Choice { id: "isolation_forest", label: t("Whole rows (isolation forest)", "整行（孤立森林）") },
    ],
)
.help(t(
    "Quartiles and the median are safe where the outliers are wild; the forest finds rows whose values are unusual together.",
    "离群值很极端时，四分位距和中位数更稳妥；孤立森林能发现各值组合异常的行。",
));
const ACTION: Param<String> = Param::choice(
    "action",
    t("Outliers", "离群值"),
    "clip",
    &[
        Choice { id: "clip", label: t("Clip to the limit", "截断到界限") },
        Choice { id: "mark", label: t("Mark in a new column", "在新列中标记") },
        Choice { id: "missing", label: t("Make missing", "置为缺失") },
        Choice { id: "drop_rows", label: t("Drop the row", "删除该行") },
    ],
);
const FACTOR: Param<f64> = Param::float("factor", t("Reach", "范围"), 1.5, 0.0, 100.0)
    .unit(t("× IQR", "× 四分位距"))
    .help(t(
        "How far beyond the middle half of the values a number may lie, in widths of that half. 1.5 is usual, 3 keeps more.",
        "数值可以超出中间一半数据的距离，以该区间的宽度为单位。通常为 1.5，3 更宽松。",
    ))
    .shown_when("method", &["iqr"]);
const DEVIATIONS: Param<f64> = Param::float("deviations", t("Reach", "范围"), 3.0, 0.0, 1000.0)
    .unit(t("× deviation", "× 偏差"))
    .help(t(
        "How far from the middle a number may lie; 3 is usual for standard deviations, 3.5 for median deviations.",
        "数值可以偏离中心的距离；标准差通常取 3，中位数偏差通常取 3.5。",
    ))
    .shown_when("method", &["z_score", "modified_z"]);
const SHARE: Param<f64> = Param::float("share", t("Share of outliers", "离群比例"), 0.01, 0.0, 0.5)
    .help(t(
        "The part of the training rows that is taken for unusual; 0.01 is one in a hundred.",
        "视为异常的训练行所占比例；0.01 即百分之一。",
    ))
    .shown_when("method", &["isolation_forest"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "clip_outliers",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Treat outliers", "处理离群值"),
        summary: t("Clips, marks or removes extreme numbers.", "截断、标记或删除极端数值。"),
        help: t(
            "A few wild values can dominate scaling and training. The limits are learnt from training rows: the quartiles minus and plus the reach times the distance between them (Tukey), or the mean minus and plus so many standard deviations, or the median minus and plus so many median deviations. The isolation forest judges whole rows. Look before you drop: an outlier may be an error or just what matters. Rows are dropped in training only, never when predicting; put this node after the split when it drops rows, or the limits are learnt a second time without them.",
            "少数极端值会主导缩放和训练。界限从训练数据学得：四分位数减去或加上“范围”乘以四分位距（Tukey），或均值加减若干标准差，或中位数加减若干中位数偏差。孤立森林判断的是整行。删除前请先查看：离群值可能是错误，也可能正是关键。删除行只在训练时进行，预测时不会；若要删除行，请把此节点放在划分之后，否则界限会在删除后再学习一次。",
        ),
        keywords: &[
            "outlier",
            "clip outliers",
            "z-score",
            "MAD",
            "isolation forest",
            "Outliers",
            "Numeric Outliers",
            "anomaly",
            "winsorize",
            "clip",
            "IQR",
            "Tukey",
            "离群",
            "异常值",
            "截断",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, METHOD.spec, FACTOR.spec, DEVIATIONS.spec, SHARE.spec, ACTION.spec],
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
    let (method, factor) = match METHOD.of(params).as_str() {
        "z_score" => (OutlierMethod::Deviations, DEVIATIONS.of(params)),
        "modified_z" => (OutlierMethod::MedianDeviations, DEVIATIONS.of(params)),
        "isolation_forest" => (OutlierMethod::IsolationForest, SHARE.of(params)),
        _ => (OutlierMethod::Quartiles, FACTOR.of(params)),
    };
    let action = match ACTION.of(params).as_str() {
        "mark" => OutlierAction::Mark,
        "missing" => OutlierAction::Missing,
        "drop_rows" => OutlierAction::DropRows,
        _ => OutlierAction::Clip,
    };
    Ok(ClipOutliers {
        columns: COLUMNS.of(params),
        method,
        action,
        factor,
        ..ClipOutliers::default()
    }
    .into())
}
