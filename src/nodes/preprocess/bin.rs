//! Bin: numbers become intervals.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::bin::{Bin, Cuts};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const N_BINS: Param<i64> = Param::int("bins", t("Intervals", "区间数"), 5, 2, 1000);
const CUTS: Param<String> = Param::choice(
    "cuts",
    t("Cut at", "切分方式"),
    "equal_frequency",
    &[
        Choice { id: "equal_frequency", label: t("Equally many rows", "等频") },
        Choice { id: "equal_width", label: t("Equal widths", "等宽") },
        Choice { id: "clusters", label: t("Gaps between clusters", "聚类边界") },
    ],
)
.help(t(
    "Equally many rows is the safe choice for skewed numbers; clusters are found with k-means.",
    "对偏斜数据等频最稳妥；聚类边界由 k-均值求得。",
));
const RESULT: Param<String> = Param::choice(
    "result",
    t("Becomes", "结果"),
    "number",
    &[
        Choice { id: "number", label: t("A number from 0", "从 0 开始的编号") },
        Choice { id: "category", label: t("A category", "类别") },
    ],
)
.help(t(
    "A category can be one-hot encoded; a number keeps the order.",
    "类别可再做独热编码；编号保留顺序。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "bin",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Bin", "分箱"),
        summary: t("Turns numbers into intervals.", "把数值变为区间。"),
        help: t(
            "Age groups instead of ages: useful where the effect jumps or where exact values are noise. The cuts come from training rows; later values outside the known range belong to the first or the last interval.",
            "用年龄段代替年龄：适用于影响呈跳跃式或精确值多为噪声的情况。切分点来自训练数据；超出已知范围的新值归入首个或末个区间。",
        ),
        keywords: &[
            "discretize",
            "KBinsDiscretizer",
            "cut",
            "qcut",
            "binning",
            "Discretize",
            "intervals",
            "bucket",
            "分箱",
            "离散化",
            "等频",
            "等宽",
            "区间",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, N_BINS.spec, CUTS.spec, RESULT.spec],
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
    let cuts = match CUTS.of(params).as_str() {
        "equal_width" => Cuts::EqualWidth,
        "clusters" => Cuts::Clusters,
        _ => Cuts::EqualFrequency,
    };
    Ok(Bin {
        columns: COLUMNS.of(params),
        n_bins: N_BINS.of(params).unsigned_abs() as usize,
        cuts,
        gives_categories: RESULT.of(params) == "category",
        fitted: Vec::new(),
    }
    .into())
}
