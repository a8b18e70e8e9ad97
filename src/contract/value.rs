//! What flows on the wires, and what is known of it before it is there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pg_base::{Text, Trouble, Words, say, t};
use pg_classic::Method;
use pg_data::{Encoder, Table};
use pg_deploy::{Learnt, Model};
use pg_nn::{Blueprint, Head};
use serde::{Deserialize, Serialize};

/// Columns that a summary of an estimator names.
const MAX_COUNTED: usize = 8;

/// The few types that decide which wires may be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortType {
    /// Rows with schema, parts and recipe.
    Table,
    /// A network as data.
    Network,
    /// A trained model.
    Model,
    /// Metrics and curves.
    Report,
    /// A deployed file.
    Bundle,
}

impl PortType {
    /// Stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Network => "network",
            Self::Model => "model",
            Self::Report => "report",
            Self::Bundle => "bundle",
        }
    }

    /// What the person reads.
    pub const fn label(self) -> Text {
        match self {
            Self::Table => t("table", "表格"),
            Self::Network => t("network", "网络"),
            Self::Model => t("model", "模型"),
            Self::Report => t("report", "报告"),
            Self::Bundle => t("bundle", "模型包"),
        }
    }
}

/// A network with what it learns from: the encoder that feeds it and the head that its target needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// The layers so far.
    pub blueprint: Blueprint,
    /// Layer where the next one is attached.
    pub tip: String,
    /// Fitted on the training rows of the table that entered; none while editing, before data is known.
    pub encoder: Option<Encoder>,
    /// What the output must give, from the table's target.
    pub head: Option<Head>,
}

/// A classical method where a network could stand: what it will learn, and from what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The method with its settings.
    pub method: Method,
    /// Fitted on the training rows of the table that entered.
    pub encoder: Encoder,
}

/// A report by its origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Report {
    /// One model on one set of rows.
    Evaluation(Box<pg_metrics::Report>),
    /// One evaluation per fold.
    CrossValidation {
        /// The folds in order.
        folds: Vec<pg_metrics::Report>,
    },
    /// What any other analysis found.
    Findings(Box<pg_metrics::Findings>),
}

impl Report {
    /// Metrics by scikit-learn's names; for cross-validation the means, and deviations as `NAME_std`.
    pub fn metrics(&self) -> BTreeMap<String, f64> {
        match self {
            Self::Evaluation(report) => report.metrics().clone(),
            Self::Findings(findings) => findings.metrics.clone(),
            Self::CrossValidation { folds } => {
                let mut means = BTreeMap::new();
                for (id, (mean, deviation)) in pg_metrics::mean_metrics(folds) {
                    means.insert(format!("{id}_std"), deviation);
                    means.insert(id, mean);
                }
                means
            }
        }
    }
}

impl Report {
    /// The metrics of each of several targets.
    fn targets(&self) -> Vec<(String, std::collections::BTreeMap<String, f64>)> {
        let Self::Evaluation(report) = self else { return Vec::new() };
        let pg_metrics::Report::Several(report) = &**report else { return Vec::new() };
        let of_target = |target: &pg_metrics::TargetReport| {
            (target.name.clone(), target.report.metrics().clone())
        };
        report.targets.iter().map(of_target).collect()
    }
}

/// A value on a wire; clones share the content.
#[derive(Clone, Debug)]
pub enum Value {
    /// Rows.
    Table(Table),
    /// A network.
    Network(Arc<Network>),
    /// A classical method; it flows where networks flow.
    Plan(Arc<Plan>),
    /// A trained model.
    Model(Arc<Model>),
    /// Metrics.
    Report(Arc<Report>),
    /// Path of a deployed file.
    Bundle(PathBuf),
}

impl Value {
    /// Its type.
    pub fn port_type(&self) -> PortType {
        match self {
            Self::Table(_) => PortType::Table,
            Self::Network(_) | Self::Plan(_) => PortType::Network,
            Self::Model(_) => PortType::Model,
            Self::Report(_) => PortType::Report,
            Self::Bundle(_) => PortType::Bundle,
        }
    }

