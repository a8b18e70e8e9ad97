//! How every node stands, from the plan, the running job and what failed before.

use std::collections::BTreeMap;

use pg_base::{Fingerprint, Trouble, Words};
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
    running: BTreeMap<NodeId, Option<f64>>,
    done: BTreeMap<NodeId, Result<(), Trouble>>,
}

/// What failed, with the key it failed under: another key may do better.
#[derive(Debug, Default)]
pub(crate) struct Failures(BTreeMap<NodeId, (Option<Fingerprint>, Trouble)>);

impl JobView {
    /// Follows an event.
    pub(crate) fn follow(&mut self, event: &EngineEvent) {
        match event {
            EngineEvent::Started { node } => {
                self.running.insert(node.clone(), None);
            }
            EngineEvent::Running { node, event } => {
                if let pg_contract::RunEvent::Progress { fraction, .. } = event {
                    self.running.insert(node.clone(), Some(*fraction));
                }
            }
            EngineEvent::Ended { result } => {
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
    let status = |node: &str| {
        if let Some(job) = job {
            if let Some(fraction) = job.running.get(node) {
                return NodeStatus::Running { fraction: *fraction };
            }
            match job.done.get(node) {
                Some(Ok(())) => return NodeStatus::Fresh,
                Some(Err(trouble)) => return NodeStatus::Failed { trouble: trouble.clone() },
                None => {}
            }
        }
        match planned.get(node) {
            None => NodeStatus::Idle,
            Some(StepState::Fresh) => NodeStatus::Fresh,
            Some(StepState::Blocked { trouble }) => {
                NodeStatus::Blocked { trouble: trouble.clone() }
            }
            Some(StepState::CutOff { because }) => NodeStatus::CutOff { because: because.clone() },
            Some(StepState::Stale { why }) => match failures.0.get(node) {
                Some((_, trouble)) => NodeStatus::Failed { trouble: trouble.clone() },
                None => NodeStatus::Stale { why: why.clone() },
            },
        }
    };
    document.nodes().map(|node| (node.id.clone(), status(&node.id))).collect()
}
