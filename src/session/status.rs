//! How every node stands, from the plan, the running job and what failed before.

use std::collections::{BTreeMap, BTreeSet};

use pg_base::{Fingerprint, Trouble, Words};
use pg_contract::RunEvent;
use pg_nn::TrainEvent;
use pg_pipeline::{Document, EngineEvent, NodeId, Plan, RunOutcome, StepOutcome, StepState};

/// The light on a node.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeStatus {
    /// Not looked at yet, muted, or a node that only runs when it is named.
    Idle,
    /// Its result is there.
    Fresh,
    /// It has to run.
    Stale {
        /// Why.
        why: Words,
    },
    /// The running job will come to it.
    Queued,
    /// It is running.
    Running {
        /// 0..=1, where it tells.
        fraction: Option<f64>,
    },
    /// It failed and would fail again.
    Failed {
        /// Why.
        trouble: Trouble,
    },
    /// It cannot run as it stands.
    Blocked {
        /// Why.
        trouble: Trouble,
    },
    /// It cannot run because of another node.
    CutOff {
        /// The node to look at.
        because: NodeId,
    },
}

/// What a job did to the nodes so far.
#[derive(Debug, Default)]
pub(crate) struct JobView {
    queued: BTreeSet<NodeId>,
    running: BTreeMap<NodeId, Progress>,
    done: BTreeMap<NodeId, Result<(), Trouble>>,
}

/// How far a running node is.
#[derive(Debug, Default)]
struct Progress {
    fraction: Option<f64>,
    /// Whether the node itself says how far it is; else the steps of its training do.
    is_told: bool,
    n_steps: usize,
}

impl Progress {
    fn follow(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Progress { fraction, .. } => {
                (self.fraction, self.is_told) = (Some(*fraction), true);
            }
            RunEvent::Training(TrainEvent::Started { n_steps, n_steps_resumed, .. }) => {
                self.n_steps = *n_steps;
                self.follow_step(*n_steps_resumed);
            }
            RunEvent::Training(TrainEvent::Step { step, .. }) => self.follow_step(*step),
            _ => {}
        }
    }

    fn follow_step(&mut self, step: usize) {
        if !self.is_told && self.n_steps > 0 {
            self.fraction = Some(step as f64 / self.n_steps as f64);
        }
    }
}

/// What failed, with the key it failed under: another key may do better.
#[derive(Debug, Default)]
pub(crate) struct Failures(BTreeMap<NodeId, (Option<Fingerprint>, Trouble)>);

impl JobView {
    /// Follows an event.
    pub(crate) fn follow(&mut self, event: &EngineEvent) {
        match event {
            EngineEvent::Planned { nodes } => self.queued = nodes.iter().cloned().collect(),
            EngineEvent::Started { node } => {
                self.queued.remove(node);
                self.running.insert(node.clone(), Progress::default());
            }
            EngineEvent::Running { node, event } => {
                if let Some(progress) = self.running.get_mut(node) {
                    progress.follow(event);
                }
            }
            EngineEvent::Ended { result } => {
                self.queued.remove(&result.node);
                self.running.remove(&result.node);
                match &result.outcome {
                    StepOutcome::Done { .. } => {
                        self.done.insert(result.node.clone(), Ok(()));
                    }
                    StepOutcome::Failed { trouble } => {
                        self.done.insert(result.node.clone(), Err(trouble.clone()));
                    }
                    StepOutcome::Skipped { .. } | StepOutcome::Cancelled => {}
                }
            }
        }
    }

    /// Nodes that run or wait for their turn.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = &NodeId> {
        self.running.keys().chain(&self.queued)
    }

    fn status_of(&self, node: &str) -> Option<NodeStatus> {
        if let Some(progress) = self.running.get(node) {
            return Some(NodeStatus::Running { fraction: progress.fraction });
        }
        match self.done.get(node) {
            Some(Ok(())) => Some(NodeStatus::Fresh),
            Some(Err(trouble)) => Some(NodeStatus::Failed { trouble: trouble.clone() }),
            None => self.queued.contains(node).then_some(NodeStatus::Queued),
        }
    }
}

impl Failures {
    /// Takes over how a job ended; `keys` are those of its nodes, where they are known.
    pub(crate) fn take(&mut self, outcome: &RunOutcome, keys: &BTreeMap<NodeId, Fingerprint>) {
        for step in &outcome.steps {
            match &step.outcome {
                StepOutcome::Failed { trouble } => {
                    self.0.insert(
                        step.node.clone(),
                        (keys.get(&step.node).copied(), trouble.clone()),
                    );
                }
                StepOutcome::Done { .. } => {
                    self.0.remove(&step.node);
                }
                StepOutcome::Skipped { .. } | StepOutcome::Cancelled => {}
            }
        }
    }

    /// Forgets failures of nodes that are gone or would now compute something else.
    pub(crate) fn review(&mut self, plan: &Plan) {
        self.0.retain(|node, (key, _)| {
            plan.step(node).is_some_and(|step| key.is_some() && step.key == *key)
        });
    }
}

/// Keys of all nodes of a plan.
pub(crate) fn keys_of(plan: &Plan) -> BTreeMap<NodeId, Fingerprint> {
    plan.steps.iter().filter_map(|step| Some((step.node.clone(), step.key?))).collect()
}

/// How every node of the document stands.
pub(crate) fn statuses(
    document: &Document,
    plan: Option<&Plan>,
    job: Option<&JobView>,
    failures: &Failures,
) -> BTreeMap<NodeId, NodeStatus> {
    let planned: BTreeMap<&str, &StepState> = plan
        .iter()
        .flat_map(|plan| &plan.steps)
        .map(|step| (step.node.as_str(), &step.state))
        .collect();
    let status = |node: &str| status(node, planned.get(node).copied(), job, failures);
    document.nodes().map(|node| (node.id.clone(), status(&node.id))).collect()
}

/// How one node stands.
pub(crate) fn status_of(
    node: &str,
    plan: Option<&Plan>,
    job: Option<&JobView>,
    failures: &Failures,
) -> NodeStatus {
    let state = plan.and_then(|plan| plan.step(node)).map(|step| &step.state);
    status(node, state, job, failures)
}

fn status(
    node: &str,
    planned: Option<&StepState>,
    job: Option<&JobView>,
    failures: &Failures,
) -> NodeStatus {
    if let Some(status) = job.and_then(|job| job.status_of(node)) {
        return status;
    }
    match planned {
        None => NodeStatus::Idle,
        Some(StepState::Fresh) => NodeStatus::Fresh,
        Some(StepState::Blocked { trouble }) => NodeStatus::Blocked { trouble: trouble.clone() },
        Some(StepState::CutOff { because }) => NodeStatus::CutOff { because: because.clone() },
        Some(StepState::Stale { why }) => match failures.0.get(node) {
            Some((_, trouble)) => NodeStatus::Failed { trouble: trouble.clone() },
            None => NodeStatus::Stale { why: why.clone() },
        },
    }
}
