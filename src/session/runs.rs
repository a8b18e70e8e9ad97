//! The runs of a project: what every job that trained or judged something began with and what came of it.
//!
//! Invariant: a record is never changed but for its note; the document in it is the one that ran.

use std::collections::BTreeMap;

use pg_base::{Fingerprint, Words};
use pg_nn::History;
use pg_pipeline::{Document, NodeId};
use serde::{Deserialize, Serialize};

mod watch;

pub(crate) use watch::Watch;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// Every node gave its result.
    Done,
    /// A node failed, or the worker was lost.
    Failed,
    /// The person threw it away.
    Cancelled,
    /// The person ended the training and kept what was learnt.
    Stopped,
}

/// One training of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Settings of the node that differ from the defaults: label and value.
    pub settings: Vec<(Words, Words)>,
    /// Its epochs; of a training that did not come to its end those that were done.
    pub history: History,
    /// Key of what was trained: trainings of equal keys are the same.
    pub key: Option<Fingerprint>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Rises from run to run.
    pub id: u64,
    /// When it began, in seconds since 1970.
    pub started_unix_secs: u64,
    /// How long it took.
    pub seconds: f64,
    /// Id of the device.
    pub device: String,
    /// The document as it ran.
    pub document: Document,
    /// Trainings by node, also those whose model was there already when another run on record had made it.
    pub trainings: BTreeMap<NodeId, Training>,
    /// Metrics of every report, by node.
    pub metrics: BTreeMap<NodeId, BTreeMap<String, f64>>,
    /// How it ended.
    pub outcome: RunEnd,
    /// What the person wrote about it.
    #[serde(default)]
    pub note: String,
}
