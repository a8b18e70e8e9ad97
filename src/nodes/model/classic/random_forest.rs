//! Random forest: many trees, each of other rows and columns, answer together.

use pg_base::{NodeText, Param, ParamValues, t};
use pg_classic::{Criterion, ForestSettings, Method, TreeSettings};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};

use super::{MAX_DEPTH, METHOD_OUT, MIN_LEAF, decision_tree::CRITERION, limit};
use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::TASK;

const TREES: Param<i64> = Param::int("trees", t("Trees", "树的数量"), 100, 1, 10_000);
const EXTRA: Param<bool> =
    Param::flag("extra_trees", t("Extra trees", "极端随机树"), false).help(t(
        "Draws thresholds at random and lets each tree see all rows.",
        "随机选取阈值，且每棵树使用全部行。",
    ));
const COLUMNS: Param<f64> =
    Param::float("column_share", t("Share of columns", "列的比例"), 0.0, 0.0, 1.0).help(t(
        "Columns looked at for each question; 0 for the usual: the square root of their number for classes, all for numbers.",
        "每次提问考察的列比例；0 表示常用值：分类取列数的平方根，回归取全部。",
    ));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "random_forest",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("Random forest", "随机森林"),
        summary: t(
            "Many trees, each of other rows and columns, answer together.",
            "许多树各看不同的行和列，共同给出答案。",
        ),
        help: t(
            "The safe first choice for tables: good without tuning, hardly over-fits, accepts gaps, needs no scaling. More trees never hurt, they only take time. Extra trees also draw the thresholds at random: faster, smoother. It cannot predict numbers beyond those it has seen.",
            "表格数据的稳妥首选：无需调参即有良好效果，不易过拟合，可处理缺失值，无需缩放。树越多越稳，只是更耗时。极端随机树还会随机选取阈值：更快、更平滑。它无法预测超出训练范围的数值。",
        ),
        keywords: &[
            "random forest",
            "bagging",
            "RandomForestClassifier",
            "RandomForestRegressor",
            "ExtraTreesClassifier",
            "extra trees",
            "ensemble",
            "随机森林",
            "集成",
            "极端随机树",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[METHOD_OUT],
    params: &[
        TREES.spec,
        EXTRA.spec,
        MAX_DEPTH.spec,
        MIN_LEAF.spec,
        COLUMNS.spec,
        CRITERION.spec,
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
    let criterion =
        if CRITERION.of(params) == "entropy" { Criterion::Entropy } else { Criterion::Gini };
    let is_extra = EXTRA.of(params);
    Method::RandomForest(ForestSettings {
        n_trees: TREES.of(params).unsigned_abs() as usize,
        tree: TreeSettings {
            criterion,
            max_depth: limit(MAX_DEPTH.of(params)),
            min_leaf: MIN_LEAF.of(params).unsigned_abs() as usize,
            ..TreeSettings::default()
        },
        column_share: Some(COLUMNS.of(params)).filter(|share| *share > 0.0),
        draws_rows: !is_extra,
        draws_thresholds: is_extra,
    })
}
