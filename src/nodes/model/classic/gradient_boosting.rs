//! Gradient boosting: small trees one after the other, each correcting what is still wrong.

use pg_base::{Choice, NodeText, Param, ParamValues, t};
use pg_classic::{BoostingLoss, BoostingSettings, Method};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};

use super::{MAX_DEPTH, METHOD_OUT, limit};
use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::TASK;

const ROUNDS: Param<i64> = Param::int("rounds", t("Rounds", "轮数"), 100, 1, 100_000).help(t(
    "Trees one after the other (per class); early stopping may end it sooner.",
    "逐棵叠加的树数（每个类别）；提前停止可能更早结束。",
));
const LEARNING_RATE: Param<f64> =
    Param::float("learning_rate", t("Learning rate", "学习率"), 0.1, 1e-4, 1.0)
        .help(t("Share of each tree's answer that counts.", "每棵树的答案所占的权重。"));
const LEAVES: Param<i64> =
    Param::int("max_leaves", t("Leaves per tree", "每棵树的叶数"), 31, 2, 10_000);
const LEAF_ROWS: Param<i64> =
    Param::int("min_leaf", t("Rows per leaf", "叶节点最少行数"), 20, 1, 1_000_000)
        .unit(t("rows", "行"))
        .help(t(
            "Training rows that each leaf must keep. Larger over-fits less.",
            "每个叶节点至少保留的训练行数。越大越不易过拟合。",
        ));
const L2: Param<f64> = Param::float("l2", t("L2 penalty", "L2 惩罚"), 0.0, 0.0, 1e6)
    .help(t("Pulls the answers of the leaves to zero.", "使叶节点的答案趋近于零。"));
const EARLY_STOPPING: Param<i64> =
    Param::int("early_stopping", t("Early stopping after", "提前停止"), 10, 0, 100_000)
        .unit(t("rounds", "轮"))
        .help(t(
            "Stops when the validation loss has not improved for so many rounds and keeps the best; 0 never stops.",
            "验证损失连续这么多轮没有改善时停止并保留最佳结果；0 表示从不停止。",
        ));
const LOSS: Param<String> = Param::choice(
    "loss",
    t("Loss for numbers", "数值损失"),
    "squared",
    &[
        Choice { id: "squared", label: t("Squared error", "平方误差") },
        Choice { id: "absolute", label: t("Absolute error", "绝对误差") },
    ],
)
.help(t(
    "The absolute error minds outliers less. Classes always use the log loss.",
    "绝对误差受离群值影响较小。分类始终使用对数损失。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "gradient_boosting",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("Gradient boosting", "梯度提升"),
        summary: t(
            "Small trees one after the other, each correcting what is still wrong.",
            "小树逐棵叠加，每棵修正尚存的误差。",
        ),
        help: t(
            "Usually the most exact method for tables, and fast on many rows. Validation rows say when to stop: put a Split before it. Accepts gaps, needs no scaling. A smaller learning rate with more rounds is a little better and slower. The same method as LightGBM, XGBoost and CatBoost.",
            "通常是表格数据上最精确的方法，数据量大时也很快。验证数据决定何时停止：请先加入“划分”。可处理缺失值，无需缩放。更小的学习率配更多轮次略好但更慢。与 LightGBM、XGBoost、CatBoost 同类。",
        ),
        keywords: &[
            "gradient boosting",
            "GBDT",
            "HistGradientBoostingClassifier",
            "HistGradientBoostingRegressor",
            "XGBoost",
            "LightGBM",
            "CatBoost",
            "boosting",
            "梯度提升",
            "提升树",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[METHOD_OUT],
    params: &[
        ROUNDS.spec,
        LEARNING_RATE.spec,
        LEAVES.spec,
        MAX_DEPTH.spec,
        LEAF_ROWS.spec,
        L2.spec,
        EARLY_STOPPING.spec,
        LOSS.spec,
        TASK.spec,
    ],
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
    let loss =
        if LOSS.of(params) == "absolute" { BoostingLoss::Absolute } else { BoostingLoss::Squared };
    Method::GradientBoosting(BoostingSettings {
        n_rounds: ROUNDS.of(params).unsigned_abs() as usize,
        learning_rate: LEARNING_RATE.of(params),
        max_leaves: LEAVES.of(params).unsigned_abs() as usize,
        max_depth: limit(MAX_DEPTH.of(params)),
        min_leaf: LEAF_ROWS.of(params).unsigned_abs() as usize,
        l2: L2.of(params),
        loss,
        patience: limit(EARLY_STOPPING.of(params)),
    })
}
