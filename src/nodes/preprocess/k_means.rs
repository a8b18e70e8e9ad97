//! K-means: groups rows around centres.

use pg_base::{NodeText, Param, ParamValues, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::cluster::ClusterMethod;

use super::clusters::{CLUSTERS, COLUMNS, IS_FEATURE, REPORT_OUT, SCALES};
use crate::by_step::{TABLE_IN, TABLE_OUT};
use crate::examples;

const STARTS: Param<i64> = Param::int("starts", t("Starts", "初始化次数"), 10, 1, 1000).help(t(
    "It begins anew so many times and keeps the best.",
    "重复初始化的次数，保留最佳结果。",
));
const MAX_MOVES: Param<i64> =
    Param::int("max_moves", t("Moves at most", "最多迭代"), 300, 1, 100_000)
        .help(t("Moves of the centres per start.", "每次初始化中移动中心的次数上限。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "k_means",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("K-means", "K 均值聚类"),
        summary: t("Groups rows around centres.", "围绕中心点对数据分组。"),
        help: t(
            "Finds groups of similar rows without a target, for instance kinds of customers. Each group has a centre, and each row gets the label of the nearest one, new rows as well: C1 is the largest group. It expects round groups of about one size; for others try DBSCAN. Fill gaps before it: a row with a gap gets no label.",
            "在没有目标的情况下寻找相似数据的分组，例如客户类型。每个簇有一个中心，每行（包括新数据）得到最近中心的标签，C1 为最大的簇。它假设簇大致为圆形且大小相近；否则可试 DBSCAN。请先填补缺失值：有缺失的行没有标签。",
        ),
        keywords: &[
            "k-means",
            "KMeans",
            "clustering",
            "segmentation",
            "k-means++",
            "聚类",
            "K均值",
            "客户分群",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT, REPORT_OUT],
    params: &[
        COLUMNS.spec,
        CLUSTERS.spec,
        SCALES.spec,
        STARTS.spec,
        MAX_MOVES.spec,
        IS_FEATURE.spec,
    ],
    effect: Effect::Seeded,
    is_individual: false,
    infer: |cx| super::clusters::infer(cx, method),
    run: |cx| super::clusters::run(cx, method),
    example: Example {
        params: || examples::params([("clusters", pg_base::ParamValue::Int(2))]),
        inputs: || examples::on_table(examples::clouds()),
    },
};

fn method(params: &ParamValues) -> ClusterMethod {
    ClusterMethod::KMeans {
        n_clusters: CLUSTERS.of(params).unsigned_abs() as usize,
        n_starts: STARTS.of(params).unsigned_abs() as usize,
        max_moves: MAX_MOVES.of(params).unsigned_abs() as usize,
    }
}
