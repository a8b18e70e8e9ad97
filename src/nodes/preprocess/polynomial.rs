//! Polynomial features: products of columns.

use pg_base::{NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::polynomial::Polynomial;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const DEGREE: Param<i64> = Param::int("degree", t("Degree", "次数"), 2, 2, 3)
    .help(t("Factors of a product at most.", "一个乘积最多的因子数。"));
const INTERACTIONS: Param<bool> =
    Param::flag("interactions_only", t("Interactions only", "仅交互项"), false)
        .help(t("Leaves out squares and cubes.", "不生成平方和立方。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "polynomial",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Polynomial features", "多项式特征"),
        summary: t("Adds products of number columns.", "新增数值列的乘积。"),
        help: t(
            "Width times height says something that neither says alone. Helps small networks and straight-line models; a deep network finds products itself. Standardise before it, choose few columns: 20 columns of degree 2 give 210 new ones.",
            "宽乘以高能说明二者单独无法说明的内容。有助于小型网络和线性模型；深层网络可自行学到乘积。请先标准化并选择少量列：20 列的 2 次项会新增 210 列。",
        ),
        keywords: &[
            "PolynomialFeatures",
            "interaction",
            "cross feature",
            "square",
            "product",
            "多项式",
            "交互",
            "交叉特征",
            "乘积",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, DEGREE.spec, INTERACTIONS.spec],
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
    Ok(Polynomial {
        columns: COLUMNS.of(params),
        degree: DEGREE.of(params).unsigned_abs() as usize,
        interactions_only: INTERACTIONS.of(params),
        ..Polynomial::default()
    }
    .into())
}
