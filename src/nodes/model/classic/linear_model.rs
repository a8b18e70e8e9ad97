//! Linear model: a weight per column: linear or logistic regression.

use pg_base::{Choice, NodeText, Param, ParamValues, t};
use pg_classic::{LinearSettings, Method, Penalty};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};

use super::METHOD_OUT;
use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::TASK;

const PENALTY: Param<String> = Param::choice(
    "penalty",
    t("Penalty", "惩罚"),
    "ridge",
    &[
        Choice { id: "none", label: t("None", "无") },
        Choice { id: "ridge", label: t("Ridge (L2)", "岭 (L2)") },
        Choice { id: "lasso", label: t("Lasso (L1)", "套索 (L1)") },
        Choice { id: "elastic_net", label: t("Elastic net", "弹性网络") },
    ],
)
.help(t(
    "Keeps the weights small; the lasso sets many to zero. Lasso and elastic net are for numbers only.",
    "使权重保持较小；套索会把许多权重置零。套索与弹性网络仅用于数值目标。",
));
const STRENGTH: Param<f64> =
    Param::float("strength", t("Strength", "强度"), 1.0, 0.0, 1e9)
        .help(t(
            "Larger is smoother: scikit-learn's alpha, for classes 1 / C. With lasso and elastic net begin at 0.01.",
            "越大越平滑：即 scikit-learn 的 alpha，分类时为 1 / C。套索与弹性网络建议从 0.01 开始。",
        ))
        .shown_when("penalty", &["ridge", "lasso", "elastic_net"]);
const L1_SHARE: Param<f64> = Param::float("l1_share", t("Share of L1", "L1 比例"), 0.5, 0.0, 1.0)
    .shown_when("penalty", &["elastic_net"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "linear_model",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("Linear model", "线性模型"),
        summary: t(
            "A weight per column: linear or logistic regression.",
            "每列一个权重：线性回归或逻辑回归。",
        ),
        help: t(
            "The baseline to beat, and the easiest to explain: each column pushes the answer up or down. For a number it is linear regression (plain, ridge, lasso or elastic net), for classes logistic regression. Fill gaps and one-hot encode before it; with a penalty, standardise as well. The strength is weighed against the target in standard deviations.",
            "必须超越的基线，也最易解释：每列把结果往上或往下推。数值目标用线性回归（普通、岭、套索或弹性网络），类别用逻辑回归。请先填补缺失值并做独热编码；使用惩罚时还应标准化。惩罚强度以目标的标准差为单位。",
        ),
        keywords: &[
            "linear regression",
            "logistic regression",
            "LinearRegression",
            "LogisticRegression",
            "Ridge",
            "Lasso",
            "ElasticNet",
            "线性回归",
            "逻辑回归",
            "岭回归",
            "套索",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[METHOD_OUT],
    params: &[PENALTY.spec, STRENGTH.spec, L1_SHARE.spec, TASK.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| super::infer(cx, method),
    run: |cx| super::run(cx, method),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::clouds()),
    },
};

fn method(params: &ParamValues) -> Method {
    let penalty = match PENALTY.of(params).as_str() {
        "none" => Penalty::None,
        "lasso" => Penalty::Lasso,
        "elastic_net" => Penalty::ElasticNet,
        _ => Penalty::Ridge,
    };
    Method::LinearModel(LinearSettings {
        penalty,
        strength: STRENGTH.of(params),
        l1_share: L1_SHARE.of(params),
    })
}
