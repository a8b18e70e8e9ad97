//! What the clustering nodes share: table in, table with a column of groups and a report out.

use std::sync::Arc;

use pg_base::{Param, ParamValues, Trouble, say, t};
use pg_contract::{Facts, InferCx, Inferred, PortSpec, PortType, Report, RunCx, Value};
use pg_data::steps::cluster::{Cluster, ClusterMethod, Groups};
use pg_data::{Step, Table};
use pg_metrics::Findings;
use pg_metrics::findings::{Bar, Body, Chart, Grid};

use crate::by_step::{self, TABLE_IN};

/// What was found.
pub(super) const REPORT_OUT: PortSpec =
    PortSpec::new("report", t("Report", "报告"), PortType::Report);

pub(super) const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["number"])
        .help(t("Empty for all number features.", "留空表示所有数值特征。"));
pub(super) const SCALES: Param<bool> =
    Param::flag("standardise", t("Standardise first", "先标准化"), true).help(t(
        "Brings each column to mean 0 and deviation 1 for the comparison, so that none counts more than another.",
        "比较时把每列变为均值 0、标准差 1，使各列同等重要。",
    ));
pub(super) const IS_FEATURE: Param<bool> =
    Param::flag("as_feature", t("Learn from the groups", "将簇用作特征"), false).help(t(
        "Makes the new column a feature (one-hot encode it then); otherwise it is only to look at.",
        "使新列成为特征（之后请做独热编码）；否则仅供查看。",
    ));
/// Groups wanted.
pub(super) const CLUSTERS: Param<i64> = Param::int("clusters", t("Clusters", "簇数"), 3, 1, 1000)
    .help(t("Try several and compare the silhouette.", "可尝试多个值并比较轮廓系数。"));

/// Rows on which a method is run while editing; beyond, a quick K-means stands for it.
const QUICK_ROWS: usize = 400;
/// Groups that a report lists.
const MAX_SHOWN: usize = 30;

/// Makes the method from the parameters of the node.
type MakeMethod = fn(&ParamValues) -> ClusterMethod;

fn step(params: &ParamValues, method: ClusterMethod, seed: u64) -> Step {
    Cluster {
        columns: COLUMNS.of(params),
        scales: SCALES.of(params),
        method,
        is_feature: IS_FEATURE.of(params),
        seed,
        fitted: None,
    }
    .into()
}

pub(super) fn run(cx: &mut RunCx<'_>, make: MakeMethod) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?;
    cx.progress(0.0, say!("comparing rows", "正在比较数据"));
    let grouped = table.then(step(cx.params, make(cx.params), cx.seed))?;
    cx.check_cancelled()?;
    let findings = match grouped.recipe().steps.last() {
        Some(Step::Cluster(Cluster { fitted: Some(groups), .. })) => findings(groups),
        _ => return Err(Trouble::internal("a clustering without groups")),
    };
    Ok(vec![Value::Table(grouped), Value::Report(Arc::new(Report::Findings(Box::new(findings))))])
}

pub(super) fn infer(cx: &InferCx<'_>, make: MakeMethod) -> Inferred {
    let quick = |table: &Table| {
        let method = match make(cx.params) {
            method if table.n_rows() <= QUICK_ROWS => method,
            _ => ClusterMethod::KMeans { n_clusters: 2, n_starts: 1, max_moves: 1 },
        };
        table.then(step(cx.params, method, 0))
    };
    let mut inferred = by_step::infer_with(cx, quick);
    if !inferred.outputs.is_empty() {
        inferred.outputs.push(Facts::Report);
    }
    inferred
}

fn findings(groups: &Groups) -> Findings {
    let mut findings = Findings::default();
    let (n_groups, n_alone) = (groups.sizes.len(), groups.n_alone);
    findings.measure("n_clusters", n_groups as f64);
    findings.measure("inertia", groups.inertia);
    findings.measure("silhouette_score", groups.silhouette.unwrap_or(f64::NAN));
    let alone = if n_alone > 0 {
        say!(" {n_alone} rows belong to none.", " {n_alone} 行不属于任何簇。")
    } else {
        pg_base::Words::default()
    };
    let (en, zh) = (alone.en, alone.zh);
    let note = match groups.silhouette {
        None => say!(
            "There is a single cluster, so nothing to compare.{en}",
            "只有一个簇，无从比较。{zh}"
        ),
        Some(value) => {
            let verdict = match value {
                value if value >= 0.5 => say!("clearly apart", "界限清晰"),
                value if value >= 0.25 => say!("apart, but touching", "可以区分，但相互接壤"),
                _ => say!("hardly apart", "几乎无法区分"),
            };
            let (apart, apart_zh) = (verdict.en, verdict.zh);
            say!(
                "{n_groups} clusters, {apart}: the silhouette is {value:.3} (1 is best, 0 is by chance).{en}",
                "{n_groups} 个簇，{apart_zh}：轮廓系数为 {value:.3}（1 最好，0 相当于随机）。{zh}"
            )
        }
    };
    let names = || (1..=n_groups).take(MAX_SHOWN).map(|number| format!("C{number}"));
    let bars = names().zip(&groups.sizes).map(|(name, size)| Bar {
        name: name.into(),
        value: *size as f64,
        interval: None,
    });
    findings.push(
        say!("Training rows per cluster", "各簇的训练行数"),
        note,
        Body::Chart(Chart::Bars { x: say!("rows", "行"), bars: bars.collect() }),
    );
    let mut grid = Grid::default().texts(say!("Cluster", "簇"), names());
    for (at, (column, ..)) in groups.columns.iter().enumerate().take(MAX_SHOWN) {
        let means = groups.centres.iter().take(MAX_SHOWN);
        let means = means.map(|centre| centre.get(at).copied().unwrap_or(f64::NAN));
        grid = grid.numbers(column.as_str(), means);
    }
    findings.push(
        say!("Means of the clusters", "各簇的均值"),
        say!(
            "What the rows of a cluster have in common: compare a column from top to bottom.",
            "同一簇的共同特点：请自上而下比较各列。"
        ),
        Body::Grid(grid),
    );
    findings
}
