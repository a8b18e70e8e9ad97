//! Hierarchical clustering: joins the two nearest groups again and again.

use pg_base::{Choice, NodeText, Param, ParamValues, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::cluster::{ClusterMethod, Linkage};

use super::clusters::{CLUSTERS, COLUMNS, IS_FEATURE, REPORT_OUT, SCALES};
use crate::by_step::{TABLE_IN, TABLE_OUT};
use crate::examples;

const LINKAGE: Param<String> = Param::choice(
    "linkage",
    t("Linkage", "连接方式"),
    "ward",
    &[
        Choice { id: "ward", label: t("Ward", "Ward") },
        Choice { id: "average", label: t("Mean distance", "平均距离") },
        Choice { id: "complete", label: t("Largest distance", "最大距离") },
        Choice { id: "single", label: t("Smallest distance", "最小距离") },
    ],
)
.help(t("What near means for groups.", "簇与簇之间距离的定义。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "hierarchical",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Hierarchical clustering", "层次聚类"),
        summary: t("Joins the two nearest groups again and again.", "不断合并最近的两个簇。"),
        help: t(
            "Begins with every row as a group of its own and joins until as many are left as wanted. Ward makes even groups, single linkage follows chains. The method itself cannot label new rows: they get the label of the nearest training row. For at most 6 000 training rows.",
            "从每行自成一簇开始，不断合并，直到剩下所需的簇数。Ward 得到均匀的簇，单连接会沿链条延伸。该方法本身不能为新数据分组：新数据取最近训练行的标签。最多 6 000 行训练数据。",
        ),
        keywords: &[
            "hierarchical clustering",
            "AgglomerativeClustering",
            "dendrogram",
            "Ward",
            "linkage",
            "层次聚类",
            "凝聚聚类",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT, REPORT_OUT],
    params: &[COLUMNS.spec, CLUSTERS.spec, LINKAGE.spec, SCALES.spec, IS_FEATURE.spec],
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
    let linkage = match LINKAGE.of(params).as_str() {
        "average" => Linkage::Average,
        "complete" => Linkage::Complete,
        "single" => Linkage::Single,
        _ => Linkage::Ward,
    };
    let n_clusters = CLUSTERS.of(params).unsigned_abs() as usize;
    ClusterMethod::Hierarchical { n_clusters, linkage }
}
