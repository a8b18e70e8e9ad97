//! A job whose worker process died: what was training, and how far it had come.

use std::collections::BTreeMap;

use pg_base::{Fingerprint, Trouble};
use pg_pipeline::{NodeId, Plan, Targets};

use crate::worker::JobId;

/// How far a training had come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Step, from 1, over all epochs.
    pub step: usize,
    /// Epoch, from 1.
    pub epoch: usize,
    /// Steps of all epochs.
    pub n_steps: usize,
    /// Epochs in all.
    pub n_epochs: usize,
}

/// A job that was lost with its worker. Running the same targets again goes on from the last checkpoint of each node
/// for which [`crate::Session::can_resume`] holds.
#[derive(Clone, Debug, PartialEq)]
pub struct LostJob {
    /// Its number.
    pub job: JobId,
    /// What it was asked for.
    pub targets: Targets,
    /// How the worker died.
    pub trouble: Trouble,
    /// Nodes that were training, with the last step they told of; those that were changed since are left out.
    pub trainings: BTreeMap<NodeId, Reached>,
    /// Keys of its nodes, where they are known.
    pub(crate) keys: BTreeMap<NodeId, Fingerprint>,
    /// State of the document that it ran.
    pub(crate) revision: u64,
}

impl LostJob {
    /// Leaves out trainings that would now compute something else; false where nothing is left to tell.
    pub(crate) fn review(&mut self, plan: &Plan, revision: u64) -> bool {
        if self.trainings.is_empty() {
            return self.revision == revision;
        }
        let key_now = |node: &str| plan.step(node).and_then(|step| step.key);
        let keys = &self.keys;
        self.trainings.retain(|node, _| {
            keys.get(node).map_or(self.revision == revision, |key| key_now(node) == Some(*key))
        });
        !self.trainings.is_empty()
    }
}
