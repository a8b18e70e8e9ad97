//! DBSCAN: groups rows that lie close together and leaves out those that stand alone.

use pg_base::{NodeText, Param, ParamValues, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::cluster::ClusterMethod;

use super::clusters::{COLUMNS, IS_FEATURE, REPORT_OUT, SCALES};
use crate::by_step::{TABLE_IN, TABLE_OUT};
use crate::examples;

const RADIUS: Param<f64> = Param::float("radius", t("Radius", "半径"), 0.5, 1e-9, 1e9).help(t(
    "How near a neighbour is, in standard deviations where the columns are standardised.",
    "多近才算邻居；标准化后以标准差为单位。",
));
const MIN_ROWS: Param<i64> =
    Param::int("min_rows", t("Rows of a core", "核心点最少行数"), 5, 1, 100_000)
        .unit(t("rows", "行"))
        .help(t(
            "Rows within the radius, itself included, that make a row the core of a group.",
            "半径内（含自身）至少有多少行才成为核心点。",
        ));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "dbscan",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("DBSCAN", "DBSCAN 密度聚类"),
        summary: t(
            "Groups rows that lie close together and leaves out those that stand alone.",
            "把密集的数据归为一组，孤立的数据不归组。",
        ),
        help: t(
            "Finds groups of any shape, and outliers, without being told how many groups there are. The radius decides: too small and all rows stand alone, too large and all are one group. A new row gets the label of the nearest core row within the radius, else `none`. For at most 20 000 training rows.",
            "可发现任意形状的簇和离群点，无需指定簇数。半径起决定作用：太小则全部孤立，太大则并为一簇。新数据取半径内最近核心点的标签，否则为 `none`。最多 20 000 行训练数据。",
        ),
        keywords: &["DBSCAN", "density", "clustering", "outliers", "noise", "密度聚类", "离群点"],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT, REPORT_OUT],
    params: &[COLUMNS.spec, RADIUS.spec, MIN_ROWS.spec, SCALES.spec, IS_FEATURE.spec],
    effect: Effect::Seeded,
    is_individual: false,
    infer: |cx| super::clusters::infer(cx, method),
    run: |cx| super::clusters::run(cx, method),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::clouds()),
    },
};

fn method(params: &ParamValues) -> ClusterMethod {
    ClusterMethod::Density {
        radius: RADIUS.of(params),
        min_rows: MIN_ROWS.of(params).unsigned_abs() as usize,
    }
}
