//! K nearest neighbours: answers as the most similar training rows do.

use pg_base::{Choice, NodeText, Param, ParamValues, t};
use pg_classic::{Distance, Method, NeighboursSettings};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};

use super::METHOD_OUT;
use crate::by_step::TABLE_IN;
use crate::examples;
use crate::model::input::TASK;

const NEIGHBOURS: Param<i64> = Param::int("neighbours", t("Neighbours", "近邻数"), 5, 1, 10_000)
    .help(t("More give smoother answers.", "越多结果越平滑。"));
const WEIGHTS: Param<String> = Param::choice(
    "weights",
    t("Weights", "权重"),
    "uniform",
    &[
        Choice { id: "uniform", label: t("All the same", "一视同仁") },
        Choice { id: "distance", label: t("Nearer count more", "越近权重越大") },
    ],
);
const DISTANCE: Param<String> = Param::choice(
    "distance",
    t("Distance", "距离"),
    "euclidean",
    &[
        Choice { id: "euclidean", label: t("Straight line", "欧氏距离") },
        Choice { id: "manhattan", label: t("Sum of differences", "曼哈顿距离") },
    ],
);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "k_nearest",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Model,
    text: NodeText {
        title: t("K nearest neighbours", "K 近邻"),
        summary: t("Answers as the most similar training rows do.", "按最相似的训练数据作答。"),
        help: t(
            "Nothing is learnt but the rows themselves; good for few columns of one scale. Standardise before it and fill gaps: a column with large numbers would decide alone. Slow on many rows, and the model carries all training rows.",
            "除了记住数据本身不做任何学习；适合尺度一致的少量列。请先标准化并填补缺失值，否则数值大的列会独自决定结果。数据量大时较慢，且模型会携带全部训练数据。",
        ),
        keywords: &[
            "k nearest neighbours",
            "kNN",
            "KNeighborsClassifier",
            "KNeighborsRegressor",
            "nearest neighbor",
            "K近邻",
            "最近邻",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[METHOD_OUT],
    params: &[NEIGHBOURS.spec, WEIGHTS.spec, DISTANCE.spec, TASK.spec],
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
    let distance =
        if DISTANCE.of(params) == "manhattan" { Distance::Manhattan } else { Distance::Euclidean };
    Method::KNearest(NeighboursSettings {
        n_neighbours: NEIGHBOURS.of(params).unsigned_abs() as usize,
        weighs_by_distance: WEIGHTS.of(params) == "distance",
        distance,
    })
}
