//! Decision tree: answers by a tree of yes-or-no questions.

use pg_base::{Choice, NodeText, Param, ParamValues, t};
use pg_classic::{Criterion, Method, TreeSettings};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};

use super::{MAX_DEPTH, METHOD_OUT, MIN_LEAF, limit};
use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::TASK;

/// What splits of classification trees make pure; shared by trees and forests.
pub(super) const CRITERION: Param<String> = Param::choice(
    "criterion",
    t("Purity", "纯度"),
    "gini",
    &[
        Choice { id: "gini", label: t("Gini", "基尼") },
        Choice { id: "entropy", label: t("Entropy", "信息熵") },
    ],
)
.help(t(
    "What a question should make pure, for classes; numbers always use the squared error.",
    "分类时提问应使什么变纯；数值目标始终使用平方误差。",
));
const MIN_SPLIT: Param<i64> =
    Param::int("min_split", t("Rows per split", "分裂最少行数"), 2, 2, 1_000_000)
        .unit(t("rows", "行"))
        .help(t(
            "Training rows that a node must have to be split further.",
            "节点至少有多少训练行才继续分裂。",
        ));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "decision_tree",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("Decision tree", "决策树"),
        summary: t("Answers by a tree of yes-or-no questions.", "用一串是非问题给出答案。"),
        help: t(
            "The most readable method: each question compares one column with a threshold. Alone it learns by heart easily; limit its depth, or take a random forest. Accepts gaps, needs no scaling; one-hot encode categories.",
            "最易读的方法：每个问题把一列与一个阈值比较。单独使用容易死记硬背，请限制深度或改用随机森林。可处理缺失值，无需缩放；类别请先做独热编码。",
        ),
        keywords: &[
            "decision tree",
            "CART",
            "DecisionTreeClassifier",
            "DecisionTreeRegressor",
            "Tree",
            "rules",
            "决策树",
            "分类树",
            "回归树",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[METHOD_OUT],
    params: &[CRITERION.spec, MAX_DEPTH.spec, MIN_LEAF.spec, MIN_SPLIT.spec, TASK.spec],
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
    let criterion =
        if CRITERION.of(params) == "entropy" { Criterion::Entropy } else { Criterion::Gini };
    Method::DecisionTree(TreeSettings {
        criterion,
        max_depth: limit(MAX_DEPTH.of(params)),
        min_split: MIN_SPLIT.of(params).unsigned_abs() as usize,
        min_leaf: MIN_LEAF.of(params).unsigned_abs() as usize,
    })
}