    /// The small plain summary that crosses to a window or a terminal.
    pub fn summary(&self) -> ValueSummary {
        match self {
            Self::Table(table) => ValueSummary::Table {
                n_rows: table.n_rows(),
                n_columns: table.schema().columns.len(),
            },
            Self::Network(network) => ValueSummary::Network {
                n_layers: network.blueprint.layers.len(),
                n_params: network.blueprint.summary().map_or(0, |summary| summary.total.n_params),
            },
            Self::Plan(plan) => ValueSummary::Plan { method: plan.method.title().into() },
            Self::Model(model) => match &model.learnt {
                Learnt::Network(network) => ValueSummary::Model {
                    n_params: network
                        .blueprint
                        .summary()
                        .map_or(0, |summary| summary.total.n_params),
                    n_epochs: network.history.epochs.len(),
                    best_epoch: network.history.best_epoch,
                },
                Learnt::Estimator { estimator } => ValueSummary::Estimator {
                    method: estimator.method.title().into(),
                    size: estimator.size(),
                    counted: model.importances().into_iter().take(MAX_COUNTED).collect(),
                },
            },
            Self::Report(report) => ValueSummary::Report {
                metrics: report.metrics(),
                targets: report.targets(),
                conclusions: match &**report {
                    Report::Findings(findings) => findings.conclusions(),
                    Report::Evaluation(_) | Report::CrossValidation { .. } => Vec::new(),
                },
            },
            Self::Bundle(path) => ValueSummary::Bundle { path: path.clone() },
        }
    }
}

impl Plan {
    /// Why it cannot go where layers are asked for.
    pub fn no_layers(&self) -> Trouble {
        let title = self.method.title();
        let (en, zh) = (title.en, title.zh);
        Trouble::new(
            "method-no-layers",
            say!("this is no network but: {en}", "这不是网络，而是{zh}"),
        )
        .expected(say!("a network of layers", "由层组成的网络"))
        .advice(say!(
            "Wire it straight into Train or Cross-validate.",
            "请将其直接连接到“训练”或“交叉验证”。"
        ))
    }
}

/// What a badge on a node says about a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "value", rename_all = "snake_case")]
pub enum ValueSummary {
    /// Rows.
    Table {
        /// Rows.
        n_rows: usize,
        /// Visible columns.
        n_columns: usize,
    },
    /// A network.
    Network {
        /// Layers.
        n_layers: usize,
        /// Trained numbers.
        n_params: u64,
    },
    /// A classical method that has not learnt yet.
    Plan {
        /// Its title.
        method: Words,
    },
    /// A classical method that has learnt.
    Estimator {
        /// Its title.
        method: Words,
        /// What it learnt: `100 trees, up to 9 deep`.
        size: Words,
        /// The columns that counted most, with their share, the first one most.
        counted: Vec<(String, f64)>,
    },
    /// A trained network.
    Model {
        /// Trained numbers.
        n_params: u64,
        /// Epochs run.
        n_epochs: usize,
        /// Epoch kept.
        best_epoch: usize,
    },
    /// Metrics.
    Report {
        /// By scikit-learn's names.
        metrics: BTreeMap<String, f64>,
        /// The same of each of several targets, in their order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<(String, BTreeMap<String, f64>)>,
        /// What was found, a sentence or two per section.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conclusions: Vec<Words>,
    },
    /// A file.
    Bundle {
        /// Where.
        path: PathBuf,
    },
}

/// What is known of a wire while editing.
#[derive(Clone, Debug, Default)]
pub enum Facts {
    /// Nothing yet.
    #[default]
    Unknown,
    /// A table: the first rows, taken through the same steps as the whole will be.
    Table {
        /// The first rows of the source (a few hundred kilobytes at most), or all of them.
        sample: Table,
        /// Whether the sample is the whole table: then what is learnt from it is exact.
        is_whole: bool,
    },
    /// A network: layers so far; signals unknown where the data is unknown.
    Network(Arc<Network>),
    /// A classical method.
    Plan(Arc<Plan>),
    /// A model, and the network that it will hold.
    Model(Arc<Network>),
    /// A report.
    Report,
    /// A deployed file.
    Bundle,
}
