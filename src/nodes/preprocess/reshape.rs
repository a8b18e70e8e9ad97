//! Reshape distribution: makes skewed numbers bell-shaped or even.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::curve::CurveKind;
use pg_data::steps::reshape::Reshape;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const CURVE: Param<String> = Param::choice("curve", t("Curve", "曲线"), "yeo_johnson", &[Choice { id: "yeo_johnson", label: t("Yeo-Johnson (any numbers)", "Yeo-Johnson（任意数值）") },
Choice { id: "box_cox", label: t("Box-Cox (positive numbers)", "Box-Cox（正数）") },
Choice { id: "log", label: t("Logarithm of 1 + x", "1 + x 的对数") },
Choice { id: "quantile_normal", label: t("Quantiles, bell-shaped", "分位数（正态）") },
Choice { id: "quantile_uniform", label: t("Quantiles, even", "分位数（均匀）") },
])
.help(t("Yeo-Johnson and Box-Cox find the best power themselves; the logarithm suits prices and counts; quantiles keep nothing but the order.", "Yeo-Johnson 与 Box-Cox 会自动找到最佳幂次；对数适合价格和计数；分位数只保留顺序。"));
const STANDARDISES: Param<bool> =
    Param::flag("standardises", t("Then standardise", "随后标准化"), true)
        .help(t(
            "Mean 0 and deviation 1 after the curve; quantiles have a size of their own.",
            "变换后均值为 0、标准差为 1；分位数已有固定范围。",
        ))
        .shown_when("curve", &["yeo_johnson", "box_cox", "log"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "reshape",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Reshape distribution", "变换分布"),
        summary: t("Makes skewed numbers bell-shaped or even.", "把偏斜的数值变为钟形或均匀分布。"),
        help: t(
            "Incomes, prices and counts often have a long tail: most values are small and a few are huge. A curve fitted to the training rows evens them out, which helps networks. New values beyond the range of the curve become the nearest it knows.",
            "收入、价格和计数常有长尾：多数值很小，少数极大。根据训练数据拟合的曲线使其更均衡，有利于网络学习。超出曲线范围的新值取最接近的已知值。",
        ),
        keywords: &[
            "PowerTransformer",
            "QuantileTransformer",
            "Box-Cox",
            "Yeo-Johnson",
            "log",
            "log1p",
            "skew",
            "gaussian",
            "rank",
            "偏态",
            "对数",
            "幂变换",
            "分位数",
            "正态",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, CURVE.spec, STANDARDISES.spec],
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
    let curve = curve_of(&CURVE.of(params));
    let is_quantile = matches!(curve, CurveKind::QuantileNormal | CurveKind::QuantileUniform);
    let standardises = STANDARDISES.of(params) && !is_quantile;
    Ok(Reshape { columns: COLUMNS.of(params), curve, standardises, fitted: Vec::new() }.into())
}

/// The curve of a choice.
pub(super) fn curve_of(id: &str) -> CurveKind {
    match id {
        "box_cox" => CurveKind::BoxCox,
        "log" => CurveKind::Log,
        "quantile_normal" => CurveKind::QuantileNormal,
        "quantile_uniform" => CurveKind::QuantileUniform,
        _ => CurveKind::YeoJohnson,
    }
}
