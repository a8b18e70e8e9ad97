//! Generated data: shapes, classes, functions and series to try models with.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value,
};
use pg_data::Table;

use super::toys::{self, Toy};
use crate::by_step::TABLE_OUT;
use crate::examples;

const SHAPE: Param<String> = Param::choice(
    "shape",
    t("Shape", "形状"),
    "moons",
    &[
        Choice { id: "blobs", label: t("Blobs", "团簇") },
        Choice { id: "moons", label: t("Two moons", "双月") },
        Choice { id: "circles", label: t("Two circles", "同心圆") },
        Choice { id: "spiral", label: t("Spirals", "螺旋") },
        Choice { id: "classification", label: t("Classes in many columns", "多特征分类") },
        Choice { id: "linear", label: t("Linear regression", "线性回归") },
        Choice { id: "friedman", label: t("Friedman regression", "Friedman 回归") },
        Choice { id: "series", label: t("Time series", "时间序列") },
    ],
);
const ROWS: Param<i64> = Param::int("rows", t("Rows", "行数"), 500, 4, 1_000_000);
const NOISE: Param<f64> = Param::float("noise", t("Noise", "噪声"), 0.2, 0.0, 100.0).help(t(
    "Standard deviation of what is added to every point or value.",
    "添加到每个点或每个值上的噪声的标准差。",
));
const CLASSES: Param<i64> = Param::int("classes", t("Classes", "类别数"), 3, 2, 20)
    .shown_when("shape", &["blobs", "spiral", "classification"]);
const FEATURES: Param<i64> = Param::int("features", t("Features", "特征数"), 10, 2, 200)
    .shown_when("shape", &["classification", "linear", "friedman"]);
const INFORMATIVE: Param<i64> =
    Param::int("informative", t("Informative features", "有效特征数"), 3, 1, 200)
        .help(t("The others are noise.", "其余特征为噪声。"))
        .shown_when("shape", &["classification", "linear"]);
const SEED: Param<i64> = Param::int("seed", t("Seed", "随机种子"), 0, 0, i64::MAX);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "toy_data",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("Generated data", "生成数据"),
        summary: t("Makes a table with a known shape.", "生成具有已知形状的表格。"),
        help: t(
            "Two moons or spirals show what a model can bend around; classes with noise columns show what it picks; \
             Friedman's function shows what it makes of curves. The column to predict is the target already.",
            "双月和螺旋可检验模型的弯曲能力；带噪声列的分类可检验特征选择；Friedman 函数可检验曲线拟合。待预测的列已设为目标。",
        ),
        keywords: &[
            "generate",
            "synthetic",
            "random",
            "make_blobs",
            "make_moons",
            "make_circles",
            "make_classification",
            "make_regression",
            "make_friedman1",
            "spiral",
            "time series",
            "Data Generator",
            "生成",
            "模拟数据",
            "合成数据",
        ],
    },
    status: Status::Stable,
    inputs: &[],
    outputs: &[TABLE_OUT],
    params: &[
        SHAPE.spec,
        ROWS.spec,
        NOISE.spec,
        CLASSES.spec,
        FEATURES.spec,
        INFORMATIVE.spec,
        SEED.spec,
    ],
    effect: Effect::Pure,
    is_individual: false,
    infer,
    run,
    example: Example { params: examples::defaults, inputs: || Ok(Vec::new()) },
};

fn toy(params: &ParamValues, most_rows: usize) -> Result<Table, Trouble> {
    let count = |param: &Param<i64>| usize::try_from(param.of(params)).unwrap_or(1);
    toys::make(&Toy {
        shape: SHAPE.of(params),
        n_rows: count(&ROWS).min(most_rows),
        noise: NOISE.of(params),
        n_classes: count(&CLASSES),
        n_features: count(&FEATURES),
        n_informative: count(&INFORMATIVE),
        seed: SEED.of(params) as u64,
    })
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    Ok(vec![Value::Table(toy(cx.params, usize::MAX)?)])
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    const LOOKED_AT: usize = 1000;
    let is_whole = usize::try_from(cx.param(&ROWS)).is_ok_and(|n_rows| n_rows <= LOOKED_AT);
    match toy(cx.params, LOOKED_AT) {
        Ok(sample) => Inferred::of(Facts::Table { sample, is_whole }),
        Err(trouble) => Inferred::error(trouble),
    }
}
