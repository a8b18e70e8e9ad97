//! Runs a plan: synchronous, skips what is there, stops at a failing branch and goes on with the others.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use pg_base::{Fingerprint, Trouble};
use pg_contract::{Registry, RunEvent, ValueSummary};
use pg_nn::{Compute, TrainControl};
use serde::{Deserialize, Serialize};

use crate::document::{Document, NodeId};
use crate::plan::{Plan, StepState};
use crate::store::Store;

mod runner;
mod trials;

use runner::Runner;

/// What the engine lends to the nodes of a run.
#[derive(Clone, Copy)]
pub struct Loan<'a> {
    /// Folder that relative paths start from.
    pub base_folder: &'a Path,
    /// Folder for files that a person asked for.
    pub out_folder: Option<&'a Path>,
    /// Folder for checkpoints; each step gets one of its own in it, named by its key and removed when it is done.
    pub checkpoint_folder: Option<&'a Path>,
    /// The project as it is saved.
    pub graph_json: Option<&'a str>,
    /// The graph and its kinds, for nodes that try other settings.
    pub graph: Option<(&'a Document, &'a Registry)>,
    /// The device.
    pub compute: &'a dyn Compute,
    /// Pause, stop and cancel.
    pub control: &'a TrainControl,
}

impl std::fmt::Debug for Loan<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loan").field("base_folder", &self.base_folder).finish_non_exhaustive()
    }
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum StepOutcome {
    /// Its result is there.
    Done {
        /// Summaries of the values by output port.
        outputs: BTreeMap<String, ValueSummary>,
    },
    /// It failed.
    Failed {
        /// Why.
        trouble: Trouble,
    },
    /// It did not run because another one failed or gives nothing.
    Skipped {
        /// The node to look at.
        because: NodeId,
    },
    /// The person stopped the run before it ended.
    Cancelled,
}

/// One node of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// Its id.
    pub node: NodeId,
    /// Its kind.
    pub kind: String,
    /// How long it took, for a cached one when it ran.
    pub seconds: f64,
    /// Whether the result was there already.
    pub is_cached: bool,
    /// Size of the values in memory.
    pub n_bytes: u64,
    /// What it warned of.
    pub warnings: Vec<Trouble>,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: StepOutcome,
}

/// What happened in a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunOutcome {
    /// The steps in the order in which they ended.
    pub steps: Vec<StepResult>,
    /// Wall time of the whole run.
    pub seconds: f64,
}

/// Told while a run goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "engine", rename_all = "snake_case")]
pub enum EngineEvent {
    /// Before the first node: those that will run, unless one before them fails.
    Planned {
        /// In the order in which they come.
        nodes: Vec<NodeId>,
    },
    /// A node begins to run.
    Started {
        /// Which.
        node: NodeId,
    },
    /// A running node tells something.
    Running {
        /// Which.
        node: NodeId,
        /// What.
        event: RunEvent,
    },
    /// A node ended, or was there already.
    Ended {
        /// How.
        result: StepResult,
    },
}

impl RunOutcome {
    /// Whether every step has its result.
    pub fn is_ok(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.outcome, StepOutcome::Done { .. }))
    }

    /// Whether the person stopped it.
    pub fn is_cancelled(&self) -> bool {
        self.steps.iter().any(|step| step.outcome == StepOutcome::Cancelled)
    }

    /// Nodes that had to run and gave a result or failed; not those that were there, skipped or cancelled.
    pub fn n_run(&self) -> usize {
        let ran = |step: &&StepResult| {
            !step.is_cached
                && matches!(step.outcome, StepOutcome::Done { .. } | StepOutcome::Failed { .. })
        };
        self.steps.iter().filter(ran).count()
    }

    /// The step of a node.
    pub fn step(&self, node: &str) -> Option<&StepResult> {
        self.steps.iter().find(|step| step.node == node)
    }

    /// Why nodes failed.
    pub fn troubles(&self) -> impl Iterator<Item = &Trouble> {
        self.steps.iter().filter_map(|step| match &step.outcome {
            StepOutcome::Failed { trouble } => Some(trouble),
            _ => None,
        })
    }
}

/// Runs a plan. Failures are part of the outcome; a run as a whole cannot fail.
pub fn run(
    plan: &Plan,
    store: &mut Store,
    loan: &Loan<'_>,
    on_event: &(dyn Fn(EngineEvent) + Sync),
) -> RunOutcome {
    let started = Instant::now();
    let index_of =
        plan.steps.iter().enumerate().map(|(index, step)| (step.node.as_str(), index)).collect();
    let mut waiting: BTreeMap<Fingerprint, usize> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| step.is_needed && step.state != StepState::Fresh) {
        for input in step.inputs.values().flatten() {
            *waiting.entry(input.key).or_default() += 1;
        }
    }
    let to_run = plan.steps.iter().filter(|step| step.has_to_run());
    on_event(EngineEvent::Planned { nodes: to_run.map(|step| step.node.clone()).collect() });
    let mut runner = Runner {
        plan,
        store,
        loan,
        on_event,
        index_of,
        waiting,
        live: BTreeMap::new(),
        ended: BTreeMap::new(),
        results: Vec::new(),
    };
    for index in 0..plan.steps.len() {
        runner.settle(index);
    }
    let steps = runner.results;
    // Without it a stale node can only not say why it is stale.
    let _ = store.save_last();
    RunOutcome { steps, seconds: started.elapsed().as_secs_f64() }
}

#[cfg(test)]
mod tests;
